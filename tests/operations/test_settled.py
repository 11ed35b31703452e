"""What counts as rest: every fact sealed, followed, heard; every service done with the date."""

from typing import Any

from services.operations.settled import announced_to, unsettled


def status(**changes: Any) -> dict[str, Any]:
    at_rest = {
        "business_date": "2026-03-31", "head": 7, "unsealed": 0, "followers": {"relay": 7, "loans": 7},
        "announced": {}, "heard": {}, "interests": {}, "parked": {}, "delayed": 0, "sweeping": False, "failing": {},
    }  # fmt: skip
    return at_rest | changes


def two(announced: int, heard: int, parked: int = 0) -> dict[str, dict[str, Any]]:
    return {
        "risk": status(announced={"loan_classified.v1": announced}),
        "repayment": status(
            interests={"risk": ["loan_classified.v1"]},
            heard={"risk.loan_classified.v1": heard} if heard else {},
            parked={"inbox": parked} if parked else {},
        ),
    }


def test_a_bank_where_everything_is_sealed_followed_and_heard_is_at_rest() -> None:
    assert unsettled(two(announced=3, heard=3)) == []


def test_an_announcement_that_nobody_has_handled_is_on_its_way() -> None:
    assert unsettled(two(announced=3, heard=2)) == ["repayment: 1 announcements on their way"]


def test_a_parked_announcement_has_arrived() -> None:
    assert unsettled(two(announced=3, heard=2, parked=1)) == []


def test_what_is_announced_to_others_is_nobody_elses_to_wait_for() -> None:
    assert announced_to("risk", two(announced=3, heard=0)) == 0


def test_unsealed_facts_and_followers_that_lag_are_named() -> None:
    assert unsettled({"risk": status(unsealed=2, followers={"relay": 5})}) == [
        "risk: 2 facts to seal",
        "risk: relay is 2 facts behind",
    ]


def test_a_read_model_that_is_being_rebuilt_is_not_waited_for() -> None:
    assert unsettled({"risk": status(followers={"relay": 7, "loans@rebuilding": 2})}) == []


def test_a_service_that_still_does_what_the_new_date_asks_for_is_not_at_rest() -> None:
    assert unsettled({"risk": status(sweeping=True)}) == ["risk: still doing what the new business date asks for"]
