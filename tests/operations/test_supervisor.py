"""The supervisor: a child that dies is started again, soon the first time and ever later when it keeps dying."""

import os
import sys
import time
from pathlib import Path

from services.operations.supervisor import LOG_BYTES_MAX, Child, opened_log

DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def child(folder: Path, code: str) -> Child:
    return Child("a child", [sys.executable, "-c", code], dict(os.environ), folder / "log/child.log")


def ended(one: Child) -> None:
    assert one.process is not None
    one.process.wait(20)


def test_a_child_that_lives_is_left_alone(tmp_path: Path) -> None:
    one = child(tmp_path, "import time; time.sleep(60)")
    assert one.keep_alive(time.monotonic())
    assert not one.keep_alive(time.monotonic())
    one.stop()
    assert one.process is not None
    assert one.process.returncode != 0


def test_a_child_that_keeps_dying_is_started_ever_later(tmp_path: Path) -> None:
    one, now, pauses = child(tmp_path, "print('here I am')"), 1000.0, []
    assert one.keep_alive(now)
    for _ in range(7):
        ended(one)
        now += 0.1
        assert not one.keep_alive(now), "it has just died, and waits"
        pauses.append(one.pause)
        now += one.pause
        assert one.keep_alive(now)
    ended(one)
    assert pauses == [0.25, 0.75, 1.75, 3.75, 7.75, 8.0, 8.0]
    assert one.log.read_text().count("here I am") == 8


def test_a_child_that_lived_long_is_started_again_at_once(tmp_path: Path) -> None:
    one = child(tmp_path, "")
    assert one.keep_alive(1000.0)
    ended(one)
    assert one.keep_alive(1030.0)
    ended(one)


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    one = child(tmp_path, DEAF)
    one.stop_seconds = 0.5
    one.keep_alive(time.monotonic())
    while not one.log.read_text():
        time.sleep(0.02)
    one.stop()
    assert one.process is not None
    assert one.process.returncode == -9


def test_a_log_that_has_grown_large_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "bank.log"
    with file.open("wb") as grown:
        grown.truncate(LOG_BYTES_MAX + 1)
    with opened_log(file) as fresh:
        fresh.write("new\n")
    assert file.read_text() == "new\n"
    assert (tmp_path / "bank.log.1").stat().st_size == LOG_BYTES_MAX + 1
