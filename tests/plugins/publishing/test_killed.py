"""A run killed with a real `kill -9` at any write, and run again, ends as the undisturbed run does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fakes.killing import EDITED, SCENARIOS
from fakes.postgres import Postgres

ROOT = Path(__file__).resolve().parents[3]


def kill_everywhere(place: Path, scenario: str, *options: str, server: str = "") -> dict[str, Any]:
    """Play a scenario with a kill at each point, in processes of their own; nothing of it runs in this one."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-m", "fakes.killing", place, scenario, *options],
        env={**os.environ, "PYTHONPATH": paths, "KILLING_ON_POSTGRES": server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


LONG = {
    "other covers",
    "undo of covers",
    "nothing left",
    "undo of a merge",
    "killed merge, then undone",
    "undo of people moved",
}


@pytest.mark.parametrize(
    "scenario", [pytest.param(name, marks=pytest.mark.soak if name in LONG else ()) for name in SCENARIOS]
)
def test_every_kill_converges(scenario: str, tmp_path: Path) -> None:
    """Albums, sidecars, ledger and originals are those of the undisturbed run, and a further run writes nothing."""
    played = kill_everywhere(tmp_path, scenario)
    assert played["killed"] == played["points"] >= 20
    assert played["wrong"] == {}


@pytest.mark.parametrize("scenario", ["people", pytest.param("merge", marks=pytest.mark.soak)])
def test_every_kill_converges_on_postgres(scenario: str, tmp_path: Path, postgres: Postgres) -> None:
    """Here a killed process leaves an open transaction to a server that lives on."""
    played = kill_everywhere(tmp_path, scenario, server=str(postgres.folder))
    assert played["killed"] == played["points"] > 20
    assert played["wrong"] == {}


@pytest.mark.soak
@pytest.mark.parametrize("edit", sorted(EDITED))
@pytest.mark.parametrize("scenario", ["first", "merge", "nothing left", "split"])
def test_an_edit_after_a_kill_is_kept(scenario: str, edit: str, tmp_path: Path) -> None:
    """The user finds the half-done albums in the morning and edits one before the next run."""
    played = kill_everywhere(tmp_path, scenario, edit)
    assert played["wrong"] == {}


@pytest.mark.soak
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_twice(scenario: str, tmp_path: Path) -> None:
    """The run that should mend a kill is killed too, at each of its own points."""
    played = kill_everywhere(tmp_path, scenario, "twice")
    assert played["wrong"] == {}
