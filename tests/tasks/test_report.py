"""The report of a run, from a real store and folder: what happened, what is wrong, how to take it back."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import lxml.html
import pytest
from fakes.small_folder import album, draw, refresh, write

from plugins.changes import AddTags, Change, Outcome, RenameAlbum, SetCover
from plugins.locks import service_lock
from plugins.records import Event, Position
from plugins.sections import Serve
from plugins.settings import LibrarySettings, Settings
from plugins.store import open_store
from tasks.context import Opened, opened
from tasks.nights import night_begins
from tasks.pages import _render
from tasks.report import KEPT_REPORTS, _write, report_folder
from tasks.report_figures import figures_of, links_of

NAMES = tuple(f"{n}.jpg" for n in range(4))
PLAN: dict[str, Any] = {"changes": 0, "observations": [], "suppressed": [], "kept": [], "blocked": ""}
REFRESHED = {"step": "refresh_photos", "status": "done", "figures": {"new": 4, "photos": 4}, "seconds": 0.1, "mend": ""}
QUIET = {**REFRESHED, "figures": {"new": 0, "photos": 4, "problems": []}}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    draw(tmp_path / "photos", NAMES)
    name = f"folder:{tmp_path / 'photos'}"
    refresh(name)
    return name


def start(
    library: str,
    *changes: Change,
    outcomes: tuple[Outcome, ...] = (),
    applied: bool = False,
    undoes: str = "",
    **plan: Any,
) -> str:
    """Note a run with its changes and what became of them; return its id."""
    with opened(library) as here:
        run = here.store.runs.start(here.name, "undo" if undoes else "curate", undoes)
        entries = here.store.journal.plan(here.name, run, changes)
        for entry, outcome in zip(entries, outcomes, strict=False):
            here.store.journal.begin(entry.id)
            here.store.journal.confirm(entry.id, outcome)
        here.store.runs.note(run, {"plan": {**PLAN, **plan}, "applied": {"done": len(outcomes)} if applied else None})
    return run


def report(library: str, run: str, *steps: dict[str, Any]) -> lxml.html.HtmlElement:
    page = Path(_write.fn(library, run, list(steps))).read_text(encoding="utf-8")
    return lxml.html.document_fromstring(page.removeprefix("<!doctype html>\n"))


def text(tree: lxml.html.HtmlElement) -> str:
    return " ".join(tree.text_content().split())


def test_a_plan_says_what_would_change_and_offers_no_undo(library: str) -> None:
    tree = report(library, start(library, *album("event-1", "Lisbon", NAMES)), REFRESHED)
    said = text(tree)
    assert tree.xpath("//p[@class='lead']/text()") == [
        "Albumen looked at 4 photos, 4 of them new, and found 0 events. "
        "This run would make 2 changes; nothing was written yet."
    ]
    assert "Create the album with 4 photos" in said
    assert "albumen undo" not in said
    assert "Place names: GeoNames, CC BY 4.0" in said


def test_an_applied_run_can_be_taken_back_and_shows_its_albums(library: str, tmp_path: Path) -> None:
    done = Outcome("done")
    run = start(library, *album("event-1", "Lisbon", NAMES), outcomes=(done, done), applied=True)
    write(library, *album("event-1", "Lisbon", NAMES))
    _render.fn(library)
    page = Path(_write.fn(library, run, [REFRESHED]))
    tree = lxml.html.document_fromstring(page.read_text(encoding="utf-8").removeprefix("<!doctype html>\n"))
    assert "This run made 2 changes." in text(tree)
    assert tree.xpath("//pre//text()") == [f"albumen undo {library} {run}"]
    assert page.parent == report_folder(tmp_path / "data", library) / run
    pages = tmp_path / "photos" / ".albumen" / "pages"
    links = [os.path.realpath(page.parent / unquote(link)) for link in tree.xpath("//a/@href")]
    assert links == [str(pages / "index.html"), str(pages / "event-1.html")]
    assert all((page.parent / unquote(link)).is_file() for link in tree.xpath("//img/@src"))
    assert len(tree.xpath("//img")) == 1


@pytest.mark.parametrize(
    ("steps", "lead"),
    [
        pytest.param(
            (QUIET,), "Nothing new: no feature made, no write. The gallery is as it should be.", id="nothing new"
        ),
        pytest.param(
            (QUIET, {**QUIET, "step": "extract_features", "figures": {"made": 3}}),
            "Albumen looked at 4 photos, 0 of them new, and found 0 events. "
            "Nothing had to be changed: the gallery is as it should be.",
            id="features were made",
        ),
        pytest.param(
            (REFRESHED,),
            "Albumen looked at 4 photos, 4 of them new, and found 0 events. "
            "Nothing had to be changed: the gallery is as it should be.",
            id="photos are new",
        ),
    ],
)
def test_a_run_without_changes(library: str, steps: tuple[dict[str, Any], ...], lead: str) -> None:
    assert report(library, start(library), *steps).xpath("//p[@class='lead']/text()") == [lead]


def test_a_blocked_plan_does_not_say_that_all_is_well(library: str) -> None:
    said = text(report(library, start(library, blocked="2 albums are unknown: `albumen adopt` takes them"), QUIET))
    assert "Nothing was planned: 2 albums are unknown" in said
    assert "as it should be" not in said


def test_what_is_wrong_is_told_with_its_mend(library: str) -> None:
    problems = {**REFRESHED, "figures": {"new": 4, "problems": [["broken.jpg", "it is cut off"]]}}
    skipped = {"step": "extract_features", "status": "skipped", "figures": {}, "seconds": 0.0, "mend": "run X"}
    with opened(library) as here:
        key = here.store.photos.get(here.name, ["0.jpg"])["0.jpg"].content_key
        for extractor in ("facenet", "vgg16"):
            here.store.problems.record(extractor, "1", [(key, "it is broken")])
    tree = report(library, start(library), problems, skipped)
    rows = [[cell.text_content() for cell in row.xpath("./td")] for row in tree.xpath("//tbody/tr")]
    assert rows == [
        ["refresh photos", "done", "0.1 s", "4 new"],
        ["extract features", "skipped", "0.0 s", "run X"],
        ["0.jpg", "it is broken"],
        ["broken.jpg", "it is cut off"],
    ]


def test_what_was_not_done_is_told(library: str) -> None:
    changes = (*album("event-1", "Lisbon", NAMES), SetCover("event-1", "1.jpg", None), RenameAlbum("event-2", "B", "A"))
    outcomes = (Outcome("done"), Outcome("refused", "no room"), Outcome("gone"))
    tree = report(library, start(library, *changes, outcomes=outcomes, applied=True), QUIET)
    assert "This run made 1 change; 3 more were not made." in text(tree)
    reasons = tree.xpath("//table[.//th='Reason'][.//th='Change']//td[2]/text()")
    assert reasons[0] == "no room"
    assert "not there any more" in reasons[1]
    assert "the next one goes on" in reasons[2]


def test_a_change_that_the_gallery_still_works_on_and_its_warnings_are_told(library: str) -> None:
    run = start(library, AddTags(("sea",), ("1.jpg",)), applied=True)
    with opened(library) as here:
        (entry,) = here.store.journal.of_run(here.name, run)
        here.store.journal.begin(entry.id)
        here.store.runs.note(run, {"plan": PLAN, "applied": {"done": 0}, "warnings": ["Tags are <switched off>."]})
    tree = report(library, run, QUIET)
    assert tree.xpath("//p[@class='note']/text()") == ["Tags are <switched off>."]
    assert tree.xpath("//table[.//th='Reason'][.//th='Change']//td[2]/text()") == [
        "the gallery has not confirmed it yet: the next run asks for it"
    ]


def test_the_user_s_edits_are_told_by_the_title_that_we_gave(library: str) -> None:
    first = start(library, *album("event-1", "Lisbon", NAMES), outcomes=(Outcome("done"),) * 2, applied=True)
    seen = [
        {"edit": "renamed", "what": "event-1", "title": "Honeymoon", "n": 0},
        {"edit": "removed", "what": "event-1", "title": "Honeymoon", "n": 2},
        {"edit": "chose a cover", "what": "event-1", "title": "Honeymoon", "n": 0},
        {"edit": "rejected the tag", "what": "Lisbon", "title": "Lisbon", "n": 3},
        {"edit": "found", "what": "event-9", "title": "Old", "n": 0},
    ]
    second = start(library, observations=seen, kept=["Porto"])
    assert first < second
    said = text(report(library, second, QUIET))
    assert "You renamed “Lisbon” to “Honeymoon”: kept" in said
    assert "You took 2 photos out of “Honeymoon”: never added again" in said
    assert "You chose the cover of “Honeymoon”: kept" in said
    assert "You took the tag “Lisbon” off 3 photos" in said
    assert "“Porto” would not be made today" in said
    assert "1 album with our mark" in said


def test_events_and_places(library: str) -> None:
    with opened(library) as here:
        here.store.events.save(
            here.name, [Event("e1", (*NAMES[:3], "gone.jpg"), away=True), Event("e2", ("gone.jpg",))]
        )
        here.store.positions.save(here.name, {"0.jpg": Position(38.7, -9.1, 50.0, "neighbour")})
    said = text(report(library, start(library), REFRESHED))
    assert "0 events of 1 are worth an album" in said
    assert "1 event: fewer than 8 photos" in said
    assert "1 photo: from a neighbour" in said
    assert "3 photos: not known" in said


def test_an_undo_says_which_run_it_takes_back(library: str) -> None:
    first = start(library)
    said = text(report(library, start(library, undoes=first, applied=True, kept=["Lisbon"]), REFRESHED))
    assert f"This run takes back run {first}." in said
    assert "“Lisbon” stays, because you have built on it." in said


def test_old_reports_go_and_what_is_not_a_report_stays(library: str, tmp_path: Path) -> None:
    folder = report_folder(tmp_path / "data", library)
    old = [f"20240101-00{n:02}-00" for n in range(KEPT_REPORTS + 3)]
    for name in (*old, "mine"):
        (folder / name).mkdir(parents=True)
        (folder / name / "report.html").write_text("old", encoding="utf-8")
    run = start(library)
    report(library, run, REFRESHED)
    assert sorted(p.name for p in folder.iterdir()) == [*old[4:], run, "mine"]


def test_the_tags_step_says_what_it_learned_from_and_what_it_has_to_say(library: str) -> None:
    figures = {"photos": 4, "stock": 1, "tags": 2, "suggestions": 3, "auto": 0, "note": "A library is left out."}
    step = {**REFRESHED, "step": "recommend_tags", "figures": figures}
    said = text(report(library, start(library), step))
    assert "4 photos, 1 tagged photo, 2 tags, 3 suggestions. A library is left out" in said


def test_a_library_without_good_nights_is_told_first(library: str) -> None:
    with opened(library) as here:
        night_begins(here.store, here.name, datetime.now(UTC) - timedelta(days=3))
    said = report(library, start(library), QUIET).xpath("//p[@role='alert']/text()")
    assert [text.partition(" since ")[0] for text in said] == [f"No nightly run of {library} has ended well"]


def test_links_are_there_while_a_service_runs(tmp_path: Path) -> None:
    config = LibrarySettings(path=tmp_path)
    settings = Settings(data_dir=tmp_path / "data", libraries={"my-photos": config}, serve=Serve(host="::", port=8000))
    with open_store(settings) as store:
        here = Opened(settings, settings.library("my-photos"), store)
        assert links_of(here, "r1") == ()
        with service_lock(settings.data_dir):
            assert [link.href for link in links_of(here, "r1")] == [
                "http://127.0.0.1:8000/libraries/my-photos/plan",
                "http://127.0.0.1:8000/libraries/my-photos/reports/r1/report.html",
            ]
            unknown = settings.model_copy(update={"serve": Serve(port=0)})
            assert links_of(Opened(unknown, here.config, store), "r1") == ()


def test_figures_count_what_the_library_has(library: str) -> None:
    with opened(library) as here:
        photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
        tagged = {id_: replace(photo, tags=("boat",)) for id_, photo in photos.items()}
        here.store.events.save(here.name, [Event("e", tuple(photos))])
        found = {figure.title: figure.rows for figure in figures_of(here, tagged)}
    assert found["Tags"] == (("boat", 4),)
    assert [n for _, n in found["Events over time"]] == [1]
    assert "People" not in found
