"""The demo issuer: tokens that the services accept, keys that stay, and no way into production."""

import base64
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from services.operations.demo_issuer import create_app, signing_key
from services.operations.demo_people import demo_holders
from shared.identity import ROLES

ISSUER = "http://bank.example/issuer"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app({"LIUDAI_OIDC_ISSUER": ISSUER})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://issuer") as opened:
        yield opened


async def claims(client: httpx.AsyncClient, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set((await client.get("jwks.json")).json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


async def test_a_login_gets_a_token_that_says_who_may_do_what(client: httpx.AsyncClient) -> None:
    granted = (await client.post("token", data={"username": "zhang.wei", "password": "liudai"})).json()
    said = await claims(client, granted["access_token"])
    assert said["iss"] == ISSUER
    assert said["aud"] == "liudai"
    assert said["sub"] == said["person"] == said["azp"] == "zhang.wei"
    assert said["roles"] == ["officer"]
    assert said["branch"] == "BJ01"
    assert said["branches"] == ["BJ01"]
    assert said["exp"] - said["iat"] == granted["expires_in"]


async def test_a_request_may_be_json(client: httpx.AsyncClient) -> None:
    asked = {"grant_type": "password", "username": "li.na", "password": "liudai", "client_id": "console"}
    token = (await client.post("token", json=asked)).json()["access_token"]
    assert (await claims(client, token))["azp"] == "console"


async def test_a_client_acts_for_itself(client: httpx.AsyncClient) -> None:
    basic = base64.b64encode(b"partner:liudai").decode()
    headers = {"Authorization": f"Basic {basic}"}
    granted = (await client.post("token", data={"grant_type": "client_credentials"}, headers=headers)).json()
    assert (await claims(client, granted["access_token"]))["roles"] == ["partner"]


@pytest.mark.parametrize(
    ("asked", "status", "error"),
    [
        ({"username": "zhang.wei", "password": "wrong"}, 400, "invalid_grant"),
        ({"username": "nobody", "password": "liudai"}, 400, "invalid_grant"),
        (
            {"grant_type": "client_credentials", "client_id": "zhang.wei", "client_secret": "liudai"},
            400,
            "invalid_grant",
        ),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_grant"),
    ],
)
async def test_what_is_refused_is_refused_as_the_protocol_says(
    client: httpx.AsyncClient, asked: dict[str, str], status: int, error: str
) -> None:
    answer = await client.post("token", data=asked)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"username": 1}', "application/json", 400),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"a" * 20_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_a_body_that_is_no_form_and_no_json_object_is_refused(
    client: httpx.AsyncClient, body: bytes, kind: str, status: int
) -> None:
    answer = await client.post("token", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status


async def test_a_malformed_basic_header_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "token", data={"grant_type": "client_credentials"}, headers={"Authorization": "Basic ***"}
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_discovery_leads_to_the_keys(client: httpx.AsyncClient) -> None:
    found = (await client.get(".well-known/openid-configuration")).json()
    assert found["issuer"] == ISSUER
    assert found["jwks_uri"] == f"{ISSUER}/jwks.json"


async def test_no_private_part_of_the_key_is_published(client: httpx.AsyncClient) -> None:
    [key] = (await client.get("jwks.json")).json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_it_refuses_to_start_in_production() -> None:
    with pytest.raises(SystemExit, match="LIUDAI_ENV=production"):
        create_app({"LIUDAI_ENV": "production"})


def test_the_key_in_the_home_folder_stays_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = signing_key({"LIUDAI_HOME": str(tmp_path)})
    again = signing_key({"LIUDAI_HOME": str(tmp_path)})
    assert first.thumbprint() == again.thumbprint()
    assert [file.name for file in tmp_path.iterdir()] == ["issuer-key.pem"]
    assert stat.S_IMODE((tmp_path / "issuer-key.pem").stat().st_mode) == 0o600


def test_without_a_home_folder_the_key_lives_as_long_as_the_process(tmp_path: Path) -> None:
    assert signing_key({}).thumbprint() != signing_key({"LIUDAI_HOME": str(tmp_path / "missing")}).thumbprint()


def test_a_configured_key_is_used_from_text_or_file(tmp_path: Path) -> None:
    key = RSAKey.generate_key(2048)
    pem = key.as_pem(private=True).decode()
    file = tmp_path / "key.pem"
    file.write_text(pem)
    for given in (pem, str(file)):
        assert signing_key({"LIUDAI_ISSUER_KEY": given}).thumbprint() == key.thumbprint()


def test_every_role_of_the_bank_can_be_tried_and_four_eyes_are_there_where_they_are_needed() -> None:
    holders = demo_holders()
    held = [role for holder in (*holders.people.values(), *holders.clients.values()) for role in holder.roles]
    assert set(held) == ROLES
    for role in ("officer", "releaser", "collection_manager"):
        assert held.count(role) >= 2
