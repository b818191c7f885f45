"""`albumen people --backup` and `--restore` as commands: a file, and a run that says what it gave back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pytest
from fakes.small_folder import refresh
from fakes.snaps import ANNA, HOME, LEFT, named_face, snap, write_sidecar

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def photo(tmp_path: Path, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Draw a photo of Anna, whom another program has named, and let the store know it."""
    monkeypatch.setenv("ALBUMEN_DATA_DIR", environment["ALBUMEN_DATA_DIR"])
    drawn = tmp_path / "photos" / "a.jpg"
    snap(drawn, datetime(2024, 5, 3, 10), HOME, (ANNA,))
    write_sidecar(drawn, named_face("Anna", LEFT))
    refresh(f"folder:{tmp_path / 'photos'}")
    return drawn


@pytest.mark.flow
def test_names_go_into_a_file_and_come_back(photo: Path, tmp_path: Path, albumen: Command) -> None:
    from prefect.settings import PREFECT_API_URL

    kept = albumen("people", "folder:photos", "--backup", "names.json")
    assert (kept.returncode, kept.stdout) == (0, "names.json: 1 face of 1 person.\n"), kept.stderr
    photo.with_name("a.jpg.xmp").unlink()

    said = albumen(
        *("people", "folder:photos", "--restore", "names.json", "--apply"), PREFECT_API_URL=str(PREFECT_API_URL.value())
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[:4] == ["Written:", "2 changes:", "  * People", "      Anna, new: 1 face"]
    assert "Take it back: " in said.stdout
    assert 'name = "Anna"' in (photo.parent / ".albumen" / "people.toml").read_text()
    assert json.loads((tmp_path / "names.json").read_text())["faces"][0]["photo"] == "a.jpg"


def test_a_file_that_cannot_be_written_is_named(photo: Path, albumen: Command) -> None:
    done = albumen("people", f"folder:{photo.parent}", "--backup", "none/names.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "none/names.json cannot be written: there is no folder none" in done.stderr
    assert "Traceback" not in done.stderr
