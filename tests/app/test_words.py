"""What a run is said to have done: what was not written is never said to be, and what the user did is said kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.words import apply_command, written_lines
from plugins.changes import AddMembers, AssignFace, CreateAlbum, Outcome
from plugins.changes_json import to_json
from plugins.settings import Settings
from plugins.store import open_store

LIBRARY = "folder:/my photos"
ALBUM = CreateAlbum("e1", "event", "Sea")
CHANGES = (ALBUM, AddMembers("e1", ("p1", "p2")))
PLAN: dict[str, Any] = {"changes": 2, "observations": [], "suppressed": [], "kept": [], "blocked": ""}
APPLIED: dict[str, Any] = {"done": 2, "already": 0, "gone": 0, "refused": []}

TAGS: dict[str, Any] = {"step": "recommend_tags", "status": "done", "mend": ""}


def said(tmp_path: Path, changes: tuple[Any, ...], **summary: Any) -> str:
    with open_store(Settings(data_dir=tmp_path)) as store:
        run = store.runs.start(LIBRARY, "curate")
        store.journal.plan(LIBRARY, run, changes)
        given = {"library": LIBRARY, "run": run, "steps": [], "plan": PLAN, "applied": None, "pages": "", "report": ""}
        return "\n".join(written_lines(store, {**given, **summary}, 20)).replace(run, "RUN")


def test_a_face_that_came_along_before_its_turn_is_told_once(tmp_path: Path) -> None:
    first, second, third = (AssignFace(f"p{n}#f{n}", "anna") for n in range(3))
    with open_store(Settings(data_dir=tmp_path)) as store:
        run = store.runs.start(LIBRARY, "curate")
        store.journal.plan(LIBRARY, run, [first, second])
        one, two = store.journal.of_run(LIBRARY, run)
        store.journal.confirm(one.id, Outcome("done"))
        store.journal.add_done(one.id, [second, third])
        store.journal.confirm(two.id, Outcome("already"))
        summary = {"library": LIBRARY, "run": run, "steps": [], "plan": PLAN, "applied": APPLIED}
        lines = "\n".join(written_lines(store, {**summary, "pages": "", "report": ""}, 20))
    assert lines.startswith("Written:\n3 changes:")
    assert "3 faces" in lines


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALBUMEN_DATA_DIR", "ALBUMEN_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_new_is_said_plainly(tmp_path: Path) -> None:
    lines = said(tmp_path, (), plan={**PLAN, "changes": 0}, applied={**APPLIED, "done": 0})
    assert lines == "Nothing new: the gallery is as it should be, and nothing was written."


def test_a_plan_is_not_said_to_be_written(tmp_path: Path) -> None:
    lines = said(tmp_path, CHANGES)
    assert lines.startswith("Planned, not written:\n2 changes:\n  + create “Sea” with 2 photos")
    assert "curate --apply 'folder:/my photos'" in lines
    assert "Take it back" not in lines


def test_what_was_written_can_be_taken_back(tmp_path: Path) -> None:
    lines = said(tmp_path, CHANGES, applied=APPLIED, pages="/p/index.html", report="/r/report.html")
    assert lines.startswith("Written:")
    assert "undo 'folder:/my photos' RUN" in lines
    assert "/p/index.html" in lines
    assert "/r/report.html" in lines


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        pytest.param({"plan": {**PLAN, "blocked": "adopt first"}}, "Nothing is changed: adopt first.", id="blocked"),
        pytest.param({"plan": None}, "nothing was planned", id="the step plan was not chosen"),
        pytest.param(
            {"plan": {**PLAN, "suppressed": [{"title": "Sea", "because": "Sea", "state": "deleted"}]}},
            "Not made: “Sea” (you deleted “Sea”)",
            id="an album that the user deleted",
        ),
        pytest.param({"plan": {**PLAN, "kept": ["Mine"]}}, "Kept: “Mine”", id="an album that the user changed"),
        pytest.param(
            {"plan": {**PLAN, "nameless": 2}}, "For you to decide: 2 people without a name", id="people without names"
        ),
        pytest.param(
            {"plan": {**PLAN, "observations": [{"edit": "renamed"}]}}, "Of yours and kept: 1 edit", id="an edit"
        ),
        pytest.param(
            {"applied": {**APPLIED, "refused": [[to_json(ALBUM), "read-only"]]}},
            "Refused: create the album “Sea”: read-only",
            id="a refused change",
        ),
        pytest.param(
            {"warnings": ["3.9.0 is new\x1b[2J"]}, "Note: 3.9.0 is new\ufffd[2J", id="a warning of the gallery"
        ),
        pytest.param(
            {"applied": {**APPLIED, "taken": 2}},
            "Not confirmed yet: 2 changes, which the gallery still works on",
            id="changes that the gallery has only taken",
        ),
        pytest.param(
            {"steps": [{"step": "extract_features", "status": "skipped", "mend": "fetch the weights"}]},
            "Skipped: extract_features: fetch the weights",
            id="a skipped step with its mend",
        ),
        pytest.param(
            {"steps": [{**TAGS, "figures": {"stock": 1, "suggestions": 1_200, "note": ""}}]},
            "For you to decide: 1,200 tags, learned from 1 tagged photo: ",
            id="tags that wait",
        ),
        pytest.param(
            {"steps": [{**TAGS, "figures": {"stock": 0, "suggestions": 0, "note": "no tag\x1b[2J"}}]},
            "Note: no tag\ufffd[2J",
            id="why no tag waits",
        ),
        pytest.param(
            {"steps": [{**TAGS, "step": "choose_covers", "figures": {"covers": 9, "suggested": 2}}]},
            "For you to decide: 2 covers of albums of yours: ",
            id="covers that wait",
        ),
    ],
)
def test_what_was_left_alone_is_said(summary: dict[str, Any], line: str, tmp_path: Path) -> None:
    assert line in said(tmp_path, CHANGES, **summary)


def test_a_command_names_the_data_folder_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_DATA_DIR", "/my data")
    command = apply_command("-odd")
    assert command.startswith("ALBUMEN_DATA_DIR='/my data' ")
    assert command.endswith("curate --apply -- -odd")


def test_a_command_names_the_settings_file_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `--config` names is in the environment from then on: without it the library's name means nothing."""
    monkeypatch.setenv("ALBUMEN_CONFIG", "/etc/my albumen.toml")
    monkeypatch.setenv("ALBUMEN_DATA_DIR", "/data")
    assert apply_command("family").startswith("ALBUMEN_CONFIG='/etc/my albumen.toml' ALBUMEN_DATA_DIR=/data ")
