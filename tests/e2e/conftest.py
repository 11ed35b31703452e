"""A bank of its own, a real browser, and people signed in at the console as they do it: by choosing who they are."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.operations.free_port import free_port
from tests.e2e.browser import program

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "services/console/web/node_modules/axe-core/axe.min.js"
UP_TRIES = 3
PATIENCE_MS = 30_000
"""How long anything may take to appear: a busy machine is no failure."""


@pytest.fixture(scope="module")
def bank() -> Iterator[str]:
    """Where a bank answers that nobody else uses: empty, on its first business date. LIUDAI_E2E_URL names another."""
    if given := os.environ.get("LIUDAI_E2E_URL"):
        yield given.rstrip("/")
        return
    # Not below pytest's own folder, which the user that PostgreSQL runs as may not enter.
    home = Path(tempfile.mkdtemp(prefix="liudai-e2e-"))
    home.chmod(0o755)
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LIUDAI_", "DATABASE_", "AMQP_"))},
        "LIUDAI_HOME": str(home),
        "LIUDAI_PORT": str(port),
        "LIUDAI_CORE_BANKING_PORT": str(free_port()),
        "LIUDAI_CREDIT_SOURCES_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", "services.operations"]
    try:
        # It goes on starting where it was not ready in time: a busy machine is no failure.
        assert any(
            subprocess.run([*command, "up", "--no-seed"], env=environment, check=False, cwd=ROOT).returncode == 0
            for _ in range(UP_TRIES)
        )
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run([*command, "reset", "--yes"], env=environment, check=True, cwd=ROOT)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser, for these tests alone: while it is driven a loop runs in this thread, which others need for theirs."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="NOT RUN: scripts/ensure-browser brings its driver")
    if (path := program()) is None:
        pytest.skip("NOT RUN: there is no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Desk:
    """Somebody at the console, and what went wrong in the browser meanwhile."""

    def __init__(self, browser: Any, bank: str, *, language: str = "zh", shade: str = "light") -> None:
        self.bank = bank
        self._context = browser.new_context(
            viewport={"width": 1440, "height": 900},
            locale="zh-CN" if language == "zh" else "en-GB",
            color_scheme=shade,
            reduced_motion="reduce",
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self.page = self._context.new_page()
        self.wrong: list[str] = []
        self.sent: dict[str, int] = {}
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("console", self._hear)
        self.page.on("request", self._see)
        self.page.on("response", self._weigh)

    def _hear(self, message: Any) -> None:
        # 401 is how the first page learns that nobody is signed in; 404 and 409 are answers, which pages show.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrong.append(message.text)

    def _see(self, request: Any) -> None:
        if not request.url.startswith((f"{self.bank}/", "data:", "blob:")):
            self.wrong.append(f"asked a foreign host: {request.url}")

    def _weigh(self, response: Any) -> None:
        if response.url.endswith(".js"):
            self.sent[response.url] = int(response.headers.get("content-length", "0"))

    def sign_in(self, login: str) -> None:
        """Choose who one is, as at the start of a day."""
        self.page.goto(f"{self.bank}/")
        self.page.locator(f'button[value="{login}"]').click()
        self.page.wait_for_url("**/console/**")
        self.page.locator("h1").wait_for()

    def open(self, path: str) -> None:
        """Go to a page of the console by its address."""
        self.page.goto(f"{self.bank}/console{path}")
        self.page.locator("h1").wait_for()
        self.page.wait_for_load_state("networkidle")

    def press(self, name: str) -> None:
        """The button of that name; the last where a dialogue repeats it."""
        self.page.get_by_role("button", name=name, exact=True).last.click()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).last.fill(value)

    def choose(self, label: str, option: str) -> None:
        """One of a list: typed to find it, and taken."""
        box = self.page.get_by_label(label, exact=True).last
        box.click()
        box.press_sequentially(option)
        box.press("Enter")

    def shows(self, text: str) -> None:
        """Wait until it stands on the page."""
        self.page.get_by_text(text).first.wait_for()

    def complaints(self) -> list[str]:
        """What axe finds serious on this page, by rule and place."""
        # Read as text: the page's policy lets no script in that it did not name.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {node['target']} {node['failureSummary'][:160]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]

    def leave(self) -> None:
        self._context.close()


@pytest.fixture
def at_desk(chromium: Any, bank: str) -> Iterator[Any]:
    """Seat somebody; at the end nothing may have gone wrong in any browser."""
    desks: list[Desk] = []

    def seat(login: str, *, language: str = "zh", shade: str = "light") -> Desk:
        desk = Desk(chromium, bank, language=language, shade=shade)
        desks.append(desk)
        desk.sign_in(login)
        return desk

    yield seat
    wrong = [one for desk in desks for one in desk.wrong]
    for desk in desks:
        desk.leave()
    assert wrong == []
