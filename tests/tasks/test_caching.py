"""Caching: each step runs again when, and only when, something has changed that its answer depends on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from fakes import outside_parts
from fakes.family import LIBRARY, Family
from fakes.snaps import HOME, LEFT, checksums, draw_year, named_face, snap, write_sidecar

from tasks.caching import Receipt, cached_step, digest
from tasks.context import Opened, opened
from tasks.covers import choose_covers
from tasks.events import cluster_events
from tasks.extraction import extract_features
from tasks.features import _inputs, batches_of
from tasks.look_alikes import group_look_alikes
from tasks.people import group_people
from tasks.photos import locate_photos, refresh_photos
from tasks.tags import recommend_tags

pytestmark = pytest.mark.filterwarnings("ignore:Logger 'prefect.task_runs'")  # the tasks run outside a flow here
STEPS = {
    "places": locate_photos,
    "features": extract_features,
    "look_alikes": group_look_alikes,
    "people": group_people,
    "events": cluster_events,
    "tags": recommend_tags,
    "covers": choose_covers,
}
NOTHING: set[str] = set()


@dataclass(frozen=True)
class World(Family):
    """The library, and what its steps do."""

    def run(self, *refresh: str) -> dict[str, Receipt]:
        """Run all cached steps and return their receipts."""
        refresh_photos(LIBRARY)
        return {name: step(LIBRARY, refresh) for name, step in STEPS.items()}

    def ran(self, *refresh: str) -> set[str]:
        """Run all cached steps and return those that were neither taken from the cache nor skipped."""
        return {name for name, receipt in self.run(*refresh).items() if receipt.status == "done"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, prefect_server: None) -> World:
    """Draw a library and run all steps on it once."""
    world = World(place := tmp_path_factory.mktemp("base"), draw_year(place / "photos"))
    with pytest.MonkeyPatch.context() as patch:
        world.enter(patch)
        assert world.ran() == set(STEPS)
    return world


@pytest.fixture
def world(base: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Lend a copy of the library as the first run left it."""
    copy = World(shutil.copytree(base.place, tmp_path / "world"), base.year)
    before = checksums(copy.photos)
    copy.enter(monkeypatch)
    outside_parts.SEEN.clear()
    yield copy
    after = checksums(copy.photos)
    kept = before.keys() & after.keys()
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


TRACK = """<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="48.21" lon="16.37"><time>2024-06-15T11:40:00Z</time></trkpt>
<trkpt lat="48.21" lon="16.37"><time>2024-06-15T11:50:00Z</time></trkpt>
</trkseg></trk></gpx>"""


