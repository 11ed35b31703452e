"""The repayment service (还款): the life of a loan account after its money has gone out.

Owns: the loan account (schedule, accrual, allocation, settlement, write-off), its receipts, the
general-ledger journal, and the bank's business date with its end of day (日终).
Hears: `application.ContractSigned`, `disbursement.LoanDisbursed`, `disbursement.FacilityClosed`,
`collection.WriteOffApproved`, `risk.LoanClassified`, `risk.ProvisionMeasured`.
Announces: `RepaymentReceived`, `InstallmentOverdue`, `DelinquencyAged`, `InstallmentCured`,
`LoanSettled`, `LoanWrittenOff`, `RecoveryReceived`, `WriteOffRefused`, `CommitmentMoved`, `BusinessDateClosed`.
"""
