"""What events are made of and named by: photos with where they were taken, where home is, and who is on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

import numpy as np

from plugins.chunking import chunks
from plugins.places import geocode
from plugins.places.earth import distance_m
from plugins.places.geocode import Place
from plugins.places.home import find_home, is_home
from plugins.places.naming import event_title
from plugins.records import Photo, Position
from tasks.caching import Skipped
from tasks.context import Opened
from tasks.features import faces_or_skip
from tasks.standing import Words

_NOBODY: Final = frozenset[str]()
EXACT_M = 1_000.0  # a position vaguer than this says little about where home is


class Taken:
    """The photos of a library that methods may use, by time, where each was taken, and where home is."""

    def __init__(self, here: Opened) -> None:
        self.photos, self.excluded = here.curated(here.store.photos.each(here.name))
        known = here.store.positions.all(here.name)
        self.positions: list[Position | None] = [known.get(photo.id) for photo in self.photos]
        self.home = here.config.places.home_position or self._found_home()

    def _found_home(self) -> tuple[float, float] | None:
        exact = [
            (p, t) for p, t in zip(self.positions, self.photos, strict=True) if p is not None and p.radius_m <= EXACT_M
        ]
        lat, lon = np.array([p.lat for p, _ in exact]), np.array([p.lon for p, _ in exact])
        return find_home(lat, lon, [photo.taken_local for _, photo in exact])


class Shown:
    """Photos with all that is said about them, each list in the same order; all that were taken, or these rows."""

    def __init__(self, here: Opened, taken: Taken, rows: Sequence[int] | None = None) -> None:
        self.taken, chosen = taken, range(len(taken.photos)) if rows is None else rows
        self.photos = [taken.photos[row] for row in chosen]
        self.positions = [taken.positions[row] for row in chosen]
        self.places: Sequence[Place | None] = geocode.name_positions(self.positions)
        home = taken.home
        self.at_home = [p is not None and home is not None and is_home(p.lat, p.lon, home) for p in self.positions]
        here_is = geocode.name_places([home[0]], [home[1]])[0] if home else None
        self.home_country = here_is.country if here_is else ""
        named = here.once(named_anywhere) if rows is None else named_on(here, self.photos)
        self._together: dict[frozenset[str], frozenset[str]] = {}
        self.people: dict[int, frozenset[str]] = {}
        for row, photo in enumerate(self.photos):
            self.notice(row, named.get(photo.id, ()))

    def notice(self, row: int, names: Iterable[str]) -> None:
        """Note who is on a photo, beside those who are known to be; photos of the same people share one set."""
        together = self.people.get(row, _NOBODY).union(names)
        if together:
            self.people[row] = self._together.setdefault(together, together)

    def away(self, rows: Sequence[int], away_km: float) -> bool:
        """Say whether these photos were taken away from home, or nobody knows where."""
        home, found = self.taken.home, [p for p in (self.positions[row] for row in rows) if p is not None]
        if home is None or not found:
            return True
        far = [float(distance_m(p.lat, p.lon, *home)) for p in found]
        return float(np.median(far)) > 1000 * away_km

    def title(self, rows: Sequence[int]) -> str:
        """Name the happening that these photos show."""
        return event_title(
            [self.photos[row].taken_local for row in rows],
            [self.places[row] for row in rows],
            [self.at_home[row] for row in rows],
            [self.people.get(row, _NOBODY) for row in rows],
            self.home_country,
        )


def named_anywhere(here: Opened) -> Mapping[str, tuple[str, ...]]:
    """Return the same as `named_on` for all photos of a library; to be asked `once`.

    Photos are read a few at a time: a gallery may be asked for an hour, and no reading stays open so long.
    """
    parts = chunks(here.store.photos.ids(here.name))
    return named_on(here, chain.from_iterable(here.store.photos.get(here.name, part).values() for part in parts))


def named_on(here: Opened, photos: Iterable[Photo]) -> Mapping[str, tuple[str, ...]]:
    """Return whom the gallery itself names on each photo, faces found or not; photos without a name are left out.

    Left out as well are names that somebody has whom the gallery hides, and those that only we have given it: where
    faces are looked at they are known from these.
    """
    hidden = {person.name for person in here.store.people.all(here.name) if person.hidden}
    words = Words(here) if _looks_at_faces(here) else None
    found: dict[str, tuple[str, ...]] = {}
    together: dict[tuple[str, ...], tuple[str, ...]] = {}
    for photo, regions in here.gallery.regions_of_people(photos):
        theirs = (r for r in regions if r.name and not (words and words.is_ours(r)))
        if names := tuple(sorted({region.name for region in theirs} - hidden)):
            found[photo.id] = together.setdefault(names, names)
    return found


def _looks_at_faces(here: Opened) -> bool:
    try:
        faces_or_skip(here)
    except Skipped:
        return False
    return True
