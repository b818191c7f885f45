"""Publishing: what the answers in the store ask for, and writing it to a gallery that does not always answer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from fakes.family import LIBRARY, Family, draw_family
from fakes.small_folder import refresh
from fakes.snaps import beside, draw_film

from plugins.galleries import GalleryUnreachable
from plugins.store import Evidence, Suggestion, VideoCover
from tasks.context import opened
from tasks.covers import choose_covers
from tasks.events import cluster_events
from tasks.photos import locate_photos
from tasks.publish import adopt_albums, apply_plan, apply_undo, plan_changes, plan_undo, wanted_of

pytestmark = pytest.mark.filterwarnings("ignore:Logger 'prefect.task_runs'")  # the tasks run outside a flow here


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Family:
    """Draw the library and find its events and covers."""
    family = draw_family(tmp_path_factory.mktemp("found"))
    with pytest.MonkeyPatch.context() as patch:
        family.enter(patch)
        patch.setenv("ALBUMEN_FEATURES__ENABLED", "false")
        refresh(LIBRARY)
        for step in (locate_photos, cluster_events, choose_covers):
            step.as_task.fn(LIBRARY, "key")
    return family


@pytest.fixture
def family(found: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    """Lend a copy of it, in a gallery that answers, or not, as the file `fails` in its folder says."""
    copy = Family(shutil.copytree(found.place, tmp_path / "family"), found.year)
    copy.enter(monkeypatch)
    settings = copy.place / "albumen.toml"
    settings.write_text(settings.read_text().replace("'folder'", "'flaky'"))
    monkeypatch.setenv("ALBUMEN_RETRY__ATTEMPTS", "3")
    return copy


@pytest.fixture
def busy(family: Family) -> Family:
    """Lend it in a gallery that only takes tags, and loses them until it is asked what became of them."""
    settings = family.place / "albumen.toml"
    settings.write_text(settings.read_text().replace("'flaky'", "'busy'"))
    return family


def wanted() -> tuple[set[str], set[str]]:
    """Return the titles of the albums that are asked for, and the tags."""
    with opened(LIBRARY) as here:
        asked = wanted_of(here)
        return {album.title for album in asked.albums}, {tag for _, tag in asked.tags or ()}


HAMBURG, VIENNA, LISBON = "Hamburg, Saturday 4 May 2024", "Vienna, Saturday 15 June 2024", "Lisbon, 9–11 August 2024"
DAYS = {f"Lisbon, {day} August 2024" for day in ("Friday 9", "Saturday 10", "Sunday 11")}
PLACES = {"Hamburg", "Germany", "Vienna", "Austria", "Lisbon", "Portugal"}


@pytest.mark.parametrize(
    ("settings", "titles", "tags"),
    [
        pytest.param({}, {HAMBURG, VIENNA, LISBON}, PLACES, id="days out and a trip; not the evenings at home"),
        pytest.param({"TAGS__PLACES": "false"}, {HAMBURG, VIENNA, LISBON}, set(), id="no tags"),
        pytest.param({"ALBUMS__MIN_PHOTOS": "10"}, {LISBON}, {"Lisbon", "Portugal"}, id="large ones only"),
        pytest.param(
            {"ALBUMS__TRIPS": "false", "ALBUMS__MIN_PHOTOS": "4"},
            {HAMBURG, VIENNA, *DAYS},
            PLACES,
            id="each day by itself",
        ),
    ],
)
def test_what_is_asked_for(family, monkeypatch, settings, titles, tags):
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    assert wanted() == (titles, tags)


@pytest.mark.usefixtures("family")
def test_photos_that_look_alike_are_tagged_by_the_name_that_the_user_gave_them(monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__PLACES", "false")
    with opened(LIBRARY) as here:
        first, second, *_ = here.store.photos.all(here.name)
        for key, photo in (("group-1", first), ("group-2", second)):
            asked = Suggestion(key, "group", key, "beach", evidence=Evidence(photos=(photo.content_key,)))
            here.store.suggestions.save(here.name, "group", [asked])
            here.store.suggestions.decide(here.name, key, "accepted" if photo is first else "rejected")
        assert wanted_of(here).tags == {(first.id, "beach")}


def test_photos_that_went_after_the_events_were_found_are_not_asked_for(family):
    for photo in (*family.year.vienna[:2], *family.year.hamburg):
        (family.photos / photo).unlink()
    refresh(LIBRARY)
    assert wanted()[0] == {LISBON}  # seven photos of Vienna are too few
    with opened(LIBRARY) as here:
        asked = {photo for album in wanted_of(here).albums for photo in album.photos}
    assert asked == set(family.year.lisbon)


def publish(family: Family) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Plan and apply; return the figures of both and the run."""
    with opened(LIBRARY) as here:
        run = here.store.runs.start(LIBRARY, "curate")
    return plan_changes(LIBRARY, run).figures, apply_plan(LIBRARY, run).figures, run


@pytest.mark.flow
@pytest.mark.parametrize(
    "fails",
    [
        pytest.param((), id="it always answers"),
        pytest.param(("CreateAlbum",), id="not to the first change"),
        pytest.param(("SetCover", "AddTags"), id="not twice, in the middle"),
    ],
)
def test_a_plan_is_carried_out_whole_whatever_attempt_did_it(family, fails):
    (family.photos / "fails").write_text("\n".join(f"{change}:GalleryUnreachable" for change in fails))
    plan, applied, run = publish(family)
    told = {"already": 0, "gone": 0, "taken": 0, "refused": [], "extent": "all", "held_back": 0, "warnings": []}
    assert applied == {"done": plan["changes"], **told}
    with opened(LIBRARY) as here:
        assert {album.title for album in here.gallery.albums()} == {HAMBURG, VIENNA, LISBON}
    (family.photos / "fails").write_text("RemoveTags:GalleryUnreachable")
    with opened(LIBRARY) as here:
        taking = here.store.runs.start(LIBRARY, "undo", undoes=run)
    planned = plan_undo(LIBRARY, taking, run).figures["changes"]
    assert apply_undo(LIBRARY, taking, run).figures["done"] == planned
    assert beside(family.photos) == {}


