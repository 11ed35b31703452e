"""What became of money that the borrower was left to pay with: reported, looked at, and judged by two people."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.disbursement.domain.events import FacilityEvent
from services.disbursement.domain.facility import facility
from services.disbursement.domain.fund_use import PAYMENTS_MAX, is_sampled
from services.disbursement.domain.fund_use_commands import CheckFundUse, ConfirmMisuse, DismissMisuse, ReportFundUse
from services.disbursement.domain.fund_use_events import (
    FundPayment,
    FundsMisused,
    FundUseChecked,
    FundUseReported,
    MisuseDismissed,
)
from services.disbursement.domain.splitting import Paid, split_total
from shared.messages import Personal
from shared.money import Money
from tests.disbursement.builders import (
    BORROWER,
    CONTRACT,
    DRAWDOWN,
    OTHER_DRAWDOWN,
    TODAY,
    disbursed,
    instructed,
    opened,
    payee,
    request,
    requested,
    yuan,
)
from tests.given import given

REPORT = UUID("f0000000-0000-4000-8000-000000000001")
FINDING = UUID("e0000000-0000-4000-8000-000000000003")
LATER = TODAY + timedelta(days=3)
SELF: dict[str, Any] = {"payment_mode": "self", "payee": None, "trade_contract": None}
LIMIT = yuan(30_000_000)


def lent(amount: int = 400_000, drawdown_id: UUID = DRAWDOWN, **changes: Any) -> list[FacilityEvent]:
    asked = {"amount": amount, "drawdown_id": drawdown_id} | SELF | changes
    return [
        requested(**asked),
        instructed(drawdown_id=drawdown_id, amount=amount, payment_mode="self", payee=None),
        disbursed(drawdown_id=drawdown_id, amount=amount, mode="self"),
    ]


def payment(amount: int | Money = 100_000, **changes: Any) -> FundPayment:
    dull: dict[str, Any] = {
        "payee": Personal(subject_id=REPORT, value="苏州精密钢材有限公司"),
        "account": Personal(subject_id=REPORT, value=changes.pop("account", "6217000010001234567")),
        "amount": amount if isinstance(amount, Money) else yuan(amount),
        "paid_on": TODAY,
        "purpose": "purchase_of_goods",
        "voucher": "FP-33012",
    }
    return FundPayment(**dull | changes)


def report(*payments: FundPayment, by: str = "officer-li", drawdown_id: UUID = DRAWDOWN) -> ReportFundUse:
    return ReportFundUse(
        contract_id=CONTRACT,
        drawdown_id=drawdown_id,
        report_id=REPORT,
        payments=payments,
        reported_by=by,
        reported_on=LATER,
    )


def reported(*payments: FundPayment, drawdown_id: UUID = DRAWDOWN, **changes: Any) -> FundUseReported:
    dull: dict[str, Any] = {
        **dict(report(*payments, drawdown_id=drawdown_id)),
        "total": Money.sum(one.amount for one in payments),
        "flags": (),
        "sampled": is_sampled(drawdown_id),
    }
    return FundUseReported(**dull | changes)


def check(outcome: str = "misused", *, by: str = "reviewer-he", **changes: Any) -> CheckFundUse:
    found = {"misused": yuan(100_000), "misused_from": TODAY} if outcome == "misused" else {}
    dull: dict[str, Any] = {
        "contract_id": CONTRACT,
        "drawdown_id": DRAWDOWN,
        "finding_id": FINDING,
        "outcome": outcome,
        "misused": None,
        "misused_from": None,
        "evidence": "statement of 7 March, page 3",
        "checked_by": by,
        "checked_on": LATER,
    }
    return CheckFundUse(**dull | found | changes)


def checked(outcome: str = "misused", **changes: Any) -> FundUseChecked:
    asked = dict(check(outcome, **changes))
    return FundUseChecked(**asked | {"evidence": Personal(subject_id=BORROWER, value=asked["evidence"])})


def confirm(by: str = "approver-sun", finding_id: UUID = FINDING) -> ConfirmMisuse:
    return ConfirmMisuse(
        contract_id=CONTRACT, drawdown_id=DRAWDOWN, finding_id=finding_id, confirmed_by=by, confirmed_on=LATER
    )


def misused() -> FundsMisused:
    return FundsMisused(**dict(confirm()), misused=yuan(100_000), misused_from=TODAY)


def dismiss(by: str = "approver-sun") -> DismissMisuse:
    return DismissMisuse(
        contract_id=CONTRACT,
        drawdown_id=DRAWDOWN,
        finding_id=FINDING,
        reason="paid from profits",
        dismissed_by=by,
        dismissed_on=LATER,
    )


# --- reports ---------------------------------------------------------------------------------------------------


def test_what_was_paid_is_kept_with_its_total() -> None:
    given(facility, opened(), *lent()).when(report(payment(100_000), payment(300_000))).then(
        reported(payment(100_000), payment(300_000))
    )


def test_a_second_report_adds_to_the_first() -> None:
    given(facility, opened(), *lent(), reported(payment(100_000))).when(report(payment(300_000))).then(
        reported(payment(300_000), total=yuan(400_000))
    )


@pytest.mark.parametrize(
    ("payments", "code"),
    [
        ((payment(400_001),), "reported_more_than_drawn"),
        ((payment(0),), "amount_not_positive"),
        ((payment(Money.of(1, "USD")),), "currency_mismatch"),
        ((payment(paid_on=TODAY - timedelta(days=1)),), "paid_outside_the_loan"),
        ((payment(paid_on=LATER + timedelta(days=1)),), "paid_outside_the_loan"),
        (tuple(payment(1) for _ in range(PAYMENTS_MAX + 1)), "payments_too_many"),
    ],
)
def test_a_report_that_cannot_be_is_refused(payments: tuple[FundPayment, ...], code: str) -> None:
    given(facility, opened(), *lent()).when(report(*payments)).then_rejected(code)


def test_the_first_and_the_last_day_of_the_report_are_within_the_loan() -> None:
    paid = (payment(paid_on=TODAY), payment(paid_on=LATER))
    given(facility, opened(), *lent()).when(report(*paid)).then(reported(*paid))


def test_nothing_is_reported_of_money_that_the_bank_paid_itself_or_that_is_not_out() -> None:
    entrusted = [requested(), instructed(), disbursed()]
    given(facility, opened(), *entrusted).when(report(payment())).then_rejected("paid_by_the_bank")
    given(facility, opened(), requested(**SELF)).when(report(payment())).then_rejected("loan_not_disbursed")
    given(facility, opened()).when(report(payment())).then_rejected("drawdown_unknown")


@pytest.mark.parametrize("purpose", ["dividends", "financial_assets", "fixed_assets", "equity", "real_estate"])
def test_what_the_loan_may_not_pay_for_is_flagged(purpose: str) -> None:
    spent = payment(purpose=purpose)
    given(facility, opened(), *lent()).when(report(spent)).then(reported(spent, flags=("banned_purpose",)))


def test_a_payment_above_the_border_is_flagged_and_one_on_it_is_not() -> None:
    on_it, above = payment(10_000_000), payment(Money(1_000_000_001))
    of = [opened(limit=LIMIT), *lent(20_000_000)]
    given(facility, *of).when(report(on_it)).then(reported(on_it))
    given(facility, *of).when(report(above)).then(reported(above, flags=("single_payment_above_border",)))


def test_a_payment_cut_small_is_flagged_over_all_drawdowns_of_the_contract() -> None:
    first, second = payment(6_000_000), payment(4_000_001, paid_on=LATER)
    of = [opened(limit=LIMIT), *lent(8_000_000), *lent(8_000_000, OTHER_DRAWDOWN), reported(first)]
    given(facility, *of).when(report(second, drawdown_id=OTHER_DRAWDOWN)).then(
        reported(second, drawdown_id=OTHER_DRAWDOWN, flags=("suspected_splitting",))
    )


def test_a_persons_borders_are_kept_when_the_money_is_drawn() -> None:
    paid = (payment(6_000_000), payment(5_000_000))
    of = [opened(limit=LIMIT, segment="person"), *lent(11_000_000)]
    given(facility, *of).when(report(*paid)).then(reported(*paid))


def test_one_of_five_is_drawn_by_lot() -> None:
    drawn = sum(is_sampled(UUID(int=n)) for n in range(1000))
    assert drawn == 200


# --- drawing in parts -------------------------------------------------------------------------------------------------


def test_money_drawn_in_parts_for_one_payee_is_entrusted_as_the_whole_would_be() -> None:
    part = {"amount": 6_000_000, "payment_mode": "self"}
    of = [opened(limit=LIMIT), requested(**part)]
    again = part | {"drawdown_id": OTHER_DRAWDOWN}
    given(facility, *of).when(request(**again)).then_rejected("entrusted_payment_required")
    entrusted = again | {"payment_mode": "entrusted"}
    given(facility, *of).when(request(**entrusted)).then(requested(**entrusted, because="split_payments"))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 4_000_000},  # together on the border, not above it
        {"payee": payee("6217000010007654321"), "trade_contract": "购销-2026-018"},  # another payee and contract
        {"requested_on": TODAY + timedelta(days=5)},  # the window is over
        {"payee": None, "trade_contract": None},  # nobody is known yet: the report will tell
    ],
)
def test_parts_that_do_not_belong_together_may_be_paid_by_the_borrower(changes: dict[str, Any]) -> None:
    of = [opened(limit=LIMIT), requested(amount=6_000_000, payment_mode="self")]
    again: dict[str, Any] = {"amount": 6_000_000, "payment_mode": "self", "drawdown_id": OTHER_DRAWDOWN} | changes
    given(facility, *of).when(request(**again)).then(requested(**again))


@for_all(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.integers(1, 12_000_000), st.integers(0, 20)),
        max_size=12,
    ),
    st.integers(1, 10),
)
def test_the_split_is_the_dearest_window_of_payments_that_alone_keep_to_the_border(
    payments: list[tuple[str, int, int]], window_days: int
) -> None:
    """Against counting day by day."""
    paid = [Paid(to, None, yuan(amount), TODAY + timedelta(days=day)) for to, amount, day in payments]
    sums = [
        sum(a for who, a, day in payments if who == to and a <= 10_000_000 and start <= day < start + window_days)
        for to in "AB"
        for start in range(21)
    ]
    dearest = max(sums, default=0)
    assert split_total(paid, window_days=window_days) == (yuan(dearest) if dearest > 10_000_000 else None)


# --- checks ---------------------------------------------------------------------------------------------------

USED = [opened(), *lent(), reported(payment())]


def test_a_proper_use_is_noted_and_a_new_report_asks_for_a_new_check() -> None:
    given(facility, *USED).when(check("proper")).then(checked("proper"))
    given(facility, *USED, checked("proper"), reported(payment())).when(check("proper")).then(checked("proper"))


def test_money_that_the_bank_paid_itself_may_be_checked_too() -> None:
    given(facility, opened(), requested(), instructed(), disbursed()).when(check()).then(checked())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (check(by="officer-li"), "four_eyes"),
        (check("proper", misused=yuan(1)), "nothing_misused"),
        (check("proper", misused_from=TODAY), "nothing_misused"),
        (check(misused=None), "finding_incomplete"),
        (check(misused_from=None), "finding_incomplete"),
        (check(misused=Money.of(1, "USD")), "currency_mismatch"),
        (check(misused=yuan(0)), "amount_out_of_bounds"),
        (check(misused=yuan(400_001)), "amount_out_of_bounds"),
        (check(misused_from=TODAY - timedelta(days=1)), "misused_outside_the_loan"),
        (check(misused_from=LATER + timedelta(days=1)), "misused_outside_the_loan"),
    ],
)
def test_a_finding_that_cannot_be_is_refused(asked: CheckFundUse, code: str) -> None:
    given(facility, *USED).when(asked).then_rejected(code)


def test_misuse_takes_two_people() -> None:
    found = [*USED, checked()]
    given(facility, *found).when(confirm()).then(misused())
    for one in ("reviewer-he", "officer-li"):  # who found it, and who reported the use
        given(facility, *found).when(confirm(one)).then_rejected("four_eyes")
    given(facility, *found).when(confirm(finding_id=REPORT)).then_rejected("finding_unknown")
    given(facility, *USED).when(confirm()).then_rejected("finding_unknown")
    given(facility, *found).when(check()).then_rejected("finding_open")
    given(facility, *found, misused()).when(confirm()).then_rejected("finding_unknown")
    given(facility, *found, misused()).when(check("proper")).then_rejected("misuse_confirmed")


def test_a_finding_that_the_second_does_not_share_leaves_the_use_to_be_checked_again() -> None:
    dismissed = MisuseDismissed(
        **dict(dismiss()) | {"reason": Personal(subject_id=BORROWER, value="paid from profits")}
    )
    found = [*USED, checked()]
    given(facility, *found).when(dismiss()).then(dismissed)
    given(facility, *found).when(dismiss("reviewer-he")).then_rejected("four_eyes")
    given(facility, *found, dismissed).when(check()).then(checked())
    given(facility, *found, dismissed).when(confirm()).then_rejected("finding_unknown")


def test_the_published_split() -> None:
    """DEC-07: 4 m, 4 m and 3 m to one payee under one contract within two days."""
    paid = [
        Paid("A公司", "HT-001", yuan(4_000_000), date(2024, 8, 1)),
        Paid("A公司", "HT-001", yuan(4_000_000), date(2024, 8, 1)),
        Paid("A公司", "HT-001", yuan(3_000_000), date(2024, 8, 2)),
    ]
    assert split_total(paid) == yuan(11_000_000)
