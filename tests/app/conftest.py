"""A command line of its own for each test: its data folder, no settings of this machine, no Prefect server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """Return an environment in which nothing of the user's is found."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ALBUMEN_", "PREFECT_", "XDG_"))}
    own = {"ALBUMEN_DATA_DIR": str(tmp_path / "data"), "ALBUMEN_FEATURES__ENABLED": "false", "TZ": "Europe/Lisbon"}
    return {**kept, **own, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def albumen(tmp_path: Path, environment: Mapping[str, str]) -> Command:
    """Return a function that runs `albumen` in a child process, without a terminal, in the test's own folder."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from app.cli import main; main()", *arguments],
            cwd=tmp_path,
            env={**environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in this process in a folder of the test's own, with its own data folder and no settings."""
    for name in [name for name in os.environ if name.startswith("ALBUMEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def library(own_folder: Path) -> str:
    """Name a folder without pictures, with a data folder of its own."""
    (own_folder / "photos").mkdir()
    return f"folder:{own_folder / 'photos'}"
