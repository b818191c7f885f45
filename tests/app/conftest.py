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
