"""Seconds from a loan's facts to the PDF of its schedule, as the endpoint makes it; the first one loads the libraries.

Timed in this process's processor seconds, one core: what else the machine does is not its own.
"""

import time
from datetime import date
from statistics import median

from benchmarks.rounds import Found, Line, Plan, at_most
from services.repayment.domain.commands import BookLoan
from services.repayment.domain.loan_account import book
from services.repayment.domain.statement import hash_of
from services.repayment.domain.statement_figures import Asked, Posted, paper_of
from services.repayment.statements.page import Proof, page_of
from services.repayment.statements.rendering import pdf_of, what_is_missing
from tests.repayment import builders

ROWS = 36
GOAL = 1.0
DRAWN_ON = date(2026, 1, 15)


async def measure(plan: Plan) -> Found:
    """A schedule of three years in Chinese, two pages, issued. None where no PDF can be made on this machine."""
    if missing := what_is_missing():
        return Found([Line(f"statement: not measured, {', '.join(missing)}", "s", [])], {"statement_pdf_s": None})
    command: BookLoan = builders.book(term_months=ROWS, method="equal_instalments", principal=1_234_567, on=DRAWN_ON)
    posted = [Posted(DRAWN_ON, book(command))]
    first = _printed(posted)
    samples = [_printed(posted) for _ in range(plan.rounds)]
    lines = [
        at_most(GOAL, Line(f"statement: a schedule of {ROWS} rows as PDF", "s", samples)),
        Line("statement:   the first one of a process", "s", [first]),
    ]
    return Found(lines, {"statement_pdf_s": median(samples)})


def _printed(posted: list[Posted]) -> float:
    started = time.process_time()
    paper = paper_of(posted, Asked("schedule", DRAWN_ON), legal_entity="LD01", branch="HQ")
    sha256 = hash_of(paper)
    pdf_of(page_of(paper, "zh", Proof(sha256, f"https://bank.example/repayment/v1/verify/{sha256}")))
    return time.process_time() - started
