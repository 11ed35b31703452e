"""Signing in: the token stays behind, the cookie is sealed, and nobody is led away or signed in as another."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from services.console.session import IDLE_SECONDS, Sealer, Session
from services.console.sign_in import local_path
from services.console.surroundings import DEMO_KEY, Surroundings
from tests.console.bank_around import CONSOLE, ISSUER, authorization, console_around, sign_in


async def who(browser: httpx.AsyncClient) -> dict[str, Any]:
    answer = await browser.get("/console/api/session")
    assert answer.is_success, answer.text
    return dict(answer.json())


async def test_who_signs_in_at_the_issuer_is_signed_in_here(tmp_path: Path) -> None:
    async with console_around(tmp_path) as browser:
        assert (await browser.get("/console/api/session")).status_code == 401
        done = await sign_in(browser, "zhang.wei", "/console/loans")
        assert 'content="0;url=/console/loans"' in done.text
        known = await who(browser)
    assert (known["person"], known["name"], known["roles"]) == ("zhang.wei", "张伟", ["officer"])
    assert known["home"] == "/pipeline"
    assert "submit_application" in known["operations"]["application"]
    assert "decide_application" not in known["operations"]["application"]


async def test_the_browser_never_holds_a_token(tmp_path: Path) -> None:
    async with console_around(tmp_path) as browser:
        done = await sign_in(browser, "zhang.wei")
        cookie = done.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "eyJhbGci" not in done.text + cookie, "a token in plain sight"


async def test_over_https_the_cookie_belongs_to_this_host_alone(tmp_path: Path) -> None:
    async with console_around(tmp_path, LIUDAI_CONSOLE_URL="https://localhost") as browser:
        begun = await browser.get("/console/auth/sign-in")
        assert "Secure" in begun.headers["set-cookie"]
        assert "redirect_uri=https%3A%2F%2Flocalhost%2Fconsole%2Fauth%2Fcallback" in begun.headers["location"]
        assert begun.headers["strict-transport-security"]


async def test_a_sign_in_begun_elsewhere_is_refused(tmp_path: Path) -> None:
    """Else a stranger could sign a browser in as himself."""
    async with console_around(tmp_path) as browser, console_around(tmp_path) as stranger:
        await authorization(browser)
        asked = await authorization(stranger)
        back = await stranger.post(f"{ISSUER}/authorize", data={**asked, "username": "li.na", "password": "liudai"})
        refused = await browser.get(back.headers["location"])
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:liudai:problem:sign-in-not-begun-here")


async def test_a_code_is_redeemed_once(tmp_path: Path) -> None:
    async with console_around(tmp_path) as browser:
        asked = await authorization(browser)
        back = await browser.post(f"{ISSUER}/authorize", data={**asked, "username": "li.na", "password": "liudai"})
        callback, underway = back.headers["location"], browser.cookies["liudai-sign-in"]
        assert (await browser.get(callback)).is_success
        browser.cookies.set("liudai-sign-in", underway)
        again = await browser.get(callback)
    assert (again.status_code, again.json()["type"]) == (502, "urn:liudai:problem:issuer-refused")


async def test_signing_out_ends_it(tmp_path: Path) -> None:
    async with console_around(tmp_path) as browser:
        await sign_in(browser, "zhang.wei")
        left = await browser.post("/console/auth/sign-out")
        assert left.headers["clear-site-data"] == '"cache", "storage"'
        assert (await browser.get("/console/api/session")).status_code == 401


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://127.0.0.1:9", "null", "https://127.0.0.1:8000"])
async def test_another_site_can_do_nothing_in_somebodys_name(tmp_path: Path, origin: str) -> None:
    async with console_around(tmp_path) as browser:
        await sign_in(browser, "zhang.wei")
        sent = await browser.post("/console/api/repayment/v1/loans", headers={"Origin": origin})
        assert (sent.status_code, sent.json()["type"]) == (403, "urn:liudai:problem:foreign-origin")
        del browser.headers["Origin"]
        assert (await browser.post("/console/api/repayment/v1/loans")).status_code == 403


async def test_a_session_that_rests_too_long_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console_around(tmp_path) as browser:
        await sign_in(browser, "zhang.wei")
        monkeypatch.setattr("services.console.session.IDLE_SECONDS", -1)
        assert (await browser.get("/console/api/session")).status_code == 401


def test_a_session_ends_with_its_token_or_by_rest() -> None:
    assert Session("token", ends=10_000, seen=100).ends_at() == 100 + IDLE_SECONDS
    assert Session("token", ends=500, seen=100).ends_at() == 500


def test_what_was_sealed_opens_only_as_what_it_is() -> None:
    sealer = Sealer(bytes.fromhex(DEMO_KEY))
    sealed = sealer.seal("session", {"token": "t"})
    assert sealer.open("session", sealed) == {"token": "t"}
    assert sealer.open("sign-in", sealed) is None
    assert Sealer(bytes(32)).open("session", sealed) is None
    for spoilt in ("", "é", sealed[:-2], "A" + sealed[1:], "A" * 20):
        assert sealer.open("session", spoilt) is None


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/console/loans?x=1", "/console/loans?x=1"),
        ("", "/console/"),
        ("https://elsewhere.example/", "/console/"),
        ("//elsewhere.example/console/", "/console/"),
        ("/console//elsewhere.example", "/console/"),
        ("/console/\\elsewhere.example", "/console/"),
        ("/console/\r\nSet-Cookie: a=b", "/console/"),
    ],
)
def test_nobody_is_led_away(asked: str, led: str) -> None:
    assert local_path(asked) == led


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "LIUDAI_CONSOLE_KEY"),
        ({"LIUDAI_CONSOLE_KEY": "short"}, "LIUDAI_CONSOLE_KEY"),
        ({"LIUDAI_CONSOLE_KEY": "ab" * 32}, "LIUDAI_CONSOLE_URL"),
        ({"LIUDAI_CONSOLE_KEY": "ab" * 32, "LIUDAI_CONSOLE_URL": CONSOLE}, "LIUDAI_CONSOLE_URL"),
        (
            {"LIUDAI_CONSOLE_KEY": "ab" * 32, "LIUDAI_CONSOLE_URL": "https://bank.example"},
            "LIUDAI_OIDC_AUTHORIZATION_URL",
        ),
    ],
)
def test_production_refuses_what_only_a_demo_may(given: dict[str, str], named: str) -> None:
    with pytest.raises(SystemExit, match=named):
        Surroundings.read({"LIUDAI_ENV": "production", **given})
