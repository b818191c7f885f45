"""Progress: one count over all batches, lines in a log, or whoever shows it instead."""

from __future__ import annotations

import io
import logging

import pytest
from prefect import flow, task
from prefect.client.orchestration import get_client
from rich.console import Console

import tasks.progress
from app.bars import bars
from tasks.progress import Progress, artifact_key, displayed_by, progress_of, progressing


@pytest.mark.parametrize(
    ("done", "total", "seconds", "line"),
    [
        pytest.param(512, 10_240, 64, "features: 512 of 10,240 photos, 8.0 a second, about 20 min left", id="minutes"),
        pytest.param(90, 100, 10, "features: 90 of 100 photos, 9.0 a second, about 1 s left", id="seconds"),
        pytest.param(
            10, 1_000_000, 1, "features: 10 of 1,000,000 photos, 10.0 a second, about 27.8 h left", id="hours"
        ),
        pytest.param(0, 9, 30, "features: 0 of 9 photos, 0.0 a second, about unknown time left", id="nothing yet"),
    ],
)
def test_a_line_says_how_far_how_fast_and_how_long(done: int, total: int, seconds: float, line: str) -> None:
    assert Progress("features", total, done).line(seconds) == line


def test_batches_share_one_count() -> None:
    with progressing("features", 100) as whole:
        for _ in range(2):
            progress_of("features", 50).advance(30)
        progress_of("something else", 5).advance(5)
    assert whole.done == 60
    assert progress_of("features", 50).done == 0


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="albumen")
    progress = Progress("features", 10)
    progress.advance(2)
    assert not caplog.messages
    monkeypatch.setattr(tasks.progress, "TELL_EVERY_S", 0.0)
    progress.advance(2)
    progress.advance(6)  # done: the step itself says so
    assert [message.split(",")[0] for message in caplog.messages] == ["features: 4 of 10 photos"]


def test_who_shows_progress_takes_the_place_of_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tasks.progress, "TELL_EVERY_S", 0.0)
    caplog.set_level(logging.INFO, logger="albumen")
    shown: list[tuple[str, int, int]] = []
    with displayed_by(lambda *what: shown.append(what)):
        Progress("features", 3).advance(2)
    assert (shown, caplog.messages) == ([("features", 2, 3)], [])


def test_a_terminal_gets_a_bar() -> None:
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=120)
    with bars(console, "Curating family"):
        progress = Progress("features", 200)
        progress.advance(50)
        progress.advance(100)
    said = terminal.getvalue()
    assert "Curating family" in said
    assert "150/200" in said


@pytest.mark.flow
def test_long_work_shows_in_prefect_by_one_artifact(monkeypatch: pytest.MonkeyPatch) -> None:
    @task
    def batch() -> None:
        progress_of("Of this test", 8).advance(4)

    @flow
    def work() -> None:
        with progressing("Of this test", 8):
            batch()
            batch()

    work()  # too short to be shown
    monkeypatch.setattr(tasks.progress, "SHOW_EVERY_S", 0.0)
    work()
    with get_client(sync_client=True) as client:
        shown = [made for made in client.read_artifacts() if made.key == artifact_key("Of this test")]
    assert [(made.data, made.description) for made in shown] == [(100, "Of this test: 8 of 8 photos")]