@pytest.mark.flow
@pytest.mark.parametrize(
    ("settings", "ran"),
    [
        pytest.param(
            {"ALBUMS__MIN_PHOTOS": "4", "TAGS__PLACES": "false", "GUARD__COUNT": "3", "RETRY__ATTEMPTS": "2"},
            NOTHING,
            id="what the plan makes of it, and how often it is tried",
        ),
        pytest.param({"PLACES__HOME": "53.55,9.99"}, {"events", "covers"}, id="home, so what covers are of"),
        pytest.param({"PLACES__TRACKS": '["track.gpx"]'}, {"places", "events"}, id="location history"),
        pytest.param({"ALBUMS__AWAY_KM": "500"}, {"events", "covers"}, id="what is away"),
        pytest.param({"EVENTS__OPTIONS": '{"trip_min_days": 5}'}, {"events", "covers"}, id="a keyword of the method"),
        pytest.param({"EVENTS__METHOD": "time_gap"}, {"events", "covers"}, id="another method for events"),
        pytest.param({"EVENTS__MODE": "strict"}, {"places", "events", "covers"}, id="strict: other origins of places"),
        pytest.param({"COVERS__METHOD": "first_photo"}, {"covers"}, id="another method for covers"),
        pytest.param({"PEOPLE__MIN_FACES": "4"}, {"people", "events"}, id="fewer people, so other piles"),
        pytest.param({"PEOPLE__PRECISION": "0.95"}, {"people"}, id="how sure; the same people, so the same events"),
        pytest.param({"PEOPLE__METHOD": "average_linkage"}, {"look_alikes", "people"}, id="another method for people"),
        pytest.param({"PEOPLE__PURIFY": "confidence_gcn"}, {"people"}, id="groups looked through again"),
        pytest.param({"PEOPLE__LOOK_ALIKES": "6"}, {"look_alikes"}, id="fewest photos that look alike"),
        pytest.param({"PEOPLE__DRAW": "true"}, NOTHING, id="what the plan makes of people"),
        pytest.param(
            {"EXCLUDE__FOLDERS": '["2024-05"]'}, {"look_alikes", "events", "tags", "covers"}, id="what is left out"
        ),
        pytest.param({"EXCLUDE__FOLDERS": '["1999"]'}, NOTHING, id="leaving out what is not there"),
        pytest.param({"FEATURES__BATCH_PHOTOS": "30"}, {"features"}, id="other batches, of which no feature is made"),
        pytest.param(
            {"FEATURES__EMBEDDER": "other_squares"}, {"features", "people", "events", "covers"}, id="another embedder"
        ),
        pytest.param(
            {"FEATURES__PICTURE": "other_tints"},
            {"features", "look_alikes", "tags", "covers"},
            id="other picture vectors",
        ),
        pytest.param({"TAGS__METHOD": "knn_50"}, {"tags"}, id="another method for tags"),
        pytest.param({"TAGS__OPTIONS": '{"k": 9}'}, {"tags"}, id="a keyword of it"),
        pytest.param({"TAGS__MOST": "5"}, {"tags"}, id="more tags a photo"),
        pytest.param({"FEATURES__ENABLED": "false"}, {"events", "covers"}, id="without features the others run"),
    ],
)
def test_a_setting_makes_the_steps_run_that_depend_on_it(world, monkeypatch, settings, ran):
    (world.place / "track.gpx").write_text(TRACK)
    monkeypatch.chdir(world.place)
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    assert world.ran() == ran
    assert set(outside_parts.SEEN) == {"other_squares", "other_tints"} & set(settings.values())


def add_photo(world: World) -> None:
    snap(world.photos / "2024-09/new.jpg", datetime(2024, 9, 1, 12), HOME)


def rate(world: World) -> None:
    write_sidecar(world.photos / world.year.vienna[0], "<xmp:Rating>5</xmp:Rating>")


def tag(world: World) -> None:
    write_sidecar(
        world.photos / world.year.vienna[0], "<dc:subject><rdf:Bag><rdf:li>boat</rdf:li></rdf:Bag></dc:subject>"
    )


def name_a_face(world: World) -> None:
    write_sidecar(world.photos / world.year.hamburg[0], named_face("Anna", LEFT))


def rename(world: World) -> None:
    photo = world.photos / world.year.hamburg[0]
    photo.rename(photo.with_name("renamed.jpg"))


def remove(world: World) -> None:
    (world.photos / world.year.lisbon[-1]).unlink()


def forget_vectors(world: World) -> None:
    with opened(LIBRARY) as here:
        here.store.features.forget("tints", "1")


def lose_the_store(world: World) -> None:
    shutil.rmtree(world.place / "data")


def lose_positions(world: World) -> None:
    """A folder that was not mounted for one refresh: its photos are back, and the positions found for them are not."""
    away = world.place / "away"
    (world.photos / "2024-08").rename(away)
    refresh_photos(LIBRARY)
    away.rename(world.photos / "2024-08")


@pytest.mark.flow
@pytest.mark.parametrize(
    ("change", "ran", "seen"),
    [
        # Places are found anew whenever a photo differs in anything: that is quicker than to find out in what.
        pytest.param(rate, {"places", "covers"}, {}, id="a rating makes a cover, and no feature"),
        pytest.param(tag, {"places", "look_alikes", "tags"}, {}, id="a tag that excludes nothing"),
        pytest.param(name_a_face, {"people", "events"}, {}, id="a face got a name"),
        pytest.param(rename, {"places", "covers"}, {}, id="a renamed photo costs nothing"),
        pytest.param(
            add_photo,
            set(STEPS),
            {"squares": 1, "tints": 1},
            id="a new photo",
        ),
        pytest.param(remove, set(STEPS), {}, id="a photo is gone"),
        pytest.param(forget_vectors, {"features"}, {"tints": 38}, id="receipts do not count when the vectors are lost"),
        pytest.param(lose_positions, {"places"}, {}, id="nor when positions are"),
        pytest.param(lose_the_store, set(STEPS), {"squares": 38, "tints": 38}, id="nor when all is"),
    ],
)
def test_a_change_makes_the_steps_run_that_depend_on_it(world, change, ran, seen):
    change(world)
    assert world.ran() == ran
    assert seen == outside_parts.SEEN
    assert world.ran() == NOTHING


