"""Two processes of one service side by side: one answer for one key, and one that leads while the other waits."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.journeys import lending
from tests.journeys.bank import OFFICER
from tests.journeys.invariants import check_invariants
from tests.journeys.own_bank import OwnBank

OFFERS = 25


def test_a_request_that_is_sent_again_to_another_replica_is_answered_as_it_was(bank: OwnBank) -> None:
    """The second request may be decided after the first was committed: a repetition is no refusal."""
    application_ids = [lending.apply(bank) for _ in range(OFFERS)]
    for application_id in application_ids:
        lending.await_application(bank, application_id, "offered")

    with bank.replica("application") as second, ThreadPoolExecutor(2) as both:

        def accept(replica: str, application_id: str) -> httpx.Response:
            path = f"/v1/applications/{application_id}/offer/accept"
            return bank.call("POST", replica, path, by=OFFICER, key=f"accept-{application_id}", json={})

        for application_id in application_ids:
            answers = list(both.map(accept, ("application", second), [application_id] * 2))
            told = [answer for answer in answers if answer.is_success]
            assert told, [answer.text for answer in answers]
            assert {answer.content for answer in told} == {told[0].content}
            for answer in answers:
                assert answer.is_success or "retry-after" in answer.headers, answer.text
    bank.drained()
    check_invariants(bank)


def test_when_the_leading_replica_is_killed_the_other_takes_over(bank: OwnBank) -> None:
    """Only the leader publishes and acts, so a loan comes through only if somebody leads."""
    with bank.replica("disbursement"):
        for _ in range(2):
            bank.kill("disbursement")
            bank.await_ready()  # by now the other leads; the killed one is asked again, and waits
            lending.disbursed(bank)
    bank.drained()
    check_invariants(bank)
