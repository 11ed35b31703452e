"""The compiled pages: a fresh nonce each time, files for ever, nothing from a foreign host, honest where not built."""

import gzip
import re
from pathlib import Path

import pytest

from tests.console.bank_around import console_around


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<script src="/console/assets/a.js" nonce="__CSP_NONCE__"></script>')
    (tmp_path / "assets/a.js").write_text("let a = 1;\n" * 200)
    (tmp_path / "secret.js").write_text("no")
    return tmp_path


async def test_each_answer_has_a_nonce_of_its_own_which_its_policy_names(built: Path) -> None:
    async with console_around(built) as browser:
        nonces = []
        for path in ("/console/", "/console/loans/anything"):
            page = await browser.get(path)
            [nonce] = re.findall(r'nonce="([^"]+)"', page.text)
            policy = page.headers["content-security-policy"]
            assert f"script-src 'self' 'nonce-{nonce}'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
            assert page.headers["cache-control"] == "no-store"
            nonces.append(nonce)
    assert len(set(nonces)) == 2


async def test_a_file_is_kept_for_ever_and_packed_once(built: Path) -> None:
    async with console_around(built) as browser:
        packed = await browser.get("/console/assets/a.js", headers={"Accept-Encoding": "gzip"})
        plain = await browser.get("/console/assets/a.js", headers={"Accept-Encoding": "identity"})
    assert "immutable" in packed.headers["cache-control"]
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert len(gzip.compress(plain.content)) < len(plain.content)


@pytest.mark.parametrize("name", ["none.js", "..%2Fsecret.js", "..%2Findex.html", "%2e%2e/secret.js"])
async def test_no_other_file_is_served(built: Path, name: str) -> None:
    async with console_around(built) as browser:
        answer = await browser.get(f"/console/assets/{name}")
        assert answer.text != "no"
        assert answer.status_code in {200, 404}
        assert answer.status_code == 404 or "nonce" in answer.text


async def test_where_nothing_is_built_the_page_says_how(tmp_path: Path) -> None:
    async with console_around(tmp_path) as browser:
        page = await browser.get("/console/")
    assert page.status_code == 503
    assert "make console" in page.text


async def test_every_answer_is_hardened(built: Path) -> None:
    async with console_around(built) as browser:
        for path in ("/console/", "/console/assets/a.js", "/console/api/session", "/console/api/nothing"):
            headers = (await browser.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["cache-control"]
