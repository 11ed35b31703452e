"""Published lives of loans (Apache Fineract's end-to-end scenarios), driven through the loan account itself.

A scenario is run as far as this bank's rules go, and what it publishes up to there is compared; where the two part, and
by which rule, is said for each scenario by itself.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from services.repayment.domain import commands, events
from services.repayment.domain.loan import LoanAccount, OpenLoan, days_past_due, outstanding, past_due
from services.repayment.domain.loan_account import loan_account
from shared.messages import Event
from shared.money import Money
from tests.repayment.builders import LOAN, age, book
from tests.shared.vectors import Row

D = Decimal
NOWHERE = -1


class Course(NamedTuple):
    """The last step that both take alike (`NOWHERE`: none), and the rule by which they part; None where they do not."""

    until: int
    parts: str | None = None


COURSES = {
    "FIN-LC-001": Course(
        4,
        "an odd day is one of 360 here (银发〔2005〕129号), a share of its real month there: the pay-off of 15 "
        "February is 83.80 here and 83.81 there",
    ),
    "FIN-LC-007": Course(5),
    "FIN-LC-013": Course(
        3,
        "a rate that changes in mid-period leaves the principal of the row that runs as it was; there the "
        "instalment is solved for anew from that row on",
    ),
    "FIN-LC-019": Course(
        2,
        "overdue principal bears penalty interest beside the schedule (银发〔2003〕251号); there it bears normal "
        "interest, which moves into the next row",
    ),
    "FIN-LC-025": Course(
        2,
        "a late payment pays penalty and compound interest first; there the normal interest of the late days "
        "moves into the next row and no penalty runs",
    ),
    "FIN-LC-031": Course(
        4,
        "money before the due date is held, or repays a part early when the payer says so; there it pays the "
        "next row in advance by itself",
    ),
    "FIN-LC-037": Course(
        4,
        "money before the due date is held, or repays a part early when the payer says so; there it pays the "
        "last row in advance by itself",
    ),
    "FIN-LC-043": Course(
        NOWHERE,
        "one drawdown is one loan (ADR 7): a second drawdown has an account and a schedule of its own; and "
        "instalments are not rounded to whole units",
    ),
    "FIN-LC-049": Course(
        NOWHERE,
        "a loan is lent by 30/360 or ACT/360, not by real days of a real year; and instalments are not "
        "rounded to whole units",
    ),
    "FIN-LC-055": Course(
        NOWHERE,
        "a loan is lent by 30/360 or ACT/360, not by real days of a real year; a late payment bears penalty "
        "interest and does not make the next row dearer",
    ),
    "FIN-LC-061": Course(
        NOWHERE,
        "a loan is lent by 30/360 or ACT/360, not by real days of a real year; what a late payment has too "
        "much is held and does not pay the next row",
    ),
    "FIN-LC-067": Course(
        NOWHERE,
        "money before the due date is held; there principal of the next row is paid in advance",
    ),
    "FIN-LC-073": Course(
        NOWHERE,
        "a fee is not put on a running loan: charges not stated before signing are not posted (R19)",
    ),
    "FIN-LC-079": Course(
        NOWHERE,
        "a fee is not put on a running loan: charges not stated before signing are not posted (R19)",
    ),
    "FIN-LC-085": Course(
        NOWHERE,
        "periods are months, not 15 days, and no part falls due on the day of the drawdown",
    ),
    "FIN-LC-091": Course(
        NOWHERE,
        "money before the due date is held; there the next row and then the last are paid in advance, and the "
        "rule may change during the loan's life",
    ),
    "FIN-LC-097": Course(
        NOWHERE,
        "periods are months, not 15 days, a quarter falls due on the drawdown's day, and fees are put on a "
        "running loan; by instalment or by component: test_agreed_orders",
    ),
    "FIN-LC-103": Course(
        2,
        "an extension is by whole months from maturity; there one due date and those after it move by a fortnight",
    ),
    "FIN-LC-109": Course(
        NOWHERE,
        "periods are months, not 15 days, and no part falls due on the day of the drawdown",
    ),
    "FIN-LC-115": Course(
        4,
        "a fee is not put on a running loan (R19), and no due date moves by itself: an extension is by whole months",
    ),
    "FIN-LC-121": Course(
        NOWHERE,
        "a write-off takes principal and what has accrued by its day; there it takes the interest of all "
        "periods to come as well",
    ),
    "FIN-LC-127": Course(
        4,
        "days past due are those since the due date; there days of arrears begin three days later, and its "
        "bands are named by that count",
    ),
}
"""By the row's id. An id that is not here has no course yet, and its test fails."""


def parted(row: Row) -> str | None:
    """Why nothing of a scenario is run."""
    course = COURSES.get(row["id"])
    return course.parts if course and course.until == NOWHERE else None


