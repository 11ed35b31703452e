"""What the adapter takes for an answer and what it does not; the stand-in is a server of its own, and says anything."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import HttpUrl

from services.operations.free_port import free_port
from services.risk.credit_sources import ANSWER_BYTES_MAX, CreditSources, CreditSourcesSettings, open_credit_sources
from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.source_answers import (
    BureauAnswer,
    BureauConsent,
    CourtsAnswer,
    RegistryAnswer,
    SourceAnswer,
    TaxAnswer,
)
from tests.operations.credit_sources_server import CreditSourcesServer, credit_sources_server
from tests.risk.builders import TODAY, company_facts, person_facts, yuan

pytestmark = pytest.mark.integration
PATIENT_SECONDS = 30.0
"""Where an answer comes: long, for a busy machine."""
IMPATIENT_SECONDS = 0.3
CONSENT = BureauConsent(reference="ZX-2026-1", given_on=TODAY, valid_until=TODAY)


@pytest.fixture(scope="module")
def server() -> Iterator[CreditSourcesServer]:
    with credit_sources_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_bad(server: CreditSourcesServer) -> None:
    server.forget()


def company(**changes: Any) -> ApplicationFacts:
    """A company that nobody has asked about."""
    return company_facts(**{"borrower_id": uuid4(), "application_id": uuid4(), "bureau_consent": CONSENT} | changes)


def gateway(url: str, *, seconds: float = PATIENT_SECONDS) -> CreditSources:
    return CreditSources(CreditSourcesSettings(url=HttpUrl(url), timeout_seconds=seconds))


async def asked(
    server: CreditSourcesServer, facts: ApplicationFacts, *, seconds: float = PATIENT_SECONDS, on: date = TODAY
) -> dict[str, SourceAnswer]:
    return {one.source: one for one in await gateway(server.url, seconds=seconds).ask(facts, on)}


async def statuses(server: CreditSourcesServer, facts: ApplicationFacts, **how: Any) -> dict[str, str]:
    return {name: one.status for name, one in (await asked(server, facts, **how)).items()}


ALL_ANSWERED = dict.fromkeys(("bureau", "registry", "courts", "tax"), "answered")


async def test_every_source_is_asked_and_says_what_it_knows(server: CreditSourcesServer) -> None:
    facts = company()
    records: dict[str, dict[str, Any]] = {
        "bureau": {
            "overdue_count_24_months": 2,
            "worst_days_past_due": 31,
            "has_unpaid_default": False,
            "working_capital_loans": {"amount": "700000.00"},
        },
        "registry": {"registration": "abnormal", "established_on": "2019-05-06"},
        "courts": {"cases_open": 1, "is_dishonest": True},
        "tax": {
            "taxed_revenue": {"amount": "18000000.00", "currency": "CNY"},
            "invoiced_revenue": {"amount": "17500000.5"},
            "in_arrears": True,
        },
    }
    for source, record in records.items():
        server.script(source, facts.borrower_id, record=record)
    said = await asked(server, facts)
    assert list(said) == ["bureau", "registry", "courts", "tax"]
    assert said["bureau"].bureau == BureauAnswer(
        overdue_count_24_months=2, worst_days_past_due=31, has_unpaid_default=False, working_capital_loans=yuan(700_000)
    )
    assert said["registry"].registry == RegistryAnswer(registration="abnormal", established_on=date(2019, 5, 6))
    assert said["courts"].courts == CourtsAnswer(cases_open=1, is_dishonest=True)
    assert said["tax"].tax == TaxAnswer(
        taxed_revenue=yuan(18_000_000), invoiced_revenue=yuan("17500000.50"), in_arrears=True
    )
    assert all(type(one.bureau) in (BureauAnswer, type(None)) for one in said.values()), "plain values, to be stored"


async def test_risk_says_whom_it_asks_about_and_never_who_that_is(server: CreditSourcesServer) -> None:
    facts = company()
    assert await statuses(server, facts) == ALL_ANSWERED
    enquiries = server.enquiries(facts.borrower_id)
    assert sorted(one["source"] for one in enquiries) == ["bureau", "courts", "registry", "tax"]
    assert {(one["as_of"], one["currency"]) for one in enquiries} == {(TODAY.isoformat(), "CNY")}
    assert {one["source"]: one["consent"] for one in enquiries} == dict.fromkeys(ALL_ANSWERED, None) | {
        "bureau": "ZX-2026-1"
    }


async def test_asking_again_is_the_same_enquiry(server: CreditSourcesServer) -> None:
    facts = company()
    assert await asked(server, facts) == await asked(server, facts)
    keys = [(one["source"], one["key"]) for one in server.enquiries(facts.borrower_id)]
    assert len(keys) == 8
    assert len(set(keys)) == 4


async def test_a_person_is_asked_about_at_bureau_and_courts(server: CreditSourcesServer) -> None:
    facts = person_facts(borrower_id=uuid4(), bureau_consent=CONSENT)
    assert await statuses(server, facts) == {"bureau": "answered", "courts": "answered"}


@pytest.mark.parametrize("days", [None, -1, 1])
async def test_without_a_valid_consent_the_bureau_is_not_asked(server: CreditSourcesServer, days: int | None) -> None:
    """No consent at all; one that has ended; one that has not begun."""
    day = None if days is None else TODAY + timedelta(days=days)
    facts = company(bureau_consent=day and BureauConsent(reference="ZX-2", given_on=day, valid_until=day))
    assert await statuses(server, facts) == ALL_ANSWERED | {"bureau": "no_consent"}
    assert "bureau" not in [one["source"] for one in server.enquiries(facts.borrower_id)]


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ({"behaviour": "not_found"}, "not_found"),
        ({"behaviour": "no_consent"}, "no_consent"),  # withdrawn, as the gateway knows
        ({"behaviour": "fail"}, "unavailable"),
        ({"behaviour": "garbage"}, "malformed"),
        ({"behaviour": "error_body"}, "malformed"),
        ({"behaviour": "wrong_types"}, "malformed"),
        ({"behaviour": "twice"}, "malformed"),
        ({"behaviour": "other_subject"}, "malformed"),
        ({"behaviour": "large"}, "malformed"),
        ({"record": {"overdue_count_24_months": None}}, "malformed"),
        ({"record": {"overdue_count_24_months": -1}}, "malformed"),
        ({"record": {"overdue_count_24_months": True}}, "malformed"),
        ({"record": {"overdue_count_24_months": 10**400}}, "malformed"),
        ({"record": {"worst_days_past_due": 1.5}}, "malformed"),
        ({"record": {"has_unpaid_default": 0}}, "malformed"),
        ({"record": {"working_capital_loans": 5}}, "malformed"),
        ({"record": {"working_capital_loans": {"amount": "-1.00"}}}, "malformed"),
        ({"record": {"working_capital_loans": {"amount": "NaN"}}}, "malformed"),
        ({"record": {"working_capital_loans": {"amount": "5.00", "currency": "USD"}}}, "malformed"),
        ({"record": {"name": "张三", "a_newer_gateways_field": [1]}}, "answered"),
    ],
)
async def test_an_answer_is_taken_for_no_more_than_it_says(
    server: CreditSourcesServer, script: dict[str, Any], status: str
) -> None:
    facts = company()
    server.script("bureau", facts.borrower_id, **script)
    said = await asked(server, facts)
    assert {name: one.status for name, one in said.items()} == ALL_ANSWERED | {"bureau": status}
    assert "张三" not in str(said), "what was not asked for is not kept"


async def test_a_company_of_tomorrow_is_malformed(server: CreditSourcesServer) -> None:
    facts = company()
    for day, status in ((TODAY, "answered"), (TODAY + timedelta(days=1), "malformed")):
        server.script("registry", facts.borrower_id, record={"established_on": day.isoformat()})
        assert await statuses(server, facts) == ALL_ANSWERED | {"registry": status}


async def test_the_part_of_another_source_is_no_answer(server: CreditSourcesServer) -> None:
    facts = company()
    nothing = {"behaviour": "answer", "record": {"cases_open": "many"}}
    server.script("courts", facts.borrower_id, **nothing)
    assert (await statuses(server, facts))["courts"] == "malformed"


@pytest.mark.parametrize("behaviour", ["timeout", "drip"])
async def test_an_answer_that_does_not_come_in_time_is_not_waited_for(
    server: CreditSourcesServer, behaviour: str
) -> None:
    facts = company()
    server.script("tax", facts.borrower_id, behaviour=behaviour)
    server.script("courts", facts.borrower_id, behaviour=behaviour)
    said = await statuses(server, facts, seconds=IMPATIENT_SECONDS)
    assert (said["tax"], said["courts"]) == ("timed_out", "timed_out")


async def test_a_source_that_stumbles_once_is_asked_again(server: CreditSourcesServer) -> None:
    facts = company()
    server.script("courts", facts.borrower_id, behaviour="fail", next=1)
    assert await statuses(server, facts) == ALL_ANSWERED
    asked_courts = [one["key"] for one in server.enquiries(facts.borrower_id) if one["source"] == "courts"]
    assert len(asked_courts) == 2
    assert len(set(asked_courts)) == 1


async def test_one_that_fails_for_good_is_asked_twice_and_no_more(server: CreditSourcesServer) -> None:
    facts = company()
    server.script("courts", facts.borrower_id, behaviour="fail")
    assert (await statuses(server, facts))["courts"] == "unavailable"
    assert [one["source"] for one in server.enquiries(facts.borrower_id)].count("courts") == 2


async def test_a_gateway_that_is_not_there_is_unavailable() -> None:
    said = await gateway(f"http://127.0.0.1:{free_port()}").ask(company(), TODAY)
    assert [one.status for one in said] == ["unavailable"] * 4


@asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[str]:
    """A server that gives these very bytes to whatever it is asked; its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status, len(body), body)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (http(200, b""), "malformed"),
        (http(200, b"null"), "malformed"),
        (http(200, b"[" * 60_000), "malformed"),  # deeper than any parser goes
        (http(200, b'{"a":' * 10_000), "malformed"),
        (http(200, b"\xff\xfe"), "malformed"),
        (http(200, b"9" * 60_000), "malformed"),
        (http(200, b" " * (ANSWER_BYTES_MAX + 1)), "malformed"),
        (http(404, b"not found"), "malformed"),  # a proxy's, perhaps
        (http(403, b"{}"), "malformed"),
        (http(302, b""), "unavailable"),
        (http(401, b"{}"), "unavailable"),
        (http(429, b""), "unavailable"),
        (http(500, b"{}"), "unavailable"),
        (b"HTTP/1.1 200 X\r\nContent-Length: 900\r\n\r\n{}", "unavailable"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "unavailable"),
        (b"", "unavailable"),
    ],
    ids=range(16),
)
async def test_whatever_comes_is_contained(answer: bytes, status: str) -> None:
    async with saying(answer) as url:
        assert [one.status for one in await gateway(url).ask(company(), TODAY)] == [status] * 4


async def test_sources_lie_where_the_environment_says(
    server: CreditSourcesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_credit_sources() as nowhere:
        assert {one.status for one in await nowhere.ask(company(), TODAY)} == {"not_configured"}
    monkeypatch.setenv("LIUDAI_CREDIT_SOURCES_COURTS_URL", server.url)
    monkeypatch.setenv("LIUDAI_CREDIT_SOURCES_URL", "")
    async with open_credit_sources() as only_courts:
        said = {one.source: one.status for one in await only_courts.ask(company(), TODAY)}
    assert said == dict.fromkeys(ALL_ANSWERED, "not_configured") | {"courts": "answered"}
    monkeypatch.setenv("LIUDAI_CREDIT_SOURCES_TAX_URL", "ftp://tax")
    with pytest.raises(SystemExit, match="LIUDAI_CREDIT_SOURCES_TAX_URL"):
        async with open_credit_sources():
            pass
