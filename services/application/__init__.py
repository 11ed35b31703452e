"""Loan application (受理·审批·合同): from the borrower's request to the signed contract.

Owns borrowers, loan products, loan applications, their review by two people, offers and contracts.
Hears risk.CreditAssessed, disbursement.LoanDisbursed and DisbursementFailed, repayment.LoanSettled and
LoanWrittenOff. Announces ApplicationSubmitted, ApplicationDecided and ContractSigned.
"""
