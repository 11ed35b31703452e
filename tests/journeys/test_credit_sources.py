"""What becomes of an application once bureau, registry, courts and tax are asked: what they say, and silence."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys import applicants, lending
from tests.journeys.bank import OFFICER, OPENING_DATE, OPERATOR, Bank
from tests.journeys.own_bank import OwnBank
from tests.operations.credit_sources_server import CreditSourcesServer, credit_sources_server

PATIENCE_SECONDS = 3
WAIT_SECONDS = 60.0


@pytest.fixture(scope="module")
def sources() -> Iterator[CreditSourcesServer]:
    with credit_sources_server() as running:
        yield running


@pytest.fixture(scope="module")
def connected(bank: OwnBank, sources: CreditSourcesServer) -> Iterator[OwnBank]:
    """The bank with its risk service connected to the data gateway, for as long as this module needs it."""
    gateway = {
        "LIUDAI_CREDIT_SOURCES_URL": sources.url,
        "LIUDAI_CREDIT_SOURCES_TIMEOUT_SECONDS": str(PATIENCE_SECONDS),
    }
    bank.kill("risk", gateway)
    bank.await_ready()
    yield bank
    bank.drained()
    bank.kill("risk")
    bank.await_ready()


def register(bank: Bank) -> str:
    particulars = {"company": applicants.particulars()}
    return str(bank.post("application", "/v1/borrowers", particulars, by=OFFICER)["borrower_id"])


def apply(bank: Bank, borrower_id: str, **terms: Any) -> str:
    body = applicants.request() | {"borrower_id": borrower_id} | terms
    return str(bank.post("application", "/v1/applications", body, by=OFFICER)["application_id"])


def assessment(bank: Bank, application_id: str) -> Any:
    return bank.get("risk", f"/v1/assessments/{application_id}", by=OPERATOR)


def statuses(found: Any) -> dict[str, str]:
    return {one["source"]: one["status"] for one in found["sources"]}


def test_sources_that_know_nothing_bad_let_policy_decide(connected: OwnBank) -> None:
    application_id = apply(connected, register(connected))
    lending.await_application(connected, application_id, "offered")
    found = assessment(connected, application_id)
    assert statuses(found) == dict.fromkeys(("bureau", "registry", "courts", "tax"), "answered")
    assert found["facts"]["bureau"] == found["declared_facts"]["bureau"]


def test_a_source_that_does_not_answer_in_time_has_people_decide(
    connected: OwnBank, sources: CreditSourcesServer
) -> None:
    borrower_id = register(connected)
    sources.script("courts", borrower_id, behaviour="timeout")
    application_id = apply(connected, borrower_id)

    referred = lending.await_application(connected, application_id, "in_review", seconds=WAIT_SECONDS)

    assert referred["assessment"]["outcome"] == "refer"
    assert "P12_COURTS_SILENT" in [reason["code"] for reason in referred["assessment"]["reasons"]]
    found = assessment(connected, application_id)
    assert statuses(found) == dict.fromkeys(("bureau", "registry", "tax"), "answered") | {"courts": "timed_out"}
    assert found["facts"]["bureau"] == found["declared_facts"]["bureau"], "silence changes nothing"
    replayed = connected.post("risk", f"/v1/assessments/{application_id}/replay", by=OPERATOR)
    assert replayed["equal"]


@pytest.mark.parametrize("consent", [None, "ended"])
def test_without_a_valid_consent_the_bureau_is_not_asked_and_people_decide(
    connected: OwnBank, sources: CreditSourcesServer, consent: str | None
) -> None:
    borrower_id, yesterday = register(connected), connected.today - timedelta(days=1)
    ended = {"reference": "ZX-1", "given_on": f"{OPENING_DATE - timedelta(days=9)}", "valid_until": f"{yesterday}"}
    application_id = apply(connected, borrower_id, bureau_consent=ended if consent else None)

    referred = lending.await_application(connected, application_id, "in_review", seconds=WAIT_SECONDS)

    assert referred["assessment"]["reasons"][0]["code"] == "P09_NO_CONSENT"
    assert statuses(assessment(connected, application_id))["bureau"] == "no_consent"
    assert "bureau" not in [one["source"] for one in sources.enquiries(borrower_id)]


def test_what_the_bureau_says_goes_before_what_was_declared(connected: OwnBank, sources: CreditSourcesServer) -> None:
    borrower_id = register(connected)
    sources.script("bureau", borrower_id, record={"has_unpaid_default": True})
    application_id = apply(connected, borrower_id)

    declined = lending.await_application(connected, application_id, "declined", seconds=WAIT_SECONDS)

    assert "K01_UNPAID_DEFAULT" in [reason["code"] for reason in declined["decline_reasons"]]
    found = assessment(connected, application_id)
    assert (
        found["declared_facts"]["bureau"]["has_unpaid_default"],
        found["facts"]["bureau"]["has_unpaid_default"],
    ) == (
        False,
        True,
    )
