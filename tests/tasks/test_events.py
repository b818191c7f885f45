"""Events of a drawn year: what is together, where it was, who is in it, and what is left out."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.family import LIBRARY, Family, draw_family
from fakes.small_folder import album, refresh, write
from fakes.snaps import LEFT, named_face, write_sidecar

from plugins.drawn import drawn_face
from plugins.records import Event
from plugins.settings import SettingsWrong
from tasks.context import opened
from tasks.events import _inputs, cluster_events
from tasks.features import extract_batch
from tasks.people import group_people
from tasks.photos import locate_photos


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Family:
    return draw_family(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def family(drawn: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    copy = Family(shutil.copytree(drawn.place, tmp_path / "family"), drawn.year)
    copy.enter(monkeypatch)
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "false")
    return copy


def events() -> dict[str, Event]:
    """Run the steps up to events; return the events by title."""
    refresh(LIBRARY)
    locate_photos.as_task.fn(LIBRARY, "key")
    cluster_events.as_task.fn(LIBRARY, "key")
    with opened(LIBRARY) as here:
        return {event.title: event for event in here.store.events.all(LIBRARY)}


def test_a_year(family):
    found, year = events(), family.year
    assert {event.photos for event in found.values()} == {
        *(year.home[i : i + 2] for i in range(0, 8, 2)),
        year.hamburg,
        year.vienna,
        *(year.lisbon[i : i + 4] for i in range(0, 12, 4)),
    }
    assert {title for title, event in found.items() if not event.away} == {
        f"Home, Sunday {day} March 2024" for day in (3, 10, 17, 24)
    }
    trips = {(event.trip, event.trip_title) for event in found.values() if event.trip}
    assert {title for _, title in trips} == {"Lisbon, 9–11 August 2024"}
    assert len(trips) == 1
    assert "Hamburg" in found["Hamburg, Saturday 4 May 2024"].place
    assert all(event.piles == () for event in found.values())


def test_where_photos_were_taken(family):
    events()
    with opened(LIBRARY) as here:
        positions = here.store.positions.all(LIBRARY)
    assert {photo: p.origin for photo, p in positions.items() if p.origin != "exif"} == {
        family.year.without_gps: "neighbour"
    }
    assert set(positions) == set(family.year.all)


def test_home_is_where_the_settings_say(family, monkeypatch):
    monkeypatch.setenv("ALBUMEN_PLACES__HOME", "53.55,9.99")
    assert [title for title, event in events().items() if not event.away] == ["Home, Saturday 4 May 2024"]


def test_a_day_trip_is_not_away_when_away_is_far(family, monkeypatch):
    monkeypatch.setenv("ALBUMEN_ALBUMS__AWAY_KM", "300")
    away = {event.title: event.away for event in events().values()}
    assert (away["Hamburg, Saturday 4 May 2024"], away["Vienna, Saturday 15 June 2024"]) == (False, True)


def test_who_is_in_an_event(family, monkeypatch):
    """Anna is in the first two of every three photos in Hamburg, Ben in the first, Carl in the third."""
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "true")
    write_sidecar(family.photos / family.year.hamburg[0], named_face("Anna", LEFT))
    refresh(LIBRARY)
    extract_batch.as_task.fn(LIBRARY, "key", number=0, photos=list(family.year.all))
    group_people.as_task.fn(LIBRARY, "key")
    hamburg = next(event for event in events().values() if event.photos == family.year.hamburg)
    assert hamburg.title == "Hamburg with Anna, Saturday 4 May 2024"
    piles = {pile.people: pile.photos for pile in hamburg.piles}
    assert piles["Anna",] == tuple(p for i, p in enumerate(hamburg.photos) if i % 3 != 2)
    assert piles["Anna", "person 1"] == hamburg.photos[0::3]
    others = {photos for people, photos in piles.items() if people != ("Anna",)}
    assert others == {hamburg.photos[0::3], hamburg.photos[2::3]}


def people_file(family: Family, **people: tuple[str, tuple[str, ...]]) -> None:
    """Say in the folder who is whose: by key the name, and the photos on whose left face they are."""
    tables = (
        f'["person-{key}"]\nname = "{name}"\nfaces = {json.dumps([drawn_face(photo, LEFT) for photo in photos])}\n'
        for key, (name, photos) in people.items()
    )
    file = family.photos / ".albumen/people.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(tables))


def hamburg_piles(family: Family) -> tuple[dict[tuple[str, ...], tuple[str, ...]], bool]:
    """Run the steps on people and events; return the piles of Hamburg by people, and whether photos were grouped."""
    refresh(LIBRARY)
    group_people.as_task.fn(LIBRARY, "key")
    figures = cluster_events.as_task.fn(LIBRARY, "key")
    with opened(LIBRARY) as here:
        event = next(event for event in here.store.events.all(LIBRARY) if event.photos == family.year.hamburg)
    assert ("ith Anna" in event.title) == any("Anna" in pile.people for pile in event.piles)
    return {pile.people: pile.photos for pile in event.piles}, figures["regrouped"]


@pytest.fixture
def with_faces(family: Family, monkeypatch: pytest.MonkeyPatch) -> Family:
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "true")
    refresh(LIBRARY)
    extract_batch.as_task.fn(LIBRARY, "key", number=0, photos=list(family.year.all))
    return family


def test_piles_follow_a_new_name_without_grouping_the_photos_again(with_faces):
    hers = with_faces.year.hamburg[0::3]
    people_file(with_faces, a=("Anna", hers))
    piles, regrouped = hamburg_piles(with_faces)
    assert regrouped
    assert len(piles["Anna",]) == 6
    people_file(with_faces, a=("Annika", hers))
    renamed, regrouped = hamburg_piles(with_faces)
    assert not regrouped
    assert renamed == {tuple("Annika" if p == "Anna" else p for p in people): of for people, of in piles.items()}
    write_sidecar(with_faces.photos / hers[0], "<dc:subject><rdf:Bag><rdf:li>boat</rdf:li></rdf:Bag></dc:subject>")
    (with_faces.photos / with_faces.year.vienna[0]).unlink()
    assert hamburg_piles(with_faces) == (renamed, True)


def test_piles_join_when_people_are_merged(with_faces):
    """Anna is two people in the gallery; she is on the left of two photos of three, Carl is on that of the third."""
    photos = with_faces.year.hamburg
    people_file(with_faces, a=("Anna", photos[0::3]), b=("", photos[1::3]))
    piles, _ = hamburg_piles(with_faces)
    assert piles["Anna",] == photos[0::3]
    assert piles["person 1",] in {photos[1::3], photos[2::3], photos[0::3]}
    with opened(LIBRARY) as here:
        (asked,) = here.store.suggestions.open(LIBRARY, "merge")
        assert (asked.subject, asked.value) == ("person-a", "person-b")
        here.store.suggestions.decide(LIBRARY, asked.key, "accepted")
    joined, regrouped = hamburg_piles(with_faces)
    assert joined["Anna",] == tuple(p for i, p in enumerate(photos) if i % 3 != 2)
    assert not regrouped


def test_nobody_sees_whom_the_gallery_hides(with_faces):
    people_file(with_faces, a=("Anna", with_faces.year.hamburg[0::3]))
    piles, _ = hamburg_piles(with_faces)
    with opened(LIBRARY) as here:
        here.store.people.save(LIBRARY, [replace(p, hidden=True) for p in here.store.people.all(LIBRARY)])
    cluster_events.as_task.fn(LIBRARY, "key")
    with opened(LIBRARY) as here:
        (event,) = (e for e in here.store.events.all(LIBRARY) if e.photos == with_faces.year.hamburg)
    assert "Anna" in {person for people in piles for person in people}
    assert "Anna" not in {person for pile in event.piles for person in pile.people}
    assert () in {pile.people for pile in event.piles}  # photos of her alone show nobody now
    assert "Anna" not in event.title


def test_who_the_photos_themselves_name_is_in_the_title_though_no_faces_were_looked_for(family):
    """A name in three photos of nine says who was there; in one of nine it does not, and it is no name for others."""
    for photo in family.year.hamburg[:3]:
        write_sidecar(family.photos / photo, named_face("Anna", LEFT))
    write_sidecar(family.photos / family.year.vienna[0], named_face("Anna", LEFT))
    found = events()
    assert found["Hamburg with Anna, Saturday 4 May 2024"].photos == family.year.hamburg
    assert found["Vienna, Saturday 15 June 2024"].photos == family.year.vienna
    with opened(LIBRARY) as here:
        before = _inputs(here)
    write_sidecar(family.photos / family.year.vienna[1], named_face("Anna", LEFT))
    refresh(LIBRARY)
    with opened(LIBRARY) as here:
        assert _inputs(here) != before


@pytest.mark.parametrize(
    ("settings", "left_out"),
    [
        pytest.param({"FOLDERS": '["2024-05"]'}, "hamburg", id="a folder"),
        pytest.param({"ALBUMS": '["Private*"]'}, "vienna", id="an album of the user's"),
        pytest.param({"TAGS": '["secret"]'}, "hamburg", id="a tag"),
    ],
)
def test_what_is_left_out_is_in_no_event(family, monkeypatch, settings, left_out):
    refresh(LIBRARY)
    private = family.photos / ".albumen/albums/private.toml"
    private.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f'  "{photo}",\n' for photo in family.year.vienna)
    private.write_text(f'title = "Private things"\nphotos = [\n{lines}]\n')
    for photo in family.year.hamburg:
        write_sidecar(family.photos / photo, "<dc:subject><rdf:Bag><rdf:li>secret</rdf:li></rdf:Bag></dc:subject>")
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_EXCLUDE__{name}", value)
    inside = {photo for event in events().values() for photo in event.photos}
    assert set(family.year.all) - inside == set(getattr(family.year, left_out))


def test_an_album_of_ours_leaves_nothing_out(family, monkeypatch):
    monkeypatch.setenv("ALBUMEN_EXCLUDE__ALBUMS", '["*"]')
    refresh(LIBRARY)
    write(LIBRARY, *album("event-1", "Vienna", family.year.vienna))
    assert {photo for event in events().values() for photo in event.photos} == set(family.year.all)


def test_other_photos_left_out_are_another_key_even_if_they_are_as_many(family, monkeypatch):
    monkeypatch.setenv("ALBUMEN_EXCLUDE__ALBUMS", '["Private"]')
    refresh(LIBRARY)
    private = family.photos / ".albumen/albums/private.toml"
    private.parent.mkdir(parents=True, exist_ok=True)
    keys = []
    for photo in (family.year.vienna[0], family.year.vienna[1], family.year.vienna[0]):
        private.write_text(f'title = "Private"\nphotos = ["{photo}"]\n')
        with opened(LIBRARY) as here:
            keys.append(_inputs(here))
    assert keys[0] != keys[1]
    assert keys[0] == keys[2]


def test_an_option_that_the_method_does_not_have_is_told(family, monkeypatch):
    monkeypatch.setenv("ALBUMEN_EVENTS__OPTIONS", '{"gap_hours": 2}')
    refresh(LIBRARY)
    with pytest.raises(SettingsWrong, match=r"\[events\] options do not fit time_place_faces: .*gap_hours"):
        cluster_events(LIBRARY)


def test_an_empty_library_has_no_events(tmp_path, monkeypatch):
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "false")
    (tmp_path / "photos").mkdir()
    figures = cluster_events.as_task.fn(f"folder:{tmp_path / 'photos'}", "key")
    assert figures == {"photos": 0, "excluded": {}, "events": 0, "trips": 0, "regrouped": True}
