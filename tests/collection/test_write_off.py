"""Write-off proposals: the grounds, the second person, and what becomes of a proposal."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.collection.domain.case_state import Case
from services.collection.domain.collection_case import collection_case
from services.collection.domain.strategy import Stage
from services.collection.domain.write_off import ProposalStatus
from tests.collection.builders import (
    OTHER_PROPOSAL,
    TODAY,
    aged,
    approve_write_off,
    classified,
    cured,
    long_overdue,
    noted,
    opened,
    paper,
    propose_write_off,
    refuse_write_off,
    reject_write_off,
    ruling,
    write_off_approved,
    write_off_lapsed,
    write_off_proposed,
    write_off_refused,
    write_off_rejected,
    written_off,
)
from tests.given import given

LAST_DAY_BELOW = date(2027, 2, 24)
"""The loan is 360 days past due; since the last border, at 271, nothing was told of it."""


@pytest.mark.parametrize("classification", ["normal", "special_mention", "substandard"])
def test_a_loan_that_may_still_be_paid_is_not_proposed(classification: Any) -> None:
    told = aged(days=271, stage=Stage.S4, on=date(2026, 11, 27))
    history = given(collection_case, opened(), classified(classification), told)
    history.when(propose_write_off(on=LAST_DAY_BELOW)).then_rejected("write_off_not_justified")
    history.when(propose_write_off(on=LAST_DAY_BELOW + timedelta(days=1))).then(
        write_off_proposed(
            classification=classification, days=361, amounts_on=told.aged_on, on=LAST_DAY_BELOW + timedelta(days=1)
        )
    )


@pytest.mark.parametrize("classification", ["doubtful", "loss"])
def test_a_doubtful_or_lost_loan_may_be_proposed(classification: Any) -> None:
    given(collection_case, opened(), classified(classification)).when(propose_write_off(on=TODAY)).then(
        write_off_proposed(
            grounds=("loan_class",),
            classification=classification,
            days=1,
            overdue=10_000,
            amounts_on=TODAY,
            on=TODAY,
        )
    )


def test_a_loan_more_than_360_days_past_due_may_be_proposed() -> None:
    given(collection_case, opened(), long_overdue()).when(propose_write_off()).then(write_off_proposed())


def test_a_paper_of_a_listed_kind_is_a_ground_of_its_own() -> None:
    on = aged().aged_on
    given(collection_case, opened(), aged(days=31)).when(propose_write_off(evidence=(paper(),), on=on)).then(
        write_off_proposed(grounds=("evidence",), evidence=(ruling(),), days=31, amounts_on=on, on=on)
    )


def test_every_ground_that_is_met_is_recorded() -> None:
    given(collection_case, opened(), classified("loss"), long_overdue()).when(
        propose_write_off(evidence=(paper(),))
    ).then(
        write_off_proposed(
            grounds=("loan_class", "days_past_due", "evidence"), evidence=(ruling(),), classification="loss"
        )
    )


def test_only_a_loan_with_an_open_case_is_proposed() -> None:
    given(collection_case).when(propose_write_off()).then_rejected("case_not_open")
    given(collection_case, opened(), cured()).when(propose_write_off()).then_rejected("case_not_open")
    given(collection_case, opened(), written_off()).when(propose_write_off()).then_rejected("case_not_open")


def test_one_proposal_waits_at_a_time() -> None:
    again = propose_write_off(proposal_id=OTHER_PROPOSAL)
    pending = (opened(), long_overdue(), write_off_proposed())
    given(collection_case, *pending).when(again).then_rejected("proposal_pending")
    given(collection_case, *pending, write_off_approved()).when(again).then_rejected("proposal_pending")
    for ending in (write_off_rejected(), write_off_lapsed()):
        given(collection_case, *pending, ending).when(again).then(write_off_proposed(proposal_id=OTHER_PROPOSAL))


def test_a_second_person_approves() -> None:
    given(collection_case, opened(), long_overdue(), write_off_proposed()).when(approve_write_off()).then(
        write_off_approved()
    )


def test_whoever_proposed_neither_approves_nor_rejects() -> None:
    pending = (opened(), long_overdue(), write_off_proposed(by="li"))
    given(collection_case, *pending).when(approve_write_off(by="li")).then_rejected("same_person")
    given(collection_case, *pending).when(reject_write_off(by="li")).then_rejected("same_person")


def test_grounds_that_have_gone_by_the_time_of_approval_stop_it() -> None:
    given(collection_case, opened(), classified("doubtful"), write_off_proposed(), classified("substandard")).when(
        approve_write_off(on=TODAY)
    ).then_rejected("write_off_not_justified")
    paid_in_part = (opened(), long_overdue(), write_off_proposed(), noted(days=31, on=date(2027, 3, 2)))
    given(collection_case, *paid_in_part).when(approve_write_off()).then_rejected("write_off_not_justified")


def test_a_second_person_rejects_with_a_reason() -> None:
    given(collection_case, opened(), long_overdue(), write_off_proposed()).when(reject_write_off()).then(
        write_off_rejected()
    )


@pytest.mark.parametrize("decided", [write_off_approved(), write_off_rejected(), write_off_lapsed()])
def test_a_proposal_is_decided_once(decided: Any) -> None:
    history = (opened(), long_overdue(), write_off_proposed(), decided)
    given(collection_case, *history).when(approve_write_off()).then_rejected("proposal_already_decided")
    given(collection_case, *history).when(reject_write_off()).then_rejected("proposal_already_decided")


def test_a_proposal_that_nobody_made_is_not_decided() -> None:
    given(collection_case, opened(), long_overdue()).when(approve_write_off()).then_rejected("proposal_unknown")


def test_the_loan_accounts_refusal_closes_the_proposal_with_its_reason_once() -> None:
    history = (opened(), long_overdue(), write_off_proposed(), write_off_approved())
    given(collection_case, *history).when(refuse_write_off()).then(write_off_refused())
    given(collection_case, *history, write_off_refused()).when(refuse_write_off()).then_nothing()


def test_a_refusal_of_what_was_never_approved_is_a_mistake_somebody_must_see() -> None:
    given(collection_case, opened(), write_off_proposed()).when(refuse_write_off()).then_rejected(
        "proposal_not_approved"
    )
    given(collection_case).when(refuse_write_off()).then_rejected("proposal_not_approved")


def test_a_proposal_is_applied_when_the_loan_is_written_off() -> None:
    case = collection_case.fold([opened(), write_off_proposed(), write_off_approved(), written_off()])
    assert isinstance(case, Case)
    assert [one.status for one in case.proposals] == [ProposalStatus.APPLIED]
