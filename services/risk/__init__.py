"""风险: owns assessments, policy, score models and their monitoring; classification, provisions and post-loan work.

Hears ApplicationSubmitted and ApplicationDecided (application), LoanDisbursed (disbursement) and what repayment says of
a loan: InstallmentOverdue, DelinquencyAged, InstallmentCured, RepaymentReceived, RecoveryReceived, LoanSettled,
LoanWrittenOff, and CommitmentMoved of a contract.
Announces CreditAssessed, LoanClassified and ProvisionMeasured.
"""
