"""风险: owns credit assessments, the credit policy, the score models and the five-class classification.

Hears ApplicationSubmitted (application), LoanDisbursed (disbursement) and what repayment says of a loan:
InstallmentOverdue, DelinquencyAged, InstallmentCured, RepaymentReceived, LoanSettled, LoanWrittenOff.
Announces CreditAssessed and LoanClassified.
"""
