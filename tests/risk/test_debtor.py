"""A debtor's claims: what one bad loan demands of the others, in whatever order they are heard of."""

from datetime import date
from typing import Any
from uuid import UUID

from services.risk.domain import debtor_commands as ask
from services.risk.domain import debtor_events as did
from services.risk.domain.asset_class import AssetClass
from services.risk.domain.debtor import debtor
from tests.given import given
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import APPLICATION, BORROWER, LOAN, TODAY, yuan

NORMAL, MENTION, SUBSTANDARD, DOUBTFUL, LOSS = AssetClass
OTHER = UUID(int=72)


def take(loan_id: UUID = LOAN, amount: int = 100_000, **told: Any) -> ask.TakeOnClaim:
    given_: dict[str, Any] = {
        "borrower_id": BORROWER,
        "loan_id": loan_id,
        "application_id": APPLICATION,
        "principal": yuan(amount),
        "annual_rate_percent": "4.30",
        "repayment_method": "interest_only",
        "term_months": 12,
        "retail": None,
        "limit": None,
        "taken_on": TODAY,
    }
    return ask.TakeOnClaim.model_validate(given_ | told)


def taken(loan_id: UUID = LOAN, amount: int = 100_000, floor: AssetClass = NORMAL, **told: Any) -> did.ClaimTakenOn:
    return did.ClaimTakenOn.model_validate({**take(loan_id, amount, **told).model_dump(), "floor": floor})


def classify(own: AssetClass, loan_id: UUID = LOAN) -> ask.ClassifyClaim:
    return ask.ClassifyClaim(borrower_id=BORROWER, loan_id=loan_id, own=own, as_of=TODAY)


def classed(own: AssetClass, loan_id: UUID = LOAN) -> did.ClaimClassified:
    return did.ClaimClassified(borrower_id=BORROWER, loan_id=loan_id, own=own, classified_on=TODAY)


def measure(amount: int | None, days: int = 0, loan_id: UUID = LOAN, on: date = TODAY) -> ask.MeasureClaim:
    owed = None if amount is None else yuan(amount)
    return ask.MeasureClaim(borrower_id=BORROWER, loan_id=loan_id, outstanding=owed, days_past_due=days, as_of=on)


def measured(amount: int, days: int = 0, loan_id: UUID = LOAN, on: date = TODAY) -> did.ClaimMeasured:
    return did.ClaimMeasured(
        borrower_id=BORROWER, loan_id=loan_id, outstanding=yuan(amount), days_past_due=days, measured_on=on
    )


def moved(floor: AssetClass, previous: AssetClass, bad: tuple[UUID, ...], *loans: UUID) -> did.DebtorFloorMoved:
    return did.DebtorFloorMoved(
        borrower_id=BORROWER, floor=floor, previous=previous, non_performing=bad, loan_ids=loans, moved_on=TODAY
    )


def end(loan_id: UUID = LOAN) -> ask.EndClaim:
    return ask.EndClaim(borrower_id=BORROWER, loan_id=loan_id, written_off=True, ended_on=TODAY)


def ended(loan_id: UUID = LOAN) -> did.ClaimEnded:
    return did.ClaimEnded(borrower_id=BORROWER, loan_id=loan_id, written_off=True, ended_on=TODAY)


def test_more_than_a_tenth_non_performing_makes_all_substandard() -> None:
    two = (taken(amount=100_000), taken(OTHER, 800_000))
    given(debtor, *two).when(classify(SUBSTANDARD)).then(
        classed(SUBSTANDARD), moved(SUBSTANDARD, NORMAL, (LOAN,), LOAN, OTHER)
    )


def test_exactly_a_tenth_is_a_mention_for_all() -> None:
    two = (taken(amount=100_000), taken(OTHER, 900_000))
    given(debtor, *two).when(classify(SUBSTANDARD)).then(
        classed(SUBSTANDARD), moved(MENTION, NORMAL, (LOAN,), LOAN, OTHER)
    )


def test_a_payment_may_move_the_share_over_the_border() -> None:
    two = (taken(amount=100_000), taken(OTHER, 900_000), classed(SUBSTANDARD), moved(MENTION, NORMAL, (LOAN,)))
    given(debtor, *two).when(measure(800_000, loan_id=OTHER)).then(
        measured(800_000, loan_id=OTHER), moved(SUBSTANDARD, MENTION, (LOAN,), LOAN, OTHER)
    )


def test_a_person_who_borrows_is_classified_loan_by_loan() -> None:
    two = (taken(retail=True), taken(OTHER, retail=True))
    given(debtor, *two).when(classify(LOSS)).then(classed(LOSS))


def test_a_claim_in_another_currency_counts_by_itself() -> None:
    euro = taken(OTHER, principal={"currency": "EUR", "minor": 100})
    given(debtor, taken(), euro).when(classify(SUBSTANDARD, OTHER)).then(
        classed(SUBSTANDARD, OTHER), moved(SUBSTANDARD, NORMAL, (OTHER,), LOAN, OTHER)
    )


def test_a_new_loan_hears_what_stands_and_the_last_bad_one_lifts_it_when_it_ends() -> None:
    bad = (taken(), classed(SUBSTANDARD), moved(SUBSTANDARD, NORMAL, (LOAN,), LOAN))
    given(debtor, *bad).when(take(OTHER)).then(taken(OTHER, floor=SUBSTANDARD))
    both = (*bad, taken(OTHER, floor=SUBSTANDARD))
    given(debtor, *both).when(end()).then(ended(), moved(NORMAL, SUBSTANDARD, (), OTHER))


