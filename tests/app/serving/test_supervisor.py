"""The supervisor with small parts of its own: what dies is started again, what cannot live is told, all of it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.serving.processes import running

SCRIPT = """
import os, sys
from pathlib import Path
from app.serving.log import OneLog
from app.serving.part import Part
from app.serving.processes import mark
from app.serving.supervisor import PartFailed, Supervisor

place, *commands = sys.argv[1:]
def part(number, command):
    name = f"part{number}"
    return Part(name, [sys.executable, "-c", command], {**os.environ, **mark(place, name)})
log = OneLog(Path(place) / "log", lambda: ["s3cr3t"])
def noted(ready):
    if ready:
        (Path(place) / "ready").touch()
missing = lambda: [] if (Path(place) / "up").exists() else ["part0"]
try:
    Supervisor(place, [part(*one) for one in enumerate(commands)], log, missing, noted).run()
except PartFailed as error:
    print(error, file=sys.stderr)
    sys.exit(1)
"""
UP = "import pathlib, time; pathlib.Path('up').touch(); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('stubborn', flush=True); time.sleep(600)"
)
PARENT = (
    "import subprocess, sys, time, pathlib; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], "
    "start_new_session=True); pathlib.Path('child').touch(); time.sleep(600)"
)


def supervised(place: Path, *commands: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(place), *commands], cwd=place, stderr=subprocess.PIPE, text=True
    )


def until(true: Callable[[], object]) -> None:
    patience = time.monotonic() + 60
    while not true():
        assert time.monotonic() < patience, "waited in vain"
        time.sleep(0.02)


def left(place: Path) -> list[int]:
    return [process.pid for process in running(str(place))]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize(
    "command", [pytest.param(UP, id="a part that ends"), pytest.param(PARENT, id="one with a child of its own session")]
)
def test_nothing_is_left_however_it_ends(tmp_path, command, number):
    process = supervised(tmp_path, UP, command)
    until((tmp_path / ("child" if command is PARENT else "ready")).exists)
    until((tmp_path / "ready").exists)
    process.send_signal(number)
    assert process.wait(60) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    until(lambda: not left(tmp_path))


def test_whoever_looks_after_one_that_was_killed_leaves_its_successor_alone(tmp_path):
    process = supervised(tmp_path, UP, UP)
    until((tmp_path / "ready").exists)
    there = left(tmp_path)
    for supervisor, stays in ((process.pid - 1, there), (process.pid, [])):
        process.send_signal(signal.SIGSTOP)  # it starts nothing again
        command = [sys.executable, "-m", "app.serving.watcher", str(tmp_path), str(supervisor)]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True, timeout=60)
        assert left(tmp_path) == stays
    process.kill()
    process.communicate()


def test_a_part_that_does_not_want_to_end_is_killed(tmp_path):
    process = supervised(tmp_path, UP, STUBBORN)
    until(lambda: (tmp_path / "ready").exists() and "stubborn" in (tmp_path / "log").read_text())
    process.terminate()
    assert process.wait(60) == 0
    assert left(tmp_path) == []
    assert "part1 takes too long to end and is killed" in (tmp_path / "log").read_text()


def test_a_part_that_dies_at_once_again_and_again_ends_it_with_its_last_lines(tmp_path):
    process = supervised(tmp_path, UP, "print('first'); print('the reason'); raise SystemExit(3)")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "part1 has died at once 5 times (exit status 3)" in told
    assert told.count("the reason") == 1
    assert left(tmp_path) == []


def test_a_part_that_dies_is_started_again_without_what_it_has_left_behind(tmp_path):
    process = supervised(tmp_path, UP, PARENT)
    until(lambda: len(left(tmp_path)) == 3)
    before = set(left(tmp_path))
    (part,) = [p.pid for p in running(str(tmp_path), "part1") if p.ppid() == process.pid]
    os.kill(part, signal.SIGKILL)
    until(lambda: len(left(tmp_path)) == 3 and len(set(left(tmp_path)) & before) == 1)
    process.terminate()
    assert process.wait(60) == 0
    assert "part1 has ended (killed by SIGKILL) (1 processes of it ended too)" in (tmp_path / "log").read_text()
