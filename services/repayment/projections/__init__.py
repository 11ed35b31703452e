"""Read models: loans with their instalments and accruals, receipts, the general ledger, and who took it out."""

from services.repayment.projections.accruals import ACCRUALS
from services.repayment.projections.changes import LOAN_CHANGES, project_loan_changes
from services.repayment.projections.core_receipts import CORE_RECEIPTS, project_core_receipts
from services.repayment.projections.exports import EXPORTS, project_exports
from services.repayment.projections.journal import JOURNAL, project_journal
from services.repayment.projections.loans import LOANS, project_loans
from services.repayment.projections.receipts import RECEIPTS, project_receipts
from services.repayment.projections.receivables import RECEIVABLES
from services.repayment.projections.schedules import INSTALLMENTS
from shared.projection import Projection

projections = (
    Projection(name="loans", tables=LOANS + INSTALLMENTS + RECEIVABLES + ACCRUALS, project=project_loans),
    Projection(name="receipts", tables=RECEIPTS, project=project_receipts),
    Projection(name="loan_changes", tables=LOAN_CHANGES, project=project_loan_changes),
    Projection(name="core_receipts", tables=CORE_RECEIPTS, project=project_core_receipts),
    Projection(name="journal", tables=JOURNAL, project=project_journal),
    Projection(name="exports", tables=EXPORTS, project=project_exports),
)