def test_whatever_is_heard_first_is_kept_and_what_is_known_is_not_written_again() -> None:
    given(debtor, measured(90_000, 3)).when(take()).then(taken())
    given(debtor, measured(90_000, 3), taken()).when(measure(90_000, 3)).then_nothing()
    given(debtor, measured(90_000, 3), taken()).when(measure(None, 0)).then(measured(90_000, 0))
    given(debtor).when(measure(None, 0)).then_nothing()
    given(debtor, measured(90_000, 3)).when(measure(80_000, 9, on=date(2026, 3, 1))).then_nothing()
    given(debtor, ended()).when(take()).then(taken())
    given(debtor, ended(), taken()).when(take()).then_nothing()
    for late in (measure(1), classify(LOSS), end()):
        given(debtor, taken(), ended()).when(late).then_nothing()


def test_a_recovery_is_recorded_once() -> None:
    command = ask.RecordRecovery(
        borrower_id=BORROWER, loan_id=LOAN, receipt_id=UUID(int=5), amount=yuan(500), received_on=TODAY
    )
    recovered = did.ClaimRecovered(
        borrower_id=BORROWER, loan_id=LOAN, receipt_id=UUID(int=5), amount=yuan(500), recovered_on=TODAY
    )
    given(debtor, taken(), ended()).when(command).then(recovered)
    given(debtor, taken(), ended(), recovered).when(command).then_nothing()


def test_what_was_paid_is_owed_again_and_counts_for_the_other_claims() -> None:
    paid = did.ClaimEnded(borrower_id=BORROWER, loan_id=LOAN, written_off=False, ended_on=TODAY)
    command = ask.ReturnClaim(
        borrower_id=BORROWER, loan_id=LOAN, outstanding=yuan(60_000), days_past_due=12, as_of=date(2026, 6, 1)
    )
    returned = did.ClaimReturned(
        borrower_id=BORROWER, loan_id=LOAN, outstanding=yuan(60_000), days_past_due=12, floor=NORMAL,
        returned_on=date(2026, 6, 1),
    )  # fmt: skip
    facts = debtor.decide(command, debtor.fold([taken(), paid]))
    assert facts[0] == returned
    assert [type(one).__name__ for one in facts[1:]] == ["EarlyWarningRaised"]
    owed = debtor.fold([taken(), paid, *facts])
    assert owed.in_books()[LOAN].outstanding == yuan(60_000)
    given(debtor, taken(), paid, *facts).when(command).then_nothing()
    given(debtor, taken(), ended()).when(command).then_nothing()  # written off: nothing comes back
    bad = (taken(), taken(OTHER, 50_000), classed(SUBSTANDARD), paid)
    [again, *_, pulled] = debtor.decide(command, debtor.fold(bad))
    assert again == returned
    assert isinstance(pulled, did.DebtorFloorMoved)
    assert (pulled.floor, pulled.non_performing, pulled.loan_ids) == (SUBSTANDARD, (LOAN,), (LOAN, OTHER))


def test_a_loan_is_not_pulled_down_by_itself_but_by_a_second_bad_one() -> None:
    two = (taken(), taken(OTHER), classed(SUBSTANDARD), moved(SUBSTANDARD, NORMAL, (LOAN,), LOAN, OTHER))
    state = debtor.fold(two)
    assert (state.floor_on(LOAN), state.floor_on(OTHER)) == (NORMAL, SUBSTANDARD)
    second = moved(SUBSTANDARD, SUBSTANDARD, (LOAN, OTHER), LOAN, OTHER)
    given(debtor, *two).when(classify(DOUBTFUL, OTHER)).then(classed(DOUBTFUL, OTHER), second)
    assert debtor.fold([*two, classed(DOUBTFUL, OTHER), second]).floor_on(LOAN) == SUBSTANDARD
    alone = (taken(), classed(SUBSTANDARD), moved(SUBSTANDARD, NORMAL, (LOAN,), LOAN))
    assert debtor.fold(alone).floor_on(LOAN) == NORMAL


async def test_one_bad_loan_pulls_the_debtors_others_down_and_lets_them_go_when_it_is_good(bank: Bank) -> None:
    await bank.hear(announced.disbursed())
    await bank.hear(announced.disbursed(OTHER))
    await bank.hear(announced.overdue())
    await bank.hear(announced.aged(91, date(2026, 6, 1)))
    pulled = await bank.seen(f"/v1/classifications/{OTHER}", lambda found: found["classification"] == "substandard")
    assert (pulled["own"], pulled["debtor_floor"], pulled["days_past_due"]) == ("normal", "substandard", 0)
    assert pulled["changes"][-1]["by"] == "debtor"
    assert (await bank.get(f"/v1/classifications/{LOAN}")).json()["debtor_floor"] == "normal"
    shown = (await bank.get(f"/v1/debtors/{BORROWER}")).json()
    assert (shown["floor"], shown["retail"]) == ("substandard", False)
    assert {one["loan_id"]: one["own"] for one in shown["claims"]} == {str(LOAN): "substandard", str(OTHER): "normal"}
    await bank.hear(announced.cured(date(2026, 6, 10)))
    await bank.hear(announced.received(date(2026, 12, 10)))
    for loan_id in (LOAN, OTHER):  # the one was observed itself, the other was clean for more than six months
        await bank.seen(f"/v1/classifications/{loan_id}", lambda found: found["classification"] == "normal")
    assert (await bank.get(f"/v1/debtors/{UUID(int=1)}")).status_code == 404
