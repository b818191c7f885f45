"""Contact sheets of covers that replace nobody's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.small_folder import draw, refresh
from typer.testing import CliRunner, Result

from app.cli import app
from plugins.pages.cover_sheets import file_of
from plugins.records import Event
from plugins.store import ChosenCover, Ranked
from tasks.context import opened


@pytest.fixture
def library(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Draw four photos and choose a cover for two events of them."""
    monkeypatch.setenv("ALBUMEN_ALBUMS__MIN_PHOTOS", "1")
    draw(own_folder / "photos", [f"{n}.jpg" for n in range(4)], (60, 40))
    name = f"folder:{own_folder / 'photos'}"
    refresh(name)
    with opened(name) as here:
        ids = [photo.id for photo in here.store.photos.all(here.name)]
        events = [Event("e1", tuple(ids[:2]), "Sea", away=True), Event("e2", tuple(ids[2:]), "Home", away=True)]
        here.store.events.save(here.name, events)
    choose(name, "e1", "e2")
    return name


def choose(library: str, *events: str) -> None:
    with opened(library) as here:
        photos = {event.key: event.photos for event in here.store.events.all(here.name)}
        ranked = {key: tuple(Ranked(photo, 0.5, 0.5) for photo in photos[key]) for key in events}
        here.store.covers.save(here.name, {key: ChosenCover(of[0].photo, of) for key, of in ranked.items()})


def sheets(library: str, folder: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["covers", library, "--sheets", str(folder), *more])


def test_a_page_and_a_sheet_of_each_album(library: str, own_folder: Path) -> None:
    folder = own_folder / "sheets"
    done = sheets(library, folder)
    assert (done.exit_code, done.stdout) == (0, f"{folder / 'covers.html'}: 2 contact sheets.\n")
    names = {"covers.html", file_of("e1"), file_of("e2")}
    assert {path.name for path in folder.iterdir()} == names
    assert 'src="' + file_of("e1") in (folder / "covers.html").read_text(encoding="utf-8")
    told = json.loads(sheets(library, folder, "--json").stdout)
    assert [(one["key"], one["title"], one["file"]) for one in told["sheets"]] == [
        ("e2", "Home", file_of("e2")),
        ("e1", "Sea", file_of("e1")),
    ]


def test_sheets_of_covers_that_there_are_no_more_go_and_files_of_others_stay(library: str, own_folder: Path) -> None:
    folder = own_folder / "sheets"
    sheets(library, folder)
    (folder / "cover-mine.jpg").write_bytes(b"\xff\xd8 mine")
    choose(library, "e2")
    assert sheets(library, folder).exit_code == 0
    assert {path.name for path in folder.iterdir()} == {"covers.html", file_of("e2"), "cover-mine.jpg"}
    choose(library)
    assert "No cover has been chosen yet" in sheets(library, folder).stdout


def test_nothing_of_others_is_replaced(library: str, own_folder: Path) -> None:
    (own_folder / "sheets").mkdir()
    (own_folder / "sheets" / "covers.html").write_text("mine")
    done = sheets(library, own_folder / "sheets")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "not of Albumen's making" in done.stderr
    assert [path.name for path in (own_folder / "sheets").iterdir()] == ["covers.html"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param(["--accept", "cover-1"], "one at a time", id="sheets and answers"),
        pytest.param([], "among the photos", id="a folder that would become photos"),
    ],
)
def test_wrong_use(more: list[str], said: str, library: str, own_folder: Path) -> None:
    done = sheets(library, own_folder / "photos" / "sheets", *more)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
