"""The first page: in the reader's language, with nothing from a foreign host, and honest about what is away."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from services.operations.deployment import SERVICES, all_in_one
from services.operations.start_page import favicon, language, start_page

DEPLOYMENT = all_in_one("http://127.0.0.1:8000", "http://127.0.0.1:8006")


def page(preferred: str, **away: None) -> str:
    statuses: dict[str, Any] = {name: {"business_date": "2026-03-31", "head": 12} for name in SERVICES} | away
    return bytes(start_page(DEPLOYMENT, statuses, preferred).body).decode()


@pytest.mark.parametrize(
    ("preferred", "expected"),
    [("zh", "zh"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr", "zh"), ("", "zh")],
)
def test_the_language_is_the_readers(preferred: str, expected: str) -> None:
    assert language(preferred) == expected
    assert f'<html lang="{expected}">' in page(preferred)


@pytest.mark.parametrize(("lang", "name"), [("zh", "中文"), ("en", "English")])
def test_the_language_that_is_shown_is_marked_and_it_alone(lang: str, name: str) -> None:
    assert re.findall(r'<a [^>]*aria-current="true">([^<]+)', page(lang)) == [name]


def test_the_tab_has_a_mark_of_our_own() -> None:
    assert '<link rel="icon" href="/favicon.svg"' in page("en")
    mark = favicon()
    assert mark.media_type == "image/svg+xml"
    assert bytes(mark.body).startswith(b"<svg ")


def test_every_service_leads_to_its_documents_and_every_login_is_listed() -> None:
    html = page("en")
    for name in SERVICES:
        assert f'href="/{name}/docs"' in html
    for login in ("zhang.wei", "wang.fang", "liu.yang", "operator"):
        assert f"<code>{login}</code>" in html


def test_nothing_comes_from_a_foreign_host() -> None:
    html = page("zh")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
    assert "<script" not in html
    assert "url(" not in html


def test_a_service_whose_database_is_away_is_shown_so() -> None:
    assert "its database does not answer" in page("en", risk=None)


def test_the_page_is_well_formed() -> None:
    open_tags: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in {"meta", "link"}:
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Checker().feed(page("en"))
    assert open_tags == []
