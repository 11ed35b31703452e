"""What must hold of a bank at rest, said a second time from the business's side.

Written from docs and lending rules (审贷分离, 授权, one payment a drawdown, interest by days over 360), not from the
deciders: it reads the facts that the services recorded, core banking's own books and what people were told, and it
knows no state, no evolve and no decide.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from tests.simulation import segregation
from tests.simulation.bank import History
from tests.simulation.segregation import Facts


def check(history: History) -> None:
    """Raises AssertionError naming what does not hold."""
    facts: dict[str, Facts] = {}
    for name, process in history.processes.items():
        facts[name] = defaultdict(list)
        for recorded in process.tables.events:
            facts[name][type(recorded.event).__name__].append(recorded.event)
    segregation.check(facts)
    check_limits(history)
    check_payments(history, facts["disbursement"])
    check_loans(facts)
    check_money(history, facts["repayment"])
    check_accruals(history, facts["repayment"])
    check_arrears(history)


def check_limits(history: History) -> None:
    """At no time more is drawn and reserved of a contract than it allows."""
    used: Counter[UUID] = Counter()
    limit, amount = {}, {}
    for recorded in history.processes["disbursement"].tables.events:
        event: Any = recorded.event
        match type(event).__name__:
            case "FacilityOpened":
                limit[event.contract_id] = event.terms.limit.minor
            case "DrawdownRequested":
                amount[event.drawdown_id] = event.amount.minor
                used[event.contract_id] += event.amount.minor
            case "DrawdownCancelled" | "DisbursementFailed":
                used[event.contract_id] -= amount[event.drawdown_id]
            case _:
                pass
        assert used[event.contract_id] <= limit[event.contract_id], "within the limit"


def check_payments(history: History, facts: Facts) -> None:
    """Every released drawdown was paid once and is a loan, or was never paid and has failed; nothing else was paid."""
    paid = Counter(one["reference"] for one in history.ledger.payments)
    assert set(paid.values()) <= {1}, f"paid more than once: {paid.most_common(1)}"
    instructed = {str(one.drawdown_id): one for one in facts["PaymentInstructed"]}
    assert set(paid) <= set(instructed), "core banking paid what nobody had released"
    lent = {str(one.drawdown_id): one for one in facts["LoanDisbursed"]}
    assert set(lent) == set(paid), "what was paid is lent, and nothing else"
    assert {str(one.drawdown_id) for one in facts["DisbursementFailed"]} == set(instructed) - set(paid)
    assert len(facts["LoanDisbursed"]) + len(facts["DisbursementFailed"]) == len(instructed), "each has one outcome"
    for one in history.ledger.payments:
        loan = lent[one["reference"]]
        assert one["core_reference"] == loan.core_reference
        assert Decimal(one["amount"]["amount"]) == loan.principal.amount == instructed[one["reference"]].amount.amount
    assert not facts["PaymentContradicted"], "nothing recorded was contradicted"


def check_loans(facts: dict[str, Facts]) -> None:
    """A loan is one loan everywhere, and each service says the same of how it ended."""
    booked = {one.loan_id: one for one in facts["repayment"]["LoanBooked"]}
    lent = {one.drawdown_id: one for one in facts["disbursement"]["LoanDisbursed"]}
    assert len(facts["repayment"]["LoanBooked"]) == len(booked)
    assert {one: loan.principal for one, loan in booked.items()} == {one: loan.principal for one, loan in lent.items()}
    ended = {name: _ids(facts["repayment"], name) for name in ("LoanSettled", "LoanWrittenOff")}
    news, drawdowns, risk = facts["application"], facts["disbursement"], facts["risk"]
    assert _ids(news, "LoanDisbursed") == _ids(risk, "LoanEnteredClassification") == sorted(booked)
    assert _ids(news, "DisbursementFailed") == sorted(one.drawdown_id for one in drawdowns["DisbursementFailed"])
    for name, drawdown in (("LoanSettled", "DrawdownSettled"), ("LoanWrittenOff", "DrawdownWrittenOff")):
        assert _ids(news, name) == sorted(one.drawdown_id for one in drawdowns[drawdown]) == ended[name], name
    assert _ids(risk, "LoanLeftClassification") == sorted(ended["LoanSettled"] + ended["LoanWrittenOff"])
    assert not set(ended["LoanSettled"]) & set(ended["LoanWrittenOff"]), "a loan ends once"
    assert _ids(facts["collection"], "CaseWrittenOff") == ended["LoanWrittenOff"]
    classes = {one.loan_id: one.classification.value for one in risk["LoanClassified"]}
    taken_over = {one.loan_id: one.classification for one in facts["repayment"]["LoanReclassified"]}
    for loan_id in set(booked) - set(ended["LoanSettled"]) - set(ended["LoanWrittenOff"]):
        assert taken_over.get(loan_id, "normal") == classes.get(loan_id, "normal"), "provided for as risk classified"


def check_money(history: History, facts: Facts) -> None:
    """Money that people were told was taken is in the books once; a loan is paid by it and by nothing else."""
    told = {"ReceiveRepayment", "PayOffLoan", "RecoverWrittenOff"}
    accepted: list[Any] = [a.command for a in history.asked if a.told == "done" and type(a.command).__name__ in told]
    received = facts["RepaymentReceived"] + facts["WrittenOffLoanRecovered"]
    brought = {one.receipt_id: one.amount for one in accepted if one.amount}  # a pay-off may need no money
    assert {one.receipt_id: one.amount for one in received} == brought, "taken is what was brought"
    assert len(received) == len(brought), "each receipt once, however often it is told"
    repaid: Counter[UUID] = Counter()
    held: Counter[UUID] = Counter()
    for one in facts["RepaymentReceived"]:
        shares = one.allocation
        parts = shares.principal + shares.interest + shares.penalty + shares.compound + one.unallocated
        assert parts == one.amount, "every fen went somewhere"
        held[one.loan_id] += one.unallocated.minor
        repaid[one.loan_id] += shares.principal.minor
    for one in facts["CreditApplied"]:
        held[one.loan_id] -= one.amount.minor
        repaid[one.loan_id] += one.allocation.principal.minor
    assert min(held.values(), default=0) >= 0
    written_off = {one.loan_id: one.principal.minor for one in facts["LoanWrittenOff"]}
    settled = {one.loan_id: one.credit.minor for one in facts["LoanSettled"]}
    for loan in facts["LoanBooked"]:
        left = loan.principal.minor - repaid[loan.loan_id] - written_off.get(loan.loan_id, 0)
        assert left >= 0, "no more is repaid than was lent"
        assert left == 0 or loan.loan_id not in {*settled, *written_off}, "what has ended is paid or written off"
        assert settled.get(loan.loan_id, held[loan.loan_id]) == held[loan.loan_id], "the rest is the payer's"


def check_accruals(history: History, facts: Facts) -> None:
    """Each loan earns its interest once a day: days over 360, and no more than its period's."""
    nights = [(line.loan_id, one.accrued_on, line) for one in facts["InterestAccrued"] for line in one.lines.each()]
    assert len({(loan_id, on) for loan_id, on, _ in nights}) == len(nights), "accrued once a night"
    changed = {one.loan_id for name in ("EarlyRepaymentAccepted", "LoanWrittenOff") for one in facts[name]}
    earned: Counter[UUID] = Counter()
    for loan_id, _, line in nights:
        earned[loan_id] += line.interest_minor
    opened_on = history.processes["repayment"].tables.opened_on
    for loan in facts["LoanBooked"]:
        assert sum(row.principal.minor for row in loan.installments) == loan.principal.minor
        for row in loan.installments:
            days = 30 if loan.day_count == "30/360" else (row.due_on - row.starts_on).days
            assert row.interest.minor == _interest(row.balance.minor, loan.annual_rate_percent, days)
        was_there = any(one == loan.loan_id and on >= loan.disbursed_on for one, on, _ in nights)
        if loan.loan_id not in changed and was_there:
            assert earned[loan.loan_id] == sum(_earned(loan, opened_on)), "interest of the days that have passed"


