"""The one log: bounded, private, a line at a time, and without secrets."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.serving.log import KEPT, OneLog


def lines(file: Path) -> list[str]:
    return [line.split(" ", 2)[2] for line in file.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("all is well", "web     all is well", id="what a part says, with its name"),
        pytest.param("key=hunter2-hunter2", "web     key=***", id="never a secret"),
        pytest.param("\x1b[31mred\x07", "web     ?[31mred?", id="nothing that commands a terminal"),
        pytest.param("Fête d'été ☀", "web     Fête d'été ☀", id="names in any script"),
    ],
)
def test_a_line_says_which_part_and_no_secret(tmp_path, capsysbinary, said, shown):
    log = OneLog(tmp_path / "log", lambda: ["hunter2-hunter2", "hunter2"])
    log.line("web", said)
    assert lines(tmp_path / "log") == [shown]
    assert capsysbinary.readouterr().out == (tmp_path / "log").read_bytes()


def test_a_secret_that_is_made_later_is_learned(tmp_path):
    secrets: list[str] = []
    log = OneLog(tmp_path / "log", lambda: secrets)
    secrets.append("made-by-a-part")
    log.learn()
    log.line("web", "made-by-a-part")
    assert lines(tmp_path / "log") == ["web     ***"]


def test_it_is_bounded_and_for_its_user_alone(tmp_path):
    log = OneLog(tmp_path / "log", list, most_bytes=2_000)
    for n in range(500):
        log.line("web", f"line {n}")
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["log", *(f"log.{n}" for n in range(1, KEPT + 1))]
    assert all(file.stat().st_size <= 2_000 and stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert lines(tmp_path / "log")[-1] == "web     line 499"


def test_it_goes_on_after_another_start(tmp_path):
    for said in ("first", "second"):
        log = OneLog(tmp_path / "log", list)
        log.line("serve", said)
        log.close()
    assert lines(tmp_path / "log") == ["serve   first", "serve   second"]