class Life:
    """A loan account to which the steps of a scenario happen."""

    def __init__(self, given: Row) -> None:
        self.lent, self.today = given["loan"], date.min
        self.loan: LoanAccount = loan_account.initial
        self.past: list[Event] = []

    def do(self, step: Row) -> None:
        match step["kind"]:
            case "business_date":
                self.today = date.fromisoformat(step["date"])
            case "disburse":
                self._ask(self._booked(step))
            case "end_of_day":
                self._ask(age(self.today))
            case "repayment":
                self._ask(
                    commands.ReceiveRepayment(
                        loan_id=LOAN,
                        receipt_id=UUID(int=step["i"]),
                        amount=Money.of(step["amount"]),
                        received_on=date.fromisoformat(step["date"]),
                        today=self.today,
                    )
                )
            case "reschedule":
                self._change_rate(step)
            case "approve" | "set_future_instalment_rule":
                pass  # other services approve; money in advance is held whatever is set there
            case other:
                raise AssertionError(f"no loan account is asked to {other}")

    def _booked(self, step: Row) -> commands.BookLoan:
        lent = self.lent
        assert (lent["term"][1], lent["repay_every"]) == ("MONTHS", [1, "MONTHS"]), "periods of a month"
        return book(
            principal=step["amount"],
            rate=lent["annual_rate_percent"],
            term_months=lent["number_of_repayments"],
            method="equal_instalments",
            day_count="30/360",
            on=date.fromisoformat(step["date"]),
        )

    def _change_rate(self, step: Row) -> None:
        """The first day there is the first after a night at the new rate: here the rate is paid from the day before."""
        from_on = date.fromordinal(date.fromisoformat(step["rescheduleFromDate"]).toordinal() - 1)
        proposal = UUID(int=step["i"])
        terms = events.RateTerms(annual_rate_percent=D(step["newInterestRate"]), from_on=from_on)
        self._ask(
            commands.ProposeAccountChange(
                loan_id=LOAN, proposal_id=proposal, change=terms, reason="agreed", proposed_by="li", today=self.today
            )
        )
        self._ask(
            commands.ApproveAccountChange(loan_id=LOAN, proposal_id=proposal, approved_by="wang", today=self.today)
        )

    def _ask(self, command: Any) -> None:
        happened = loan_account.decide(command, self.loan)
        self.loan = loan_account.fold(happened, self.loan)
        self.past += happened

    def told(self, what: str) -> Any:
        """What a checkpoint publishes, as this account has it; None for what other parts of the bank tell."""
        assert isinstance(self.loan, OpenLoan), "the loan runs"
        match what:
            case "schedule":
                return self._schedule(self.loan)
            case "schedule_total":
                return _summed(self._schedule(self.loan))
            case "transactions":
                return self._transactions(self.loan)
            case "delinquency_detail":
                late = past_due(self.loan, self.today)
                return [
                    {"delinquentAmount": _told(late.total), "pastDueDays": str(days_past_due(self.loan, self.today))}
                ]
            case _:
                return None

    def _schedule(self, loan: OpenLoan) -> list[Row]:
        rows, balance = list[Row](), loan.terms.principal
        for state in loan.installments:
            row = state.row
            balance -= row.principal
            paid = state.principal_paid + state.interest_paid
            figures = {
                "principal": row.principal, "interest": row.interest, "total": row.total, "paid": paid,
                "outstanding": row.total - paid, "balance": balance,
            }  # fmt: skip
            told = {name: _told(amount) for name, amount in figures.items()}
            days = (row.due_on - row.starts_on).days
            rows.append({"n": row.no, "days": days, "due": row.due_on.isoformat(), **told})
        return rows

    def _transactions(self, loan: OpenLoan) -> list[Row]:
        first = {"type": "Disbursement", "date": loan.terms.disbursed_on.isoformat()}
        lines = [{**first, "amount": _told(loan.terms.principal), "balance_after": _told(loan.terms.principal)}]
        for one in self.past:
            if isinstance(one, events.RepaymentReceived):
                went = one.allocation
                figures = {
                    "amount": one.amount, "principal": went.principal, "interest": went.interest,
                    "balance_after": went.outstanding_after,
                }  # fmt: skip
                told = {name: _told(amount) for name, amount in figures.items()}
                lines.append({"type": "Repayment", "date": one.received_on.isoformat(), **told})
        assert lines[-1]["balance_after"] == _told(outstanding(loan))
        return lines


def compare(row: Row) -> int:
    """Run a scenario and compare every figure that it publishes up to where it parts. How many there were."""
    course, life, compared = COURSES[row["id"]], Life(row["inputs"]), 0
    checkpoints = [one for one in row["expected"]["checkpoints"] if one["after_step"] <= course.until]
    for step in row["inputs"]["steps"][: course.until + 1]:
        life.do(step)
        for one in checkpoints:
            if one["after_step"] == step["i"]:
                compared += _same(one, life.told(one["what"]))
    assert compared, "a scenario that is run shows something"
    return compared


IGNORED = {"reverted", "replayed", "paid_date", "classification", "delinquentDate", "delinquentDays"}
"""What is told of its own books and bands, and the day of a payment, which the payment itself says here."""


def _same(one: Row, found: Any) -> int:
    if found is None:
        return 0
    expected, compared = one.get("rows") or [one["row"]], 0
    lines = [line for line in expected if "n" in line or one["what"] != "schedule"]  # the drawdown is no row here
    lines = [line for line in lines if line.get("type") != "Accrual"]  # the nights post their accruals for all loans
    found = found if isinstance(found, list) else [found]
    assert len(found) == len(lines), (one["line"], found)
    for line, own in zip(lines, found, strict=True):
        for name, value in line.items():
            if name not in IGNORED:
                assert str(own[name]) == str(value), (one["line"], name, own, line)
                compared += 1
    return compared


def _summed(rows: list[Row]) -> Row:
    names = ("principal", "interest", "total", "paid", "outstanding")
    return {name: str(sum((D(row[name]) for row in rows), D(0))) for name in names}


def _told(amount: Money) -> str:
    return str(amount.amount)