def _earned(loan: Any, until: date) -> Iterator[int]:
    for row in loan.installments:
        passed = (min(until, row.due_on) - row.starts_on).days
        if row.due_on <= until:
            yield row.interest.minor
        elif passed > 0:
            yield min(row.interest.minor, _interest(row.balance.minor, loan.annual_rate_percent, passed))


def _interest(balance: int, rate_percent: Decimal, days: int) -> int:
    return int((balance * rate_percent * days / 36000).to_integral_value(ROUND_HALF_UP))


def check_arrears(history: History) -> None:
    """Collection works on every loan that is past due or written off and still owed, and on no other."""
    names = {"InstallmentFellOverdue": True, "LoanWrittenOff": True, "DelinquencyCured": False, "LoanSettled": False}
    late = {}
    for recorded in history.processes["repayment"].tables.events:
        event: Any = recorded.event
        late.update({event.loan_id: names[name]} if (name := type(event).__name__) in names else {})
        if type(event).__name__ == "WrittenOffLoanRecovered":
            left = event.claim_principal_after + event.claim_interest_after + event.claim_penalty_after
            late[event.loan_id] = bool(left)
    names = {"CaseOpened": True, "CaseCured": False, "CaseClosed": False}
    collected = {}
    for recorded in history.processes["collection"].tables.events:
        event = recorded.event
        collected.update({event.loan_id: names[name]} if (name := type(event).__name__) in names else {})
    assert {one for one, is_open in collected.items() if is_open} == {one for one, is_late in late.items() if is_late}


def _ids(facts: Facts, name: str) -> list[UUID]:
    return sorted(one.loan_id for one in facts[name])
