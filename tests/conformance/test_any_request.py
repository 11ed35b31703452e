"""Whatever is sent, each service answers what its OpenAPI document says, and nobody gets past the door."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from joserfc import jwt
from joserfc.jwk import RSAKey
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.stateful import APIStateMachine
from schemathesis.specs.openapi.checks import status_code_conformance

from services.operations.deployment import SERVICES
from services.operations.documents import load_apps
from shared.identity import ROLES
from tests.conformance.any_request import CHECKS, SCHEMAS, Caller, open_caller, operation_of, same_each_time
from tests.conformance.operations import OPERATIONS, Operation
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer

EXAMPLES = 12
STRANGERS = 3
STORIES, STEPS = 20, 8

every = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


@pytest.fixture(scope="module")
def caller(postgres_server: PostgresServer, issuer: Issuer) -> Iterator[Caller]:
    with open_caller(postgres_server, issuer) as opened:
        yield opened


def judge(case: Any, response: httpx.Response) -> None:
    """It is documented, and a problem with what was sent names the field and the rule."""
    case.validate_response(response, checks=CHECKS)
    if response.status_code in {400, 415, 422}:
        errors = response.json()["errors"]
        assert errors, f"what is wrong? {response.text}"
        assert all(error["rule"] and error["detail"] for error in errors), response.text


SENT = [(one, GenerationMode.POSITIVE) for one in OPERATIONS] + [
    (one, GenerationMode.NEGATIVE) for one in OPERATIONS if one.has_body or one.document.get("parameters")
]  # who asks for nothing cannot ask for it wrongly


@pytest.mark.parametrize(("operation", "mode"), SENT, ids=[f"{one}-{mode.value}" for one, mode in SENT])
def test_whatever_is_sent_has_a_documented_answer(caller: Caller, operation: Operation, mode: GenerationMode) -> None:
    @same_each_time(EXAMPLES)
    @given(_made(operation).as_strategy(mode))
    def send(case: Any) -> None:
        judge(case, caller.send(operation.service, case, caller.allowed(operation)))

    send()


@every
def test_nobody_gets_past_the_door_whatever_is_sent(caller: Caller, operation: Operation) -> None:
    issuer = caller.bank.issuer
    foreign = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
    allowed = caller.allowed(operation)
    claims = jwt.decode(allowed, issuer.key).claims
    unknown = {
        None,
        "nonsense",
        allowed[:-8],
        jwt.encode({"alg": "RS256", "kid": "one"}, claims, foreign),
        issuer.token(*claims["roles"], aud="another"),
        issuer.token(*claims["roles"], exp=1),
    }
    others = ROLES - set(claims["roles"])

    @same_each_time(STRANGERS)
    @given(_made(operation).as_strategy())
    def send(case: Any) -> None:
        for token in unknown:
            assert caller.send(operation.service, case, token).status_code == 401
        if others:
            assert caller.send(operation.service, case, issuer.token(*others)).status_code == 403

    send()


@pytest.mark.parametrize("service", SERVICES)
def test_a_story_of_requests_has_documented_answers(caller: Caller, service: str) -> None:
    """What an answer names is asked for next: ids that are there, or were."""

    class Story(SCHEMAS[service].as_state_machine()):  # type: ignore[misc]
        def call(self, case: Any, **_: Any) -> schemathesis.Response:
            answer = caller.send(service, case, caller.allowed(operation_of(service, case)))
            judge(case, answer)
            return schemathesis.Response.from_httpx(answer, verify=False)

        def validate_response(self, *_: Any, **__: Any) -> None:
            """It was judged when it came."""

    assert issubclass(Story, APIStateMachine)
    Story.run(settings=settings(same_each_time(STORIES), stateful_step_count=STEPS))


def test_an_answer_that_is_not_documented_is_noticed(caller: Caller) -> None:
    """Else the tests above would say nothing."""
    document = deepcopy(load_apps()["repayment"][1].openapi())
    for one in document["paths"]["/v1/business-date"]["get"]["responses"].copy():
        if one != "404":
            del document["paths"]["/v1/business-date"]["get"]["responses"][one]
    case = schemathesis.openapi.from_dict(document)["/v1/business-date"]["GET"].Case()
    answer = caller.send("repayment", case, caller.bank.issuer.token("operator"))
    with pytest.raises(FailureGroup):
        case.validate_response(answer, checks=[status_code_conformance])


def _made(operation: Operation) -> Any:
    return SCHEMAS[operation.service][operation.path][operation.method]
