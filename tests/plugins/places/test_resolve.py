"""Tests of finding positions for a whole library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from plugins.places.earth import distance_m
from plugins.places.resolve import STRICT_ORIGINS, resolve
from plugins.places.tracks import make_track
from plugins.records import Photo, PlaceWords, Position

START = datetime(2024, 5, 12, 12, 0, 7, tzinfo=UTC)
HERE = Position(48.1, 11.5)
NO_WORDS = PlaceWords()
LISBON = PlaceWords(city="Lisbon", country="Portugal")


def photo(minutes=0.0, position=None, words=NO_WORDS, owner="anna", time_origin="exif", taken_at=None):
    at = taken_at or START + timedelta(minutes=minutes)
    return Photo(
        id=f"{owner}-{minutes}",
        name="a.jpg",
        taken_at=at,
        taken_local=at.replace(tzinfo=None) + timedelta(hours=2),
        content_key="0",
        owner=owner,
        time_origin=time_origin,
        position=position,
        words=words,
    )


def track_at(lat, lon, minutes=60):
    start = START.timestamp()
    return make_track([start - 60 * minutes, start + 60 * minutes], [lat, lat], [lon, lon], 8.0)


TRACK = track_at(40.0, 20.0)


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(HERE, id="from EXIF"),
        pytest.param(Position(48.1, 11.5, 5_000, "words"), id="from the gallery's own words"),
        pytest.param(Position(0.0, 11.5), id="on the equator"),
    ],
)
def test_a_position_that_a_photo_has_is_never_changed(own):
    around = [photo(-1, Position(1, 1)), photo(0, own, LISBON), photo(1, Position(1, 1))]
    assert resolve(around, TRACK)[1] is own


@pytest.mark.parametrize(
    ("kept", "origin"),
    [
        pytest.param({"own", "track", "words", "neighbour"}, "exif", id="all there: its own"),
        pytest.param({"track", "words", "neighbour"}, "track", id="then the track"),
        pytest.param({"words", "neighbour"}, "words", id="then its words"),
        pytest.param({"neighbour"}, "neighbour", id="then its neighbours"),
        pytest.param(set(), None, id="then nothing"),
    ],
)
def test_order_of_precedence(kept, origin):
    asked = photo(0, HERE if "own" in kept else None, LISBON if "words" in kept else PlaceWords())
    photos = [asked, photo(5, Position(10, 10))] if "neighbour" in kept else [asked]
    found = resolve(photos, TRACK if "track" in kept else None)[0]
    assert (found and found.origin) == origin


@pytest.mark.parametrize(
    "position",
    [
        pytest.param(Position(0.0, 0.0), id="0/0"),
        pytest.param(Position(91.0, 10.0), id="beyond the pole"),
        pytest.param(Position(10.0, -181.0), id="too far west"),
        pytest.param(Position(float("nan"), 10.0), id="not a number"),
        pytest.param(Position(10.0, float("inf")), id="endless"),
    ],
)
def test_a_position_that_cannot_be_is_unknown(position):
    assert resolve([photo(0, position)]) == (None,)
    assert resolve([photo(0, position)], TRACK) == (Position(40.0, 20.0, 8.0, "track"),)
    assert resolve([photo(0, position), photo(1)]) == (None, None)


def test_strict_takes_exif_and_track_only():
    photos = [photo(0, HERE), photo(1), photo(500, words=LISBON)]
    assert resolve(photos, origins=STRICT_ORIGINS) == (HERE, None, None)
    origins = [p and p.origin for p in resolve(photos, TRACK, origins=STRICT_ORIGINS)]
    assert origins == ["exif", "track", None]


NEAR = Position(48.1, 11.5)
FAR = Position(49.1, 11.5)


@pytest.mark.parametrize(
    ("others", "lat"),
    [
        pytest.param([photo(16, NEAR)], None, id="16 minutes are too many"),
        pytest.param([photo(5, NEAR, owner="ben")], None, id="somebody else's photo"),
        pytest.param([photo(5, NEAR, time_origin="file")], None, id="a photo whose time is its file's"),
        pytest.param([photo(-361, NEAR), photo(361, NEAR)], None, id="too long for a stay between photos"),
        pytest.param([photo(-60, NEAR), photo(60, FAR)], None, id="two places, an hour from each"),
        pytest.param([photo(14, NEAR)], 48.1, id="14 minutes later"),
        pytest.param([photo(-14, NEAR)], 48.1, id="14 minutes before"),
        pytest.param([photo(-5, NEAR), photo(5, FAR)], 48.6, id="half way between two"),
        pytest.param([photo(-14, FAR), photo(12, NEAR)], 48.1, id="26 minutes between them: the nearer one"),
        pytest.param([photo(-100, NEAR), photo(100, NEAR)], 48.1, id="a stay at one place"),
        pytest.param([photo(-5, Position(48.2, 11.5, 9e3, "words")), photo(10, NEAR)], 48.1, id="exact before coarse"),
    ],
)
def test_neighbours(others, lat):
    found = resolve([photo(0), *others])[0]
    assert (found and found.origin) == (None if lat is None else "neighbour")
    assert lat is None or (found is not None and found.lat == pytest.approx(lat))


def test_neighbours_of_words_are_as_coarse_as_words():
    by_words, beside = resolve([photo(0, words=LISBON), photo(5)])
    assert by_words is not None
    assert beside == Position(by_words.lat, by_words.lon, by_words.radius_m, "neighbour")


def test_what_neighbours_gave_is_not_handed_on():
    assert resolve([photo(0, HERE), photo(14), photo(28)])[2] is None


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        pytest.param(photo(0, time_origin="file"), False, id="the file's time says nothing"),
        pytest.param(
            photo(taken_at=START.replace(second=0), time_origin="name"), False, id="a day read off a name says nothing"
        ),
        pytest.param(photo(0, time_origin="name"), True, id="a second read off a name does"),
        pytest.param(photo(taken_at=START.replace(second=0)), True, id="EXIF at a full hour does"),
    ],
)
def test_only_known_moments_are_looked_up(asked, known):
    assert (resolve([asked], TRACK) != (None,)) is known


def test_no_photos():
    assert resolve([], TRACK) == ()


def walk(seed, days=20):
    """Return times (s) and positions of somebody who stays, walks and rides, one fix a minute, some hours missing."""
    rng = np.random.default_rng(seed)
    minutes = np.arange(days * 24 * 60)
    speed_m = np.repeat(rng.choice([0, 0, 0, 60, 600], days * 24), 60)
    heading = np.repeat(rng.uniform(0, 2 * np.pi, days * 24), 60)
    north, east = (np.concatenate([[0], np.cumsum(speed_m * way(heading))[:-1]]) for way in (np.cos, np.sin))
    lat = 48 + north / 111_195
    return START.timestamp() + 60.0 * minutes, lat, 11 + east / 111_195 / np.cos(np.radians(lat))


@pytest.mark.parametrize("seed", [1, 2])
def test_half_of_a_library_gets_its_hidden_gps_back_from_its_track(seed):
    rng = np.random.default_rng(100 + seed)
    time_s, lat, lon = walk(seed)
    rows = np.sort(rng.choice(len(time_s), 1_000, replace=False))
    hidden = rng.random(len(rows)) < 0.5
    photos = [
        photo(
            taken_at=datetime.fromtimestamp(time_s[row], UTC), position=None if hide else Position(lat[row], lon[row])
        )
        for row, hide in zip(rows, hidden, strict=True)
    ]
    every = slice(None, None, 10)  # the track knows every tenth minute only
    found = resolve(photos, make_track(time_s[every], lat[every], lon[every]), origins=STRICT_ORIGINS)
    inside = rows <= (len(time_s) - 1) // 10 * 10
    assert [p is not None for p in found] == (inside | ~hidden).tolist()
    off_m = np.array([distance_m(p.lat, p.lon, lat[row], lon[row]) for p, row in zip(found, rows, strict=True) if p])
    told_m = np.array([p.radius_m for p in found if p])
    assert {p.origin for p in found if p} == {"exif", "track"}
    assert np.all(off_m <= told_m + 1)
    assert off_m.max() < 2
