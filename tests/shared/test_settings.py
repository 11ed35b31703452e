"""The environment as it really comes: as text."""

import os
import subprocess
import sys

import pytest

from shared.settings import Settings

START_SECONDS = 60
REQUIRED = {
    "DATABASE_URL": "postgresql://liudai_risk:secret@127.0.0.1/liudai",
    "LIUDAI_OIDC_ISSUER": "http://issuer",
    "LIUDAI_OIDC_JWKS_URL": "http://issuer/jwks.json",
}


def _environment(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in (REQUIRED | more).items():
        monkeypatch.setenv(name, value)


def test_a_number_of_queues_is_read_from_text(monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, LIUDAI_QUEUES_PER_SUBSCRIBER="4")
    assert Settings.load().queues_per_subscriber == 4


def test_a_number_of_queues_that_does_not_divide_the_buckets_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, LIUDAI_QUEUES_PER_SUBSCRIBER="3")
    with pytest.raises(SystemExit, match="LIUDAI_QUEUES_PER_SUBSCRIBER"):
        Settings.load()


def test_the_demo_key_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, LIUDAI_ENV="production", LIUDAI_OIDC_JWKS_URL="https://issuer/jwks.json")
    with pytest.raises(SystemExit, match="demo key"):
        Settings.load()


@pytest.mark.parametrize("name", [*REQUIRED, "AMQP_URL"])
def test_a_process_without_one_of_them_does_not_start_and_names_it(name: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LIUDAI_")}
    environment |= REQUIRED | {"AMQP_URL": "amqp://127.0.0.1:9/"}
    del environment[name]
    service = [sys.executable, "-m", "uvicorn", "services.collection.main:app", "--port", "0"]
    ended = subprocess.run(service, env=environment, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    assert ended.returncode != 0
    complaint = ended.stdout + ended.stderr
    assert f"{name}: Field required" in complaint or f"{name} is missing" in complaint, complaint
    assert not [other for other in {*REQUIRED, "AMQP_URL"} - {name} if f"{other}:" in complaint], complaint
