"""Which events are worth an album, and what the albums hold."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from fakes.tiny import START, photo

from plugins.publishing.wanted import (
    AlbumRules,
    describe,
    natural_key,
    pile_title,
    wanted_albums,
    without_bursts,
    worth,
)
from plugins.records import Event, Photo, Pile

RULES = AlbumRules(min_photos=8, burst_s=5.0, dense=3.0)


class Shots:
    """Photos by id, drawn as events ask for them: each event on a day of its own, a minute between photos."""

    def __init__(self) -> None:
        self.photos: dict[str, Photo] = {}

    def event(self, n: int, day: int = 0, gap_s: float = 60.0, **fields: object) -> Event:
        first = len(self.photos)
        for i in range(n):
            taken = START + timedelta(days=day, seconds=i * gap_s)
            made = photo(first + i, taken_at=taken, taken_local=taken.replace(tzinfo=None))
            self.photos[made.id] = made
        ids = tuple(self.photos)[first:]
        return Event(f"e{day}-{first}", ids, **{"title": f"Event {first}", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "shots"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([0], 1, id="one"),
        pytest.param([0, 5, 10, 15], 1, id="each 5 s after the one before: one burst"),
        pytest.param([0, 5.001], 2, id="a little more than 5 s"),
        pytest.param([0, 0, 0], 1, id="all at once"),
        pytest.param([0, 1, 60, 61, 120], 3, id="two bursts and a single"),
    ],
)
def test_without_bursts(seconds: list[float], shots: int) -> None:
    assert without_bursts([datetime(2024, 5, 3) + timedelta(seconds=s) for s in seconds], 5.0) == shots


@pytest.mark.parametrize(
    ("n", "fields", "reason"),
    [
        pytest.param(0, {"away": True}, "small", id="no photo at all, away"),
        pytest.param(0, {"trip": "t"}, "small", id="no photo at all, on a trip"),
        pytest.param(0, {}, "small", id="no photo at all, at home"),
        pytest.param(7, {"away": True}, "small", id="away, one too few"),
        pytest.param(8, {"away": True}, "away", id="away, just enough"),
        pytest.param(40, {"away": True, "gap_s": 5.0}, "small", id="away, 40 photos in one burst"),
        pytest.param(1, {"trip": "t"}, "trip", id="part of a trip, however small"),
        pytest.param(8, {}, "usual", id="at home, as always"),
        pytest.param(23, {}, "usual", id="at home, almost three times the usual"),
        pytest.param(24, {}, "dense", id="at home, three times the usual"),
    ],
)
def test_worth(n: int, fields: dict[str, object], reason: str) -> None:
    """The usual day at home in this life has eight photos."""
    shots = Shots()
    usual = [shots.event(8, day=7 * week) for week in range(1, 12)]
    asked = shots.event(n, **fields)  # type: ignore[arg-type]
    assert worth([asked, *usual], shots.photos, RULES)[asked.key] == reason


def test_a_trip_is_none_where_trips_are_not_wanted() -> None:
    shots = Shots()
    events = [shots.event(9, trip="t", away=True), shots.event(2, day=1, trip="t", away=True)]
    assert list(worth(events, shots.photos, AlbumRules(trips=False)).values()) == ["away", "small"]


def test_dense_is_by_weekday_where_that_weekday_has_been_seen_often() -> None:
    shots = Shots()
    fridays = [shots.event(30, day=7 * week) for week in range(8)]  # the choir's evening
    mondays = [shots.event(2, day=7 * week + 3) for week in range(20)]
    events = [*fridays, *mondays]
    assert set(worth(events, shots.photos, RULES).values()) == {"usual", "small"}
    assert worth(events[1:], shots.photos, RULES)[fridays[1].key] == "dense", "seven Fridays say nothing about Fridays"


def test_an_empty_event_is_no_measure_of_the_usual_day() -> None:
    shots = Shots()
    events = [shots.event(10, day=d) for d in range(3)]
    empty = [Event(f"none{n}", ()) for n in range(20)]
    assert worth([*events, *empty], shots.photos, RULES)[events[0].key] == "usual"


def test_empty_events_and_piles_make_no_album() -> None:
    shots = Shots()
    full = shots.event(9, away=True, piles=(Pile(("Anna",), ()),))
    events = [Event("none", (), away=True), Event("none on a trip", (), trip="t"), full]
    albums = wanted_albums(events, shots.photos, AlbumRules(piles="albums"), {}, {})
    assert [album.title for album in albums] == ["Event 0"]
    assert wanted_albums([], {}, RULES, {}, {}) == ()


def test_albums_newest_first_a_trip_in_one() -> None:
    shots = Shots()
    old = shots.event(9, away=True)
    trip = [shots.event(3, day=10, trip="t", trip_title="Iceland"), shots.event(2, day=12, trip="t")]
    home = shots.event(5, day=20)
    albums = wanted_albums([old, *trip, home], shots.photos, RULES, {"t": "Iceland"}, {"t": "p10", old.key: "p01"})
    assert [(a.kind, a.title, a.cover) for a in albums] == [("trip", "Iceland", "p10"), ("event", old.title, "p01")]
    assert albums[0].photos == trip[0].photos + trip[1].photos
    assert albums[0].key == natural_key("trip", trip[0].photos[0])


@pytest.mark.parametrize(
    ("piles", "titles"),
    [
        pytest.param("off", ["Event 0"], id="off"),
        pytest.param("sections", ["Event 0"], id="sections of the page: no albums"),
        pytest.param("albums", ["Event 0", "Anna: Event 0", "Anna and Ben: Event 0"], id="albums of their own"),
    ],
)
def test_piles(piles: str, titles: list[str]) -> None:
    """Only piles of people who have a name become albums; nobody's and strangers' do not."""
    shots = Shots()
    event = shots.event(9, away=True)
    groups = (("Anna",), ("Anna", "Ben"), (), ("",), ("Anna", ""))
    made = Event(
        event.key, event.photos, event.title, away=True, piles=tuple(Pile(g, event.photos[:4]) for g in groups)
    )
    albums = wanted_albums([made], shots.photos, AlbumRules(piles=piles), {}, {})  # type: ignore[arg-type]
    assert sorted(a.title for a in albums) == sorted(titles)
    assert len({a.key for a in albums}) == len(albums)


@pytest.mark.parametrize(
    ("people", "title"),
    [
        pytest.param((), "no faces", id="nobody"),
        pytest.param(("Anna",), "Anna", id="one"),
        pytest.param(("Anna", "Ben"), "Anna and Ben", id="two"),
        pytest.param(("Anna", "Ben", "Cleo"), "Anna, Ben and Cleo", id="three"),
    ],
)
def test_pile_title(people: tuple[str, ...], title: str) -> None:
    assert pile_title(people) == title


@pytest.mark.parametrize(
    ("places", "text"),
    [
        pytest.param([""], "", id="nobody knows where"),
        pytest.param(["Lisbon, Portugal"], "Lisbon, Portugal", id="one event"),
        pytest.param(["Lisbon, Portugal", "", "Lisbon, Portugal"], "Lisbon, Portugal", id="each place once"),
        pytest.param(["Porto, Portugal", "Vigo, Spain"], "Porto, Portugal; Vigo, Spain", id="a trip"),
    ],
)
def test_describe(places: list[str], text: str) -> None:
    """The text holds no number of photos: it would be wrong as soon as the user takes one out."""
    assert describe([Event(str(n), ("p",), place=place) for n, place in enumerate(places)]) == text
