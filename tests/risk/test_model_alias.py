"""Four eyes move an alias; what decides follows on the very day, and old decisions come out as they were."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.risk import registry
from services.risk.domain import commands, events
from services.risk.domain.model_alias import model_alias
from services.risk.domain.score_model import ScoreModel, check_golden
from services.risk.main import service
from services.risk.registry import canonical
from tests.given import given
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import APPLICATION, TODAY, company_facts, rulebook
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer
from tests.shared.services import migrated

PROPOSAL = UUID("40000000-0000-0000-0000-000000000001")
OTHER = UUID("40000000-0000-0000-0000-000000000002")
SECOND = UUID("10000000-0000-0000-0000-000000000002")
LATER = date(2026, 4, 1)
SHA = "ab" * 32


def propose(**changes: Any) -> commands.ProposeModelAlias:
    said: dict[str, Any] = {
        "segment": "company", "proposal_id": PROPOSAL, "alias": "champion", "model_id": "company-2026.2",
        "sha256": SHA, "effective_from": LATER, "reason": "own vintages", "golden_applicants": 20,
        "proposed_by": "huang.lei", "proposed_on": TODAY,
    }  # fmt: skip
    return commands.ProposeModelAlias(**said | changes)


def approve(by: str = "ma.chao", on: date = TODAY) -> commands.ApproveModelAlias:
    return commands.ApproveModelAlias(segment="company", proposal_id=PROPOSAL, approved_by=by, approved_on=on)


def reject() -> commands.RejectModelAlias:
    return commands.RejectModelAlias(
        segment="company", proposal_id=PROPOSAL, reason="too few outcomes", rejected_by="ma.chao", rejected_on=TODAY
    )


def proposed(**changes: Any) -> events.ModelAliasProposed:
    return events.ModelAliasProposed(**dict(propose(**changes)))


def approved() -> events.ModelAliasApproved:
    return events.ModelAliasApproved(
        segment="company", proposal_id=PROPOSAL, alias="champion", model_id="company-2026.2", sha256=SHA,
        effective_from=LATER, proposed_by="huang.lei", approved_by="ma.chao", approved_on=TODAY,
    )  # fmt: skip


def rejected() -> events.ModelAliasRejected:
    return events.ModelAliasRejected(**dict(reject()))


def test_a_move_is_proposed_once() -> None:
    given(model_alias).when(propose()).then(proposed())
    given(model_alias, proposed()).when(propose()).then_nothing()


def test_nothing_moves_in_the_past() -> None:
    given(model_alias).when(propose(effective_from=date(2026, 3, 1))).then_rejected("effective_from_past")
    given(model_alias).when(propose(effective_from=TODAY)).then(proposed(effective_from=TODAY))
    given(model_alias, proposed()).when(approve(on=date(2026, 4, 2))).then_rejected("effective_from_past")


def test_two_proposals_for_one_alias_do_not_wait_side_by_side() -> None:
    given(model_alias, proposed()).when(propose(proposal_id=OTHER)).then_rejected("alias_proposal_pending")
    given(model_alias, proposed()).when(propose(proposal_id=OTHER, alias="shadow")).then(
        proposed(proposal_id=OTHER, alias="shadow")
    )


def test_another_person_moves_it() -> None:
    given(model_alias, proposed()).when(approve()).then(approved())
    given(model_alias, proposed()).when(approve(by="huang.lei")).then_rejected("same_person")


def test_what_was_decided_stays_so() -> None:
    given(model_alias, proposed()).when(reject()).then(rejected())
    for decided in (approved(), rejected()):
        given(model_alias, proposed(), decided).when(approve()).then_rejected("proposal_not_pending")
        given(model_alias, proposed(), decided).when(reject()).then_rejected("proposal_not_pending")
        given(model_alias, proposed(), decided).when(propose()).then_nothing()


# --- through the service ------------------------------------------------------------------------------------


def second_model() -> ScoreModel:
    """The champion's twin a little stricter: its golden applicants score higher by what its intercept was moved."""
    model = rulebook().model
    card = model.card.model_copy(update={"intercept": model.card.intercept + 0.5})
    moved = model.blend.slope * model.blend.card_weight * 0.5
    golden = tuple(one.model_copy(update={"z": one.z + moved}) for one in model.golden)
    changes = {"model_id": "company-own.2", "version": "own.2", "card": card, "golden": golden}
    twin = model.model_copy(update=changes)
    check_golden(twin)
    return twin


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(registry.OWN_FOLDER, str(tmp_path))
    return tmp_path


def put(folder: Path, model: ScoreModel) -> str:
    path = folder / f"{registry.file_stem(model.model_id)}.json"
    path.write_bytes(canonical(model))
    return registry.read(path).sha256


async def ask(bank: Bank, sha: str, **changes: Any) -> httpx.Response:
    body = {"alias": "champion", "sha256": sha, "effective_from": str(TODAY), "reason": "own vintages"} | changes
    path = "/v1/model-aliases/company/proposals"
    return await bank.post(path, body, who="huang.lei", roles="model_developer")


async def decide(bank: Bank, proposal: str, what: str = "approval", who: str = "ma.chao") -> httpx.Response:
    path = f"/v1/model-aliases/company/proposals/{proposal}/{what}"
    return await bank.post(path, {"reason": "no"} if what == "rejection" else None, who=who, roles="model_validator")