@pytest.mark.flow
def test_a_new_photo_makes_its_own_batch_run_only(world):
    add_photo(world)
    receipts = world.run()
    assert receipts["features"].figures == {"photos": 39, "made": 1, "faces": 0, "unreadable": 0, "not_ready": 0}
    with opened(LIBRARY) as here:
        assert here.store.steps.summary(LIBRARY, "extract_batch/0", _key(here, 0))["made"] == 20
        assert here.store.steps.summary(LIBRARY, "extract_batch/1", _key(here, 1))["made"] == 1


def _key(here: Opened, number: int) -> str:
    return digest("extract_batch", here.name, *_inputs(here, number, batches_of(here)[number]))


@pytest.mark.flow
@pytest.mark.parametrize("step", ["locate_photos", "cluster_events"])
def test_a_refreshed_step_runs_and_its_answer_is_the_same(world, step):
    assert {STEPS[name].name for name in world.ran(step)} == {step}


@pytest.mark.flow
def test_refreshing_features_makes_none_that_the_store_has(world):
    receipts = world.run("extract_features")
    assert {name for name, receipt in receipts.items() if receipt.status != "cached"} == {"features"}
    assert not outside_parts.SEEN


@pytest.mark.flow
def test_a_step_that_broke_off_is_not_believed_later(world, monkeypatch):
    """The store may then hold neither the old answer nor the new one: the receipt of the old one must not count."""
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "never")
    with pytest.raises(RuntimeError, match="no cover is good enough"):
        world.run()
    monkeypatch.delenv("ALBUMEN_COVERS__METHOD")
    assert world.ran() == {"covers"}


@pytest.mark.flow
def test_going_back_to_an_earlier_setting_runs_the_step_again(world, monkeypatch):
    """Prefect still has the receipt of long ago, but the store holds the answer to other settings."""
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_photo")
    assert world.ran() == {"covers"}
    monkeypatch.delenv("ALBUMEN_COVERS__METHOD")
    assert world.ran() == {"covers"}


@pytest.mark.flow
def test_what_is_read_for_the_key_is_handed_to_the_body(world):
    """A server is asked once a run, and anew in each run."""
    asked = []

    def ask(here: Opened) -> int:
        asked.append(here.name)
        return len(asked)

    @cached_step(lambda here: (here.once(ask) > 0,))
    def ask_once(here: Opened) -> dict[str, int]:
        return {"asked": here.once(ask)}

    receipts = [ask_once(LIBRARY, refresh) for refresh in ((), (), ("ask_once",))]
    assert [(receipt.status, receipt.figures["asked"]) for receipt in receipts] == [
        ("done", 1),
        ("cached", 1),
        ("done", 3),
    ]


@pytest.mark.flow
def test_a_damaged_receipt_is_made_again(world):
    storage = Path(os.environ["PREFECT_HOME"]) / "storage"
    receipts = [path for path in storage.rglob("*") if path.is_file() and "choose_covers" in str(path)]
    for receipt in receipts:
        receipt.write_bytes(receipt.read_bytes()[:20])
    assert receipts
    assert world.ran() == {"covers"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("a", "b"), ("b", "a"), id="the order"),
        pytest.param(("ab",), ("a", "b"), id="where a part ends"),
        pytest.param((1,), ("1",), id="a number and its text"),
        pytest.param((1,), (1.5,), id="a fraction"),
        pytest.param((None,), ("",), id="nothing and an empty text"),
        pytest.param(({"a": 1},), ({"a": 2},), id="a value inside"),
    ],
)
def test_a_digest_tells_apart(one, other):
    assert digest(*one) != digest(*other)


def test_a_digest_takes_any_text_and_any_order_of_keys():
    assert digest({"a": "\udc80", "b": 1}) == digest({"b": 1, "a": "\udc80"})