@pytest.mark.flow
def test_albums_alone_are_written_and_the_next_plan_has_the_rest_as_if_it_were_new(family):
    with opened(LIBRARY) as here:
        run = here.store.runs.start(LIBRARY, "curate")
    planned = plan_changes(LIBRARY, run).figures["changes"]
    applied = apply_plan(LIBRARY, run, extent="albums").figures
    held = applied["held_back"]
    assert 0 < held < planned
    assert applied == {**applied, "done": planned - held, "refused": [], "extent": "albums"}
    with opened(LIBRARY) as here:
        assert {album.title for album in here.gallery.albums()} == {HAMBURG, VIENNA, LISBON}
        assert here.store.ledger.load(LIBRARY).tags == {}
        assert len(here.store.journal.planned(LIBRARY)) == held

    plan, applied, run = publish(family)
    assert (plan["changes"], plan["observations"], applied["done"]) == (held, [], held)
    with opened(LIBRARY) as here:
        assert here.store.ledger.load(LIBRARY).tags
    assert publish(family)[0]["changes"] == 0


@pytest.mark.flow
def test_what_was_written_before_the_gallery_went_away_is_kept_and_gone_on_with(family):
    (family.photos / "fails").write_text("SetCover:GalleryUnreachable\n" * 3)
    with pytest.raises(GalleryUnreachable):
        publish(family)
    with opened(LIBRARY) as here:
        assert len(list(here.gallery.albums())) == 1
    plan, applied, _ = publish(family)
    assert applied["done"] == plan["changes"]
    assert publish(family)[0]["changes"] == 0


def carried() -> dict[str, set[str]]:
    """Return the photos that carry each tag of a place."""
    with opened(LIBRARY) as here:
        return {tag: set(here.gallery.tagged(tag)) for tag in PLACES}


@pytest.mark.flow
@pytest.mark.parametrize(
    "fails",
    [
        pytest.param((), id="it always answers"),
        pytest.param(("AddTags",), id="not to a change to tags"),
        pytest.param(("digested",), id="not when it is asked what became of them"),
        pytest.param(("SetCover", "digested"), id="twice, in the middle and at the end"),
    ],
)
def test_tags_that_a_gallery_takes_and_loses_are_there_in_the_end(busy, fails):
    (busy.photos / "fails").write_text("\n".join(f"{what}:GalleryUnreachable" for what in fails))
    plan, applied, run = publish(busy)
    assert plan["warnings"] == applied["warnings"] == ["It works on tags at night."]
    assert (applied["done"], applied["taken"], applied["refused"]) == (plan["changes"], 0, [])
    assert carried()["Lisbon"] == set(busy.year.lisbon)
    assert publish(busy)[0]["changes"] == 0
    with opened(LIBRARY) as here:
        taking = here.store.runs.start(LIBRARY, "undo", undoes=run)
    plan_undo(LIBRARY, taking, run)
    apply_undo(LIBRARY, taking, run)
    assert beside(busy.photos) == {}


@pytest.mark.flow
def test_a_gallery_that_goes_away_while_it_works_on_tags_is_asked_by_the_next_run(busy):
    (busy.photos / "fails").write_text("digested:GalleryUnreachable\n" * 3)
    with pytest.raises(GalleryUnreachable):
        publish(busy)
    with opened(LIBRARY) as here:
        assert len(here.store.journal.pending(LIBRARY)) > 1
        assert here.store.ledger.load(LIBRARY).tags == {}
    assert not any(carried().values())
    plan, _, _ = publish(busy)
    assert (plan["changes"], plan["observations"]) == (0, [])
    assert carried()["Lisbon"] == set(busy.year.lisbon)
    with opened(LIBRARY) as here:
        assert here.store.journal.pending(LIBRARY) == []
        assert set(here.store.ledger.load(LIBRARY).tags.values()) == {"ours"}


@pytest.mark.flow
def test_albums_of_a_lost_store_are_left_alone_until_they_are_adopted(family):
    publish(family)
    written = beside(family.photos)
    with opened(LIBRARY) as here:
        place = Path(here.store.where)
    for file in place.parent.glob(f"{place.name}*"):
        file.unlink()
    refresh(LIBRARY)
    for step in (locate_photos, cluster_events, choose_covers):
        step.as_task.fn(LIBRARY, "key")
    plan, _, _ = publish(family)
    assert plan["changes"] == 0
    assert beside(family.photos) == written
    assert adopt_albums(LIBRARY) == 3
    assert publish(family)[0]["changes"] == 0


@pytest.mark.parametrize("switch", ["POSTERS", "VIDEOS"])
def test_pictures_of_videos_are_wanted_until_they_are_switched_off(
    family: Family, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    draw_film(family.photos / "f.mp4", (40, 200))
    refresh(LIBRARY)
    with opened(LIBRARY) as here:
        (film,) = (photo for photo in here.store.photos.all(LIBRARY) if photo.kind == "video")
        covers = {film.content_key: VideoCover(1.50004), "of a video that is gone": VideoCover(2.0)}
        here.store.covers.save_videos(LIBRARY, covers)
        assert wanted_of(here).posters == {"f.mp4": 1.5}
    monkeypatch.setenv(f"ALBUMEN_COVERS__{switch}", "false")
    with opened(LIBRARY) as here:
        assert wanted_of(here).posters == {}
