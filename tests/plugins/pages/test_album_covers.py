"""Covers in words: which albums have one, why, what was left out, and whether what the user likes counts."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.tiny import photo

from plugins.pages.album_covers import (
    Personal,
    album_covers,
    considered,
    cover_reason,
    events_left,
    moment,
    personal_of,
    personal_text,
)
from plugins.publishing.wanted import AlbumRules
from plugins.records import Event
from plugins.store import ChosenCover, Ranked

PHOTOS = {one.id: one for one in (photo(n) for n in range(6))}
EVENTS = (
    Event("e1", ("p00",), "Day", trip="t1", trip_title="Lisbon"),
    Event("e2", ("p01",), "Day", trip="t1", trip_title="Lisbon"),
    Event("e3", ("p02", "p03"), "Sea", away=True),
    Event("e4", ("p04",), "Home"),
    Event("e5", ("gone",), "Gone", away=True),
)
COVERS = {key: ChosenCover(photo) for key, photo in {"t1": "p00", "e1": "p00", "e3": "p02", "e4": "p04"}.items()}
SEEN = ChosenCover("p1", (Ranked("p0", 0.2, 0.1), Ranked("p1", 0.8, 0.83)), ("p9", "p8", "p7"))


def found(covers: dict[str, ChosenCover], **rules: Any) -> list[tuple[str, str]]:
    return [(one.key, one.title) for one in album_covers(EVENTS, PHOTOS, AlbumRules(**rules), covers)]


def test_albums_that_are_worth_it_newest_first() -> None:
    assert found(COVERS, min_photos=2) == [("e3", "Sea"), ("t1", "Lisbon")]


def test_a_trip_that_is_no_album_shows_its_events() -> None:
    assert found(COVERS, min_photos=1, trips=False, dense=9) == [("e3", "Sea")]


@pytest.mark.parametrize(
    "covers",
    [
        pytest.param({}, id="none chosen"),
        pytest.param({"e3": ChosenCover("gone")}, id="a cover that was deleted since"),
        pytest.param({"e5": ChosenCover("p02")}, id="an event without photos"),
    ],
)
def test_albums_without_a_cover_are_left_out(covers: dict[str, ChosenCover]) -> None:
    assert found(covers, min_photos=2) == []


def test_what_is_left_of_events() -> None:
    assert [event.key for event in events_left(EVENTS, PHOTOS)] == ["e1", "e2", "e3", "e4"]
    assert [event.photos for event in events_left(EVENTS[2:3], {"p03": PHOTOS["p03"]})] == [("p03",)]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        pytest.param(SEEN, "match with your favourites: 0.83, like b.jpg and a.jpg", id="it resembles favourites"),
        pytest.param(ChosenCover("p1", SEEN.candidates), "sharp", id="none count"),
        pytest.param(
            ChosenCover("p0", SEEN.candidates, SEEN.matches), "sharp", id="others of the album match more: not why"
        ),
        pytest.param(ChosenCover("p1", (), ("p8",)), "sharp", id="a method that does not ask"),
    ],
)
def test_why(chosen: ChosenCover, said: str) -> None:
    assert cover_reason(chosen, {"p7": "b.jpg", "p9": "b.jpg", "p8": "a.jpg"}, "sharp") == said


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        pytest.param(ChosenCover("p1"), "", id="nobody knows"),
        pytest.param(SEEN, "chosen out of 2 photos", id="candidates"),
        pytest.param(
            ChosenCover("p1", SEEN.candidates[:1], left_out={"blurred": 1_200, "a\x1b": 1, "none": 0}),
            "chosen out of 1 photo; 1,201 left out (blurred: 1,200, a\ufffd: 1)",
            id="left out",
        ),
    ],
)
def test_what_it_was_chosen_from(chosen: ChosenCover, said: str) -> None:
    assert considered(chosen) == said


@pytest.mark.parametrize(
    ("step", "personal", "said"),
    [
        pytest.param({}, Personal(), "What you like gets no weight, with 0 signals", id="no run yet"),
        pytest.param(
            {"figures": {"personal": 0.67, "signals": 102, "reason": "it wins", "covers": 3}},
            Personal(0.67, 102, "it wins"),
            "What you like counts with a weight of 0.67, by 102 signals: it wins",
            id="it counts",
        ),
        pytest.param(
            {"figures": {"signals": 1, "reason": "30 are needed"}, "mend": ""},
            Personal(0.0, 1, "30 are needed"),
            "What you like gets no weight, with 1 signal: 30 are needed",
            id="too few",
        ),
        pytest.param(
            {"figures": None, "mend": "no vectors"},
            Personal(note="no vectors"),
            "What you like gets no weight, with 0 signals",
            id="skipped",
        ),
    ],
)
def test_whether_what_the_user_likes_counts(step: dict[str, Any], personal: Personal, said: str) -> None:
    assert personal_of(step) == personal
    assert personal_text(personal) == said


@pytest.mark.parametrize(
    ("at_s", "said"),
    [pytest.param(7.9, "0:07", id="s"), pytest.param(750, "12:30", id="min"), pytest.param(3723, "1:02:03", id="h")],
)
def test_moments(at_s: float, said: str) -> None:
    assert moment(at_s) == said
