"""放款: pays out what a signed contract allows, once, through the borrower's account.

Owns the facility (one per contract: the limit, and what is reserved and drawn of it), its drawdowns, their
payees and payment instructions; the one owner of limits. Hears ContractSigned, LoanSettled, LoanWrittenOff.
Announces LoanDisbursed, DisbursementFailed and FacilityClosed.
"""
