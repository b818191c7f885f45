"""The year that the drawn sample photos tell: when, where, in which light, and which scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from plugins.sample import _rooms as rooms
from plugins.sample import _scenes as scenes
from plugins.sample import _towns as towns
from plugins.sample._brush import Brush

Scene: TypeAlias = Callable[[Brush, str], None]

SCENES: dict[str, Scene] = {
    "beach": scenes.beach,
    "birthday": rooms.birthday,
    "cake": rooms.cake,
    "cat": rooms.cat,
    "desk": rooms.desk,
    "dinner": rooms.dinner,
    "garden": rooms.garden,
    "lake": scenes.lake,
    "palace": towns.palace,
    "skyline": towns.skyline,
    "snowman": rooms.snowman,
    "tiles": towns.tiles,
    "town": towns.hill_town,
    "tram": towns.tram_street,
    "tree": rooms.christmas_tree,
    "wheel": towns.ferris_wheel,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session is: degrees, how far the photographer walks about, and the zone of time there."""

    lat: float
    lon: float
    spread_m: float
    zone: str


@dataclass(frozen=True, slots=True)
class Session:
    """Photos taken in one go, about `every_min` minutes apart; `shots` are pairs of scene and light."""

    start: datetime
    place: Place
    every_min: float
    shots: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One event of the year; a chapter without a title is a single snapshot that belongs to no event."""

    key: str
    title: str
    sessions: tuple[Session, ...]


_HOME_WINTER = Place(53.5846, 9.9528, 12, "+01:00")
_HOME = Place(53.5846, 9.9528, 12, "+02:00")
_ALFAMA = Place(38.7120, -9.1300, 200, "+01:00")
_SINTRA = Place(38.7876, -9.3906, 150, "+01:00")
_BELEM = Place(38.6970, -9.2060, 200, "+01:00")
_LAKE = Place(54.1500, 10.4300, 250, "+02:00")
_BEACH = Place(54.3090, 8.6010, 200, "+02:00")
_CITY = Place(48.2085, 16.3731, 200, "+02:00")
_PRATER = Place(48.2166, 16.3958, 120, "+02:00")


def _session(start: str, place: Place, every_min: float, shots: str) -> Session:
    """Return a session from text: the start without its year, and words in turn scene, light, scene, light."""
    words = shots.split()
    pairs = tuple(zip(words[::2], words[1::2], strict=True))
    return Session(datetime.fromisoformat(f"2024-{start}"), place, every_min, pairs)


STORY = (
    Chapter("snow", "", (_session("01-09T13:20", _HOME_WINTER, 1, "snowman day"),)),
    Chapter("plant", "", (_session("02-24T10:05", _HOME_WINTER, 1, "desk day"),)),
    Chapter("cat", "", (_session("03-17T17:40", _HOME_WINTER, 1, "cat day"),)),
    Chapter(
        "lisbon",
        "Three days in Lisbon",
        (
            _session("05-03T17:20", _ALFAMA, 14, "tram day tiles day tram golden town golden"),
            _session("05-03T20:45", _ALFAMA, 20, "town dusk tram night"),
            _session("05-04T10:25", _SINTRA, 17, "palace day palace day tiles day palace day"),
            _session("05-04T19:10", _ALFAMA, 12, "tiles golden town golden"),
            _session("05-05T09:40", _BELEM, 16, "town day tram day tiles day"),
        ),
    ),
    Chapter(
        "birthday",
        "A birthday at home",
        (
            _session("05-12T14:10", _HOME, 13, "birthday day birthday day cake day garden day garden day"),
            _session("05-12T17:30", _HOME, 22, "garden day birthday day cake day garden golden"),
        ),
    ),
    Chapter(
        "lake",
        "An outing to the lake",
        (
            _session("06-22T14:15", _LAKE, 21, "lake day lake day lake day lake day lake day"),
            _session("06-22T20:10", _LAKE, 27, "lake golden lake golden lake golden lake dusk"),
        ),
    ),
    Chapter("coffee", "", (_session("07-03T08:15", _HOME, 1, "desk day"),)),
    Chapter(
        "beach",
        "A day at the beach",
        (
            _session("07-13T13:30", _BEACH, 18, "beach day beach day beach day beach day beach day beach day"),
            _session("07-13T20:00", _BEACH, 30, "beach golden beach golden beach golden beach dusk"),
        ),
    ),
    Chapter("window", "", (_session("08-17T10:15", _HOME, 1, "cat day"),)),
    Chapter(
        "vienna",
        "A day in Vienna",
        (
            _session("09-28T11:50", _CITY, 19, "skyline day skyline day tiles day skyline day"),
            _session("09-28T17:15", _PRATER, 20, "wheel day wheel golden wheel dusk"),
            _session("09-28T18:50", _CITY, 25, "skyline dusk skyline night"),
        ),
    ),
    Chapter("autumn", "", (_session("10-20T16:30", _HOME, 1, "desk day"),)),
    Chapter(
        "dinner",
        "A dinner at home",
        (
            _session("12-14T18:20", _HOME_WINTER, 11, "tree night dinner night dinner night tree night dinner night"),
            _session("12-14T19:40", _HOME_WINTER, 16, "dinner night cake night dinner night tree night"),
        ),
    ),
)
