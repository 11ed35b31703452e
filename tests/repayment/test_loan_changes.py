"""Changed terms as specifications: what may be agreed by whom, which rows follow, and what is never lost."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.repayment.domain import events
from services.repayment.domain.change_decisions import terms_changed
from services.repayment.domain.change_rules import RULES, require_lawful
from services.repayment.domain.change_terms import ChangeTerms
from services.repayment.domain.extension import extension_months_max
from services.repayment.domain.installment import SchedulePlan
from services.repayment.domain.loan import OpenLoan, SettledLoan, accrued_before, outstanding, past_due
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.loan_changes import PendingChange
from shared.messages import Rejected
from tests.given import given
from tests.repayment.builders import (
    FIRST_DUE,
    MATURITY,
    SECOND_DUE,
    SECOND_RECEIPT,
    account,
    after,
    age,
    book,
    open_account,
    reclassify,
    repay,
    write_off,
    yuan,
)
from tests.repayment.changing import CHANGE, OTHER_CHANGE, decide, extension, plan, propose, renewal, told

ASKED = date(2026, 3, 20)
APPROVED = date(2026, 3, 25)
LATE = date(2026, 4, 30)
PAID = (book(), repay(620, FIRST_DUE), repay(560, SECOND_DUE, receipt=SECOND_RECEIPT))


def changed(*asked: Any) -> Any:
    """The fact of changed terms that these commands end in; a cure may follow it."""
    [fact] = [one for one in after(*asked) if hasattr(one, "schedule")]
    return fact


def rows(*asked: Any) -> list[tuple[int, str, str, str]]:
    return [told(state.row) for state in open_account(*asked).installments]


# --- which rows follow --------------------------------------------------------------------------------------


def test_a_grace_on_principal_that_runs_when_a_loan_is_extended_runs_on() -> None:
    agreed = {"agreed": SchedulePlan(principal_grace_periods=2)}
    booked, on = book(method="equal_principal", term_months=6).model_copy(update=agreed), date(2026, 1, 15)
    plan_rows = rows(booked, propose(extension(2), on), decide(on))
    assert [principal for _, _, principal, _ in plan_rows] == ["0.00"] * 2 + ["16666.67"] * 5 + ["16666.65"]


def test_an_extension_puts_the_principal_off_and_interest_goes_on_to_the_fen() -> None:
    fact = changed(*PAID, propose(extension(3), ASKED), decide(APPROVED))
    assert isinstance(fact, events.LoanExtended)
    assert (fact.previous_maturity_on, fact.maturity_on, fact.first_due_on) == (
        MATURITY,
        date(2026, 7, 10),
        date(2026, 5, 10),
    )
    assert rows(*PAID, propose(extension(3), ASKED), decide(APPROVED)) == [
        (1, "2026-02-10", "0.00", "620.00"),
        (2, "2026-03-10", "0.00", "560.00"),
        (3, "2026-04-10", "0.00", "620.00"),  # what is over and what runs stays, but for the principal
        (4, "2026-05-10", "0.00", "600.00"),
        (5, "2026-06-10", "0.00", "620.00"),
        (6, "2026-07-10", "100000.00", "600.00"),
    ]
    assert (fact.schedule.number, fact.schedule.cause, fact.restructured, fact.outstanding) == (
        2,
        "extension",
        False,
        yuan(100_000),
    )


def test_another_rate_is_paid_for_the_extended_term_alone() -> None:
    extended = open_account(*PAID, propose(extension(3, rate="9"), ASKED), decide(APPROVED))
    assert [told(state.row)[3] for state in extended.installments[2:]] == ["620.00", "750.00", "775.00", "750.00"]
    assert accrued_before(extended, date(2026, 4, 20)).interest == yuan(1800 + 250)  # ten days at 25


@pytest.mark.parametrize(
    ("method", "months", "expected"),
    [
        # 利随本清: the interest of the first term is due when it was, the rest with the principal
        ("one_payment", 2, [(1, "2026-04-10", "0.00", "1800.00"), (2, "2026-06-10", "100000.00", "1220.00")]),
        # 结息日: the 21st of a quarter's last month goes on
        (
            "interest_quarterly",
            3,
            [
                (1, "2026-03-21", "0.00", "1400.00"),
                (2, "2026-04-10", "0.00", "400.00"),
                (3, "2026-06-21", "0.00", "1440.00"),
                (4, "2026-07-10", "100000.00", "380.00"),
            ],
        ),
        # 等额本金: what follows the running period is shared anew over what was left and what is added
        (
            "equal_principal",
            2,
            [
                (1, "2026-02-10", "33333.33", "620.00"),
                (2, "2026-03-10", "16666.67", "373.33"),
                (3, "2026-04-10", "16666.67", "310.00"),
                (4, "2026-05-10", "16666.67", "200.00"),
                (5, "2026-06-10", "16666.66", "103.33"),
            ],
        ),
        # 等本等息: interest runs on what was owed when it was extended
        (
            "flat",
            1,
            [
                (1, "2026-02-10", "33333.33", "620.00"),
                (2, "2026-03-10", "22222.22", "373.33"),
                (3, "2026-04-10", "22222.22", "413.33"),
                (4, "2026-05-10", "22222.23", "400.00"),
            ],
        ),
    ],
)
def test_every_method_is_extended_in_its_own_way(method: Any, months: int, expected: list[Any]) -> None:
    on = date(2026, 1, 20)
    assert rows(book(method=method), propose(extension(months), on), decide(on)) == expected


def test_an_anchor_at_the_end_of_the_month_is_kept() -> None:
    drawn = date(2025, 12, 31)
    asked = (book(on=drawn, term_months=2), propose(extension(2), drawn), decide(drawn))
    assert [row[1] for row in rows(*asked)] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_a_renewed_loan_may_be_extended_anew_and_an_extended_one_not_for_ever() -> None:
    renewed = (*PAID, propose(renewal(6), ASKED), decide(APPROVED))
    fact = changed(*renewed)
    assert isinstance(fact, events.LoanRenewed)
    assert (fact.maturity_on, fact.restructured) == (date(2026, 10, 10), False)
    again = propose(extension(6), APPROVED, change=OTHER_CHANGE)
    assert isinstance(account(*renewed, again, decide(APPROVED, change=OTHER_CHANGE)), OpenLoan)
    given(loan_account, *after(*renewed)).when(propose(extension(7), APPROVED, change=OTHER_CHANGE)).then_rejected(
        "extension_too_long"
    )


def test_a_new_plan_takes_over_overdue_principal_and_leaves_every_fen_of_penalty_due() -> None:
    overdue = open_account(book(), age(LATE))
    asked = (book(), age(LATE), propose(plan(date(2026, 5, 20)), LATE), decide(LATE))
    replanned, fact = open_account(*asked), changed(*asked)
    was, now = past_due(overdue, LATE), past_due(replanned, LATE)
    assert was.principal == yuan(100_000)
    assert (now.principal, now.interest, now.penalty, now.compound) == (
        yuan(0),
        was.interest,
        was.penalty,
        was.compound,
    )
    assert accrued_before(replanned, LATE) == accrued_before(overdue, LATE)
    assert rows(*asked)[3:] == [
        (4, "2026-05-20", "33333.33", "400.00"),
        (5, "2026-06-20", "33333.33", "413.33"),
        (6, "2026-07-20", "33333.34", "200.00"),
    ]
    assert (fact.restructured, fact.schedule.cause, fact.days_past_due) == (True, "restructuring", 79)
    assert (fact.overdue, fact.overdue_penalty) == (yuan("2426.98"), yuan("626.98"))
    tomorrow = date(2026, 5, 1)
    assert accrued_before(replanned, tomorrow).penalty == was.penalty, "what is not overdue any more bears no penalty"
    assert accrued_before(replanned, tomorrow).interest == yuan(1800 + 20), "but interest again"


def test_interest_becomes_principal_only_where_told_and_penalty_stays_due_beside_it() -> None:
    asked = (
        book(),
        age(LATE),
        reclassify("special_mention", "2", on=LATE),
        propose(plan(date(2026, 5, 20), capitalise="interest"), LATE),
        decide(LATE),
    )
    replanned, fact = open_account(*asked), changed(*asked)
    assert fact.capitalised_interest == yuan(1800)
    assert outstanding(replanned) == fact.outstanding == yuan(101_800)
    assert (fact.provision_change, replanned.provision) == (yuan(36), yuan(2036))
    assert past_due(replanned, LATE).total == fact.overdue_penalty == yuan("626.98")
    assert fact.days_past_due == 0
    assert replanned.delinquent, "nothing is cured while penalty is owed"
    paid = loan_account.decide(repay("626.98", LATE), replanned)
    assert [type(one) for one in paid] == [events.RepaymentReceived, events.DelinquencyCured]


def test_a_plan_in_the_middle_of_a_period_rounds_its_first_interest_once() -> None:
    on = date(2026, 2, 20)
    terms = plan(date(2026, 3, 10), 2, method="equal_instalments", rate="3.6")
    asked = (*PAID[:2], propose(terms, on), decide(on))
    first, second = rows(*asked)[1:]
    assert first == (2, "2026-03-10", "49987.52", "380.00")  # ten days at 20, eighteen at 10
    assert second == (3, "2026-04-10", "50012.48", "155.04")
    replanned = open_account(*asked)
    assert accrued_before(replanned, on).interest == yuan(620 + 200)
    assert (replanned.rates[-1].from_on, str(replanned.rates[-1].penalty_percent)) == (on, "5.4000")


def test_a_free_plan_repays_what_it_tells() -> None:
    terms = plan(date(2026, 4, 10), 2, method="free", principal=(30_000, 70_000), every=2)
    asked = (*PAID, propose(terms, ASKED), decide(APPROVED))
    assert [row[1:3] for row in rows(*asked)[2:]] == [("2026-04-10", "30000.00"), ("2026-06-10", "70000.00")]


def test_a_changed_loan_is_repaid_and_settled_by_its_new_schedule() -> None:
    steps: list[Any] = [*PAID, propose(extension(1), ASKED), decide(APPROVED)]
    for n, (on, amount) in enumerate(((MATURITY, 620), (date(2026, 5, 10), 100_600))):
        steps.append(repay(amount, on, receipt=(CHANGE, OTHER_CHANGE)[n]))
    settled = account(*steps)
    assert isinstance(settled, SettledLoan)
    assert (settled.early, settled.interest_charged) == (False, yuan(2400))


# --- by whom ------------------------------------------------------------------------------------------------


def test_whoever_proposed_does_not_decide() -> None:
    waits = after(*PAID, propose(extension(), ASKED))
    given(loan_account, *waits).when(decide(ASKED, by="li")).then_rejected("same_person")
    given(loan_account, *waits).when(decide(ASKED, change=OTHER_CHANGE)).then_rejected("change_unknown")


def test_one_proposal_waits_at_a_time_and_the_same_is_made_and_decided_once() -> None:
    waits = after(*PAID, propose(extension(), ASKED))
    given(loan_account, *waits).when(propose(extension(), ASKED)).then_nothing()
    given(loan_account, *waits).when(propose(extension(2), ASKED)).then_rejected("proposal_used")
    given(loan_account, *waits).when(propose(extension(), ASKED, change=OTHER_CHANGE)).then_rejected("change_pending")
    approved = after(*PAID, propose(extension(), ASKED), decide(APPROVED))
    given(loan_account, *approved).when(decide(APPROVED)).then_nothing()
    given(loan_account, *approved).when(decide(APPROVED, approve=False)).then_rejected("change_decided")
    given(loan_account, *approved).when(propose(extension(), APPROVED)).then_rejected("change_decided")
    rejected = after(*PAID, propose(extension(), ASKED), decide(APPROVED, approve=False))
    given(loan_account, *rejected).when(decide(APPROVED, approve=False)).then_nothing()
    assert rows(*PAID, propose(extension(), ASKED), decide(APPROVED, approve=False)) == rows(*PAID)


# --- what may be agreed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("original", "rule", "months"),
    [(12, "2024", 12), (13, "2024", 6), (36, "2024", 18), (72, "2024", 36), (72, "1996", 36), (120, "1996", 36)],
)
def test_all_extensions_together_keep_within_the_law(original: int, rule: Any, months: int) -> None:
    assert extension_months_max(original, rule) == months


EARLY = date(2026, 1, 20)


@pytest.mark.parametrize(
    ("terms", "on", "code", "field"),
    [
        (extension(4), EARLY, "extension_too_long", "months"),  # three months at most, once and together
        (extension(0), EARLY, "months_not_whole_periods", "months"),
        (extension(3), MATURITY, "extension_after_maturity", "kind"),
        (extension(3, guaranteed=True), EARLY, "guarantor_consent_missing", "guarantor_consent"),
        (extension(3, rate="24.01"), EARLY, "rate_outside_band", "annual_rate_percent"),
        (renewal(37), EARLY, "renewal_too_long", "months"),
        (renewal(3), MATURITY, "renewal_after_maturity", "kind"),
        (renewal(3), date(2026, 2, 11), "renewal_with_arrears", "kind"),
        (renewal(3, borrower_size="large"), EARLY, "renewal_not_for_size", "borrower_size"),
        (renewal(3, no_misuse=False), EARLY, "renewal_condition_not_met", "no_misuse"),
        (renewal(3, meets_standard=False), EARLY, "renewal_condition_not_met", "meets_standard"),
        (plan(EARLY), EARLY, "first_due_on_outside", "first_due_on"),
        (plan(date(2027, 1, 21)), EARLY, "first_due_on_outside", "first_due_on"),
        (plan(date(2026, 2, 10), 0), EARLY, "instalments_outside", "instalments"),
        (plan(date(2026, 2, 10), every=13), EARLY, "period_outside", "every_months"),
        (plan(date(2026, 2, 10), capitalise="interest_and_penalty"), LATE, "first_due_on_outside", "first_due_on"),
        (plan(date(2026, 5, 20), capitalise="interest_and_penalty"), LATE, "penalty_not_capitalised", "capitalise"),
        (plan(date(2026, 2, 20), 3, kind="rescheduling"), EARLY, "plan_beyond_maturity", "instalments"),
        (plan(date(2026, 2, 10), method="free"), EARLY, "principal_of_free_plan", "principal"),
        (plan(date(2026, 2, 10), principal=(1, 2, 3)), EARLY, "principal_of_free_plan", "principal"),
        (
            plan(date(2026, 2, 10), method="free", principal=(100_000,)),
            EARLY,
            "principal_not_per_instalment",
            "principal",
        ),
        (
            plan(date(2026, 2, 10), method="free", principal=(50_000, 40_000, "9999.99")),
            EARLY,
            "principal_not_adding_up",
            "principal",
        ),
        (
            plan(date(2026, 2, 10), method="free", principal=(50_001, -1, 50_000)),
            EARLY,
            "principal_negative",
            "principal",
        ),
    ],
)
def test_a_refusal_names_the_field_and_the_rule(terms: ChangeTerms, on: date, code: str, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        loan_account.decide(propose(terms, on), account(book()))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_renewal_is_for_a_loan_of_class_normal_and_middle_size_only_for_a_time() -> None:
    mentioned = account(book(), reclassify("special_mention", "2", on=EARLY))
    with pytest.raises(Rejected, match="renewal_of_worse_class"):
        loan_account.decide(propose(renewal(3), EARLY), mentioned)
    middle = renewal(3, borrower_size="medium")
    require_lawful(middle, open_account(book()), EARLY, consented=False)
    ended = replace(RULES, renewal_of_medium_until=date(2026, 1, 19))
    with pytest.raises(Rejected, match="renewal_not_for_size"):
        require_lawful(middle, open_account(book()), EARLY, consented=False, rules=ended)


def test_a_closed_loan_has_no_terms_to_change() -> None:
    settled = account(*PAID, repay(100_620, MATURITY, receipt=CHANGE))
    lost = account(book(), age(LATE), reclassify("loss", "100", on=LATE), write_off(LATE))
    for loan, code in ((settled, "loan_settled"), (lost, "loan_written_off")):
        for command in (propose(extension(), LATE), decide(LATE)):
            with pytest.raises(Rejected, match=code):
                loan_account.decide(command, loan)


def test_an_approval_that_time_has_overtaken_is_refused_and_changes_nothing() -> None:
    waits = after(*PAID, propose(extension(), ASKED))
    given(loan_account, *waits).when(decide(MATURITY)).then_rejected("extension_after_maturity")


@pytest.mark.parametrize(
    ("asked", "restructured"),
    [
        ((book(), propose(extension(), EARLY), decide(EARLY)), False),
        ((book(), propose(extension(difficulty=True), EARLY), decide(EARLY)), True),
        ((book(), propose(extension(), date(2026, 2, 11)), decide(date(2026, 2, 11))), True),  # past due already
        ((book(), propose(plan(date(2026, 2, 10), kind="rescheduling"), EARLY), decide(EARLY)), False),
        ((book(), propose(plan(date(2026, 2, 10)), EARLY), decide(EARLY)), True),
        (
            (
                book(),
                reclassify("substandard", "25", on=EARLY),
                propose(plan(date(2026, 2, 10), kind="rescheduling"), EARLY),
                decide(EARLY),
            ),
            True,
        ),
    ],
)
def test_terms_eased_in_difficulty_are_a_restructuring_whatever_they_are_called(
    asked: tuple[Any, ...], restructured: bool
) -> None:
    assert changed(*asked).restructured is restructured


def test_where_the_bank_lets_penalty_become_principal_it_all_does() -> None:
    """A bank's own version of the limits, as data."""
    lenient = replace(RULES, version="own", penalty_may_be_capitalised=True)
    overdue, terms = open_account(book(), age(LATE)), plan(date(2026, 5, 20), capitalise="interest_and_penalty")
    require_lawful(terms, overdue, LATE, consented=False, rules=lenient)
    pending = PendingChange(CHANGE, terms, consented=False, proposed_by="li", proposed_on=LATE)
    fact = terms_changed(overdue, pending, LATE, "wang", "papers seen")
    replanned = loan_account.evolve(overdue, fact)
    assert isinstance(replanned, OpenLoan)
    assert past_due(replanned, LATE).total == yuan(0)
    assert outstanding(replanned) == fact.outstanding == yuan("102426.98")
