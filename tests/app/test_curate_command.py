"""The whole command: a folder is curated, nothing new the second time, and taken back; with and without a server."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fakes.small_folder import draw

Command = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.flow
NOISE = ("Traceback", "CancelledError", "prefect.", "| INFO", "uvicorn")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    draw(tmp_path / "photos", [f"{n:02}.jpg" for n in range(12)], size=(90, 60))
    return tmp_path / "photos"


@pytest.fixture
def running_server(prefect_server: None) -> Mapping[str, str]:
    """Return the variable that names the session's test server."""
    from prefect.settings import PREFECT_API_URL

    return {"PREFECT_API_URL": str(PREFECT_API_URL.value())}


def checksums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jpg")}


def albums(photos: Path) -> list[Path]:
    return list((photos / ".albumen" / "albums").glob("*.toml"))


def test_curate_again_and_undo(
    photos: Path, tmp_path: Path, albumen: Command, running_server: Mapping[str, str]
) -> None:
    before = checksums(photos)
    first = albumen("curate", "folder:photos", "--apply", "--yes", "--json")  # without a server
    assert first.returncode == 0, first.stderr
    answer = json.loads(first.stdout)
    assert answer["library"] == f"folder:{photos}"
    assert answer["applied"]["done"] == answer["plan"]["changes"] > 0
    assert [step["step"] for step in answer["steps"]][:2] == ["refresh_photos", "locate_photos"]
    assert Path(answer["report"]).is_file()
    assert Path(answer["pages"]).is_file()
    assert len(albums(photos)) == 1
    assert (tmp_path / "data" / "prefect").is_dir()
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    assert "cluster_events: done in" in first.stderr

    second = albumen("curate", "folder:photos", "--apply", **running_server)  # asked once, never again
    assert second.returncode == 0, second.stderr
    assert "Nothing new" in second.stdout
    assert "Skipped: extract_features: " in second.stdout  # with the mend
    assert "Take it back" not in second.stdout

    undone = albumen("undo", "folder:photos", "last", **running_server)
    assert undone.returncode == 0, undone.stderr
    assert f"Run {answer['run']} is taken back" in undone.stdout
    assert albums(photos) == []
    assert checksums(photos) == before
    for child in (first, second, undone):
        assert not [word for word in NOISE if word in child.stderr]


def test_the_first_write_is_asked_for_on_a_terminal(
    photos: Path, tmp_path: Path, environment: Mapping[str, str], running_server: Mapping[str, str]
) -> None:
    ours, terminal = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "curate", "folder:photos", "--apply"],
        cwd=tmp_path,
        env={**environment, **running_server, "TERM": "dumb"},
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    )
    os.close(terminal)
    os.write(ours, b"n\n")
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    assert child.stdout is not None
    answer = child.stdout.read()
    assert child.wait(60) == 0, shown
    assert b"with 12 photos" in shown
    assert f"Write this to folder:{photos}?".encode() in shown
    assert "Nothing was written" in answer
    assert albums(photos) == []


def _read(terminal: int) -> bytes:
    """Return what a terminal shows next; nothing once the child has gone."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def test_a_refused_run_is_told_without_a_traceback(
    photos: Path, albumen: Command, running_server: Mapping[str, str]
) -> None:
    (photos / ".albumen" / "albums").mkdir(parents=True)
    (photos / ".albumen" / "albums" / "mine.toml").write_text("title = [", encoding="utf-8")
    child = albumen("curate", "folder:photos", **running_server)
    assert child.returncode == 1
    assert "mine.toml" in child.stderr
    assert not [word for word in NOISE if word in child.stderr]


def test_ctrl_c_ends_it_with_130_and_the_next_run_continues(
    photos: Path, tmp_path: Path, albumen: Command, environment: Mapping[str, str], running_server: Mapping[str, str]
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "curate", "folder:photos", "--apply", "--yes"],
        cwd=tmp_path,
        env={**environment, **running_server},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    assert "Curating" in child.stderr.readline()
    child.send_signal(signal.SIGINT)
    said = child.communicate(timeout=60)[1]
    assert child.returncode == 130, said
    assert "the next run continues" in said
    assert "Traceback" not in said
    assert albumen("curate", "folder:photos", "--apply", "--yes", **running_server).returncode == 0
    assert len(albums(photos)) == 1
