"""The command line without a flow: what it loads, what it refuses, and what it answers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugins.changes import AddMembers, CreateAlbum, Outcome
from plugins.features.weights import KNOWN
from plugins.locks import library_lock
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Photo
from plugins.settings import Settings
from plugins.store import open_store

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def library(tmp_path: Path) -> str:
    (tmp_path / "photos").mkdir()
    return f"folder:{tmp_path / 'photos'}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def keep_plan(settings: Settings, library: str, n: int = 3) -> str:
    """Store a run with a plan of one album."""
    with open_store(settings) as store:
        run = store.runs.start(library, "curate")
        photos = tuple(f"p{i}" for i in range(n))
        store.journal.plan(library, run, [CreateAlbum("e1", "event", "Sea\x1b[2J side"), AddMembers("e1", photos)])
        store.runs.finish(run, "done", {"applied": None})
    return run


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--help"], id="help of all"),
        pytest.param(["curate", "--help"], id="help of a command"),
        pytest.param(["curate", "--nonsense"], id="wrong use"),
    ],
)
def test_help_loads_nothing_slow(arguments: list[str], environment: Mapping[str, str]) -> None:
    code = (
        "import json, sys\nfrom app.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=dict(environment), capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(child.stdout.splitlines()[-1]))
    assert "typer" in loaded
    assert not loaded & {"torch", "prefect", "sqlalchemy", "sklearn", "numpy", "PIL", "pydantic_settings", "jinja2"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["curate", "nobody"], "no library is called 'nobody'", id="unknown library"),
        pytest.param(["curate", "folder:nowhere"], "does not exist", id="folder that is not there"),
        pytest.param(["curate", "folder:"], "name the folder", id="no folder named"),
        pytest.param(
            ["curate", "folder:photos", "--refresh", "suppers"], "not 'suppers'", id="unknown step to refresh"
        ),
        pytest.param(["curate", "folder:photos", "--apply"], "--yes", id="first write without a terminal"),
        pytest.param(
            ["curate", "folder:photos", "--config", "no.toml"], "no.toml", id="settings file that is not there"
        ),
        pytest.param(["undo", "folder:photos", "20200101-0000-00"], "has no run", id="unknown run"),
        pytest.param(["undo", "folder:photos", "last"], "could be taken back", id="nothing to take back"),
        pytest.param(["demo", "--photos", "nowhere"], "no folder", id="demo of a folder that is not there"),
        pytest.param(["status", "nobody"], "no library is called", id="status of an unknown library"),
    ],
)
@pytest.mark.usefixtures("library")
def test_wrong_use_is_said_in_one_message(arguments: list[str], said: str, albumen: Command) -> None:
    child = albumen(*arguments)
    assert child.returncode == 2
    assert said in child.stderr
    assert "Traceback" not in child.stderr
    assert child.stdout == ""


def test_wrong_settings_are_named(tmp_path: Path, albumen: Command) -> None:
    (tmp_path / "albumen.toml").write_text("[albums]\nmin_fotos = 3\n", encoding="utf-8")
    child = albumen("status")
    assert (child.returncode, child.stdout) == (2, "")
    assert "min_fotos" in child.stderr
    assert "Traceback" not in child.stderr


def test_a_busy_library_fails_and_says_who(library: str, settings: Settings, albumen: Command) -> None:
    with library_lock(settings.data_dir, library):
        child = albumen("adopt", library)
    assert child.returncode == 1
    assert "is being worked on by process" in child.stderr
    assert "Traceback" not in child.stderr


def test_a_broken_database_fails_and_says_what_to_do(library: str, settings: Settings, albumen: Command) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "albumen.db").write_text("not a database" * 100, encoding="utf-8")
    child = albumen("plan", library)
    assert child.returncode == 1
    assert "backups/" in child.stderr
    assert "Traceback" not in child.stderr


def test_an_unreachable_server_of_prefect_is_named(library: str, albumen: Command) -> None:
    child = albumen("curate", library, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert child.returncode == 1
    assert "http://127.0.0.1:9/api does not answer" in child.stderr
    assert "Traceback" not in child.stderr


def test_plan_says_that_there_is_none(library: str, albumen: Command) -> None:
    child = albumen("plan", "folder:photos")
    assert child.returncode == 0
    assert f"no plan for {library} yet" in child.stdout


def test_plan_shows_the_stored_one_in_words(library: str, settings: Settings, albumen: Command) -> None:
    run = keep_plan(settings, library)
    child = albumen("plan", "folder:photos")
    assert child.returncode == 0
    assert f"Planned by run {run}" in child.stdout
    assert "with 3 photos" in child.stdout
    assert "\x1b" not in child.stdout  # a title cannot command the terminal


def test_plan_as_json_is_one_object(library: str, settings: Settings, albumen: Command) -> None:
    run = keep_plan(settings, library)
    answer = json.loads(albumen("plan", "folder:photos", "--json").stdout)
    assert (answer["library"], answer["run"]) == (library, run)
    assert [change["change"] for change in answer["changes"]] == ["CreateAlbum", "AddMembers"]


def test_status_before_the_first_run_makes_nothing(tmp_path: Path, albumen: Command) -> None:
    assert "Nothing is known yet" in albumen("status").stdout
    assert not (tmp_path / "data").exists()


def test_status_counts_what_is_there(library: str, settings: Settings, albumen: Command) -> None:
    run = keep_plan(settings, library)
    with open_store(settings) as store:
        taken = datetime(2024, 5, 3, 12, tzinfo=UTC)
        local = taken.replace(tzinfo=None)
        store.photos.replace(library, [Photo(f"p{i}", f"{i}.jpg", taken, local, f"content {i}") for i in range(3)])
        store.journal.confirm(store.journal.of_run(library, run)[0].id, Outcome("done"))
        store.ledger.save_albums(
            library,
            [
                LedgerAlbum("e1", "event", title="A", members={"p0": "ours"}),
                LedgerAlbum("e2", "event", title="B", user_title=True),
                LedgerAlbum("e3", "event", state="deleted", title="C"),
            ],
        )
    answer = json.loads(albumen("status", "--json").stdout)
    (one,) = answer["libraries"]
    assert (one["name"], one["photos"]) == (library, 3)
    assert one["albums"] == {"ours": 2, "touched": 1, "tombstones": 1, "released": 0, "to_adopt": 0}
    assert [(r["id"], r["kind"], r["planned"], r["written"]) for r in one["runs"]] == [(run, "curate", 2, 1)]
    assert answer["sizes"]["database"] > 0
    lines = albumen("status", "folder:photos").stdout
    for said in (library, "photos    3", "2 ours, 1 of them changed by you; 1 deleted by you", f"{run}  curate"):
        assert said in lines


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-c", "from app.cli import main; main()", "weights", "list"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen(command, cwd=tmp_path, env=dict(environment), text=True, **pipes)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    said = child.stderr.read()
    child.wait(60)
    assert "fault of Albumen" not in said


def test_weights_are_listed_with_licence_and_source(albumen: Command) -> None:
    child = albumen("weights", "list")
    assert child.returncode == 0
    rows = json.loads(albumen("weights", "list", "--json").stdout)["weights"]
    assert [row["name"] for row in rows] == list(KNOWN)
    for row in rows:
        assert row["name"] in child.stdout
        assert row["licence"] == KNOWN[row["name"]].licence
