"""Collection (催收): what is done about a loan that is past due.

Owns the collection case (one stream per loan), its promises to pay and write-off proposals, and the contact
log (one stream per debtor). Hears of repayment: InstallmentOverdue, DelinquencyAged, RepaymentReceived,
InstallmentCured, LoanSettled, LoanWrittenOff, RecoveryReceived, WriteOffRefused; of risk: LoanClassified.
Announces WriteOffApproved. Which class a loan has is risk's to say, and whether a write-off can be applied is the
loan account's.
"""