async def test_a_new_champion_decides_from_its_day_and_old_decisions_come_out_the_same(own: Path, bank: Bank) -> None:
    await bank.hear(announced.submitted())
    first = (await bank.assessment(APPLICATION))["record"]
    sha = put(own, second_model())
    answer = await ask(bank, sha)
    assert answer.status_code == 201, answer.text
    proposal = answer.json()["proposal_id"]
    shown = (await bank.get("/v1/model-aliases/company", roles="auditor")).json()
    assert [one["golden_applicants"] for one in shown["pending"]] == [20]
    assert (await decide(bank, proposal, who="huang.lei")).status_code == 409
    assert (await decide(bank, proposal)).json()["status"] == "approved"
    shown = (await bank.get("/v1/model-aliases/company", roles="auditor")).json()
    assert [one["sha256"] for one in shown["in_force"] if one["alias"] == "champion"] == [sha]
    moves = [one["model_id"] for one in shown["moves"] if one["alias"] == "champion"]
    assert moves == ["company-2026.1", "company-own.2"]
    await bank.hear(announced.submitted(company_facts(application_id=SECOND)))
    second = (await bank.assessment(SECOND))["record"]
    assert second["model_version"] == f"company-own.2+{sha[:12]}"
    assert float(second["score"]["z_card"]) > float(first["score"]["z_card"])
    for application_id in (APPLICATION, SECOND):
        replayed = (await bank.post(f"/v1/assessments/{application_id}/replay")).json()
        assert (replayed["equal"], replayed["differing"]) == (True, [])
    facts = [one["type"] for one in (await bank.get("/internal/events", roles="auditor", branch="*")).json()]
    assert {"ModelAliasProposed", "ModelAliasApproved"} <= set(facts)


async def test_only_what_stands_may_be_proposed(own: Path, bank: Bank) -> None:
    model = second_model()
    unlike = model.model_copy(
        update={"model_id": "company-own.3", "version": "own.3", "golden": rulebook().model.golden}
    )
    of_person = rulebook("person")
    person_sha = next(one.sha256 for one in of_person.references if one.kind == "score_model")
    for sha, rule in (
        ("0" * 64, "model_known"), (put(own, unlike), "model_admitted"), (person_sha, "model_admitted"),
    ):  # fmt: skip
        answer = await ask(bank, sha)
        assert answer.status_code == 422, answer.text
        assert [one["rule"] for one in answer.json()["errors"]] == [rule]
    sha = put(own, model)
    past = await ask(bank, sha, effective_from="2026-03-01")
    assert (past.status_code, past.json()["type"].rpartition(":")[2]) == (409, "effective-from-past")
    assert (await bank.post("/v1/model-aliases/company/proposals", {}, roles="reviewer")).status_code == 403


async def test_a_rejected_proposal_moves_nothing(own: Path, bank: Bank) -> None:
    proposal = (await ask(bank, put(own, second_model()))).json()["proposal_id"]
    assert (await decide(bank, proposal, "rejection")).json()["status"] == "rejected"
    listed = (await bank.get("/v1/model-aliases", roles="auditor")).json()["items"]
    [company] = [one for one in listed if one["segment"] == "company"]
    assert [one["model_id"] for one in company["in_force"] if one["alias"] == "champion"] == ["company-2026.1"]


async def test_a_champion_whose_file_is_gone_gives_way_to_the_one_before_and_health_says_so(
    own: Path, postgres_server: PostgresServer, issuer: Issuer
) -> None:
    sha = put(own, second_model())
    async with migrated(postgres_server, service) as database_url:
        async with Bank.on(database_url, issuer) as bank:
            await decide(bank, (await ask(bank, sha)).json()["proposal_id"])
        (own / "company_own_2.json").write_text(json.dumps({"kind": "score_model", "altered": True}))
        async with Bank.on(database_url, issuer) as restarted:
            await restarted.hear(announced.submitted())
            record = (await restarted.assessment(APPLICATION))["record"]
            health = (await restarted.client.get("/health/ready")).json()
    assert record["model_version"].startswith("company-2026.1+")
    assert health["status"] == "ready"
    assert "approved hash" in health["failing"]["library: champion company-own.2"]
    assert "library: company_own_2.json" in health["failing"]


async def test_models_and_policies_are_read_by_their_hash(bank: Bank) -> None:
    models = (await bank.get("/v1/models")).json()["items"]
    one = (await bank.get(f"/v1/models/{models[0]['sha256']}")).json()
    assert one["content"]["card"]["characteristics"]
    policies = (await bank.get("/v1/policies")).json()["items"]
    assert {row["kind"] for row in policies} == set(registry.POLICY_KINDS)
    read = (await bank.get(f"/v1/policies/{policies[0]['sha256']}")).json()
    assert read["reference"]["sha256"] == policies[0]["sha256"]
    assert (await bank.get(f"/v1/policies/{models[0]['sha256']}")).status_code == 404
    assert (await bank.get(f"/v1/models/{'0' * 64}")).status_code == 404
    assert (await bank.get("/v1/models/x")).status_code == 422
