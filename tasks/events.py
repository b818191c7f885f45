"""Events: runs of photos of one happening, with trips, piles by person, places and titles."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import numpy as np

import plugins
from plugins.events import ORIGINS, Clustering, EventMethod, Faces, Places
from plugins.places import geocode
from plugins.places.earth import distance_m
from plugins.places.geocode import Place
from plugins.places.home import find_home, is_home
from plugins.places.naming import distinct_titles, event_title, place_line
from plugins.publishing.wanted import natural_key
from plugins.records import Event, Photo, Pile, Position
from plugins.sections import fingerprint
from plugins.settings import SettingsWrong
from tasks.caching import Skipped, cached_step, digest
from tasks.context import Opened
from tasks.features import faces_or_skip

NAMING_VERSION = "1"  # of titles and places of events: a new one names every event again
METHOD_SLACK = 0.05  # what patent 000's method takes off the threshold inside an event, by default
EXACT_M = 1_000.0  # a position vaguer than this says little about where home is


class _Photos:
    """The photos of a library with all that is said about them, each list in the same order."""

    def __init__(self, here: Opened) -> None:
        self.photos, self.excluded = here.curated()
        known = here.store.positions.all(here.name)
        self.positions: list[Position | None] = [known.get(photo.id) for photo in self.photos]
        self.places: Sequence[Place | None] = geocode.name_positions(self.positions)
        self.home = here.config.places.home_position or self._found_home()
        self.at_home = [
            p is not None and self.home is not None and is_home(p.lat, p.lon, self.home) for p in self.positions
        ]
        here_is = geocode.name_places([self.home[0]], [self.home[1]])[0] if self.home else None
        self.home_country = here_is.country if here_is else ""
        named = _named(here, self.photos)
        self.people: list[set[str]] = [set(named.get(photo.id, ())) for photo in self.photos]

    def _found_home(self) -> tuple[float, float] | None:
        exact = [
            (p, t) for p, t in zip(self.positions, self.photos, strict=True) if p is not None and p.radius_m <= EXACT_M
        ]
        lat, lon = np.array([p.lat for p, _ in exact]), np.array([p.lon for p, _ in exact])
        return find_home(lat, lon, [photo.taken_local for _, photo in exact])

    def away(self, rows: Sequence[int], away_km: float) -> bool:
        """Say whether these photos were taken away from home, or nobody knows where."""
        found = [p for p in (self.positions[row] for row in rows) if p is not None]
        if self.home is None or not found:
            return True
        far = [float(distance_m(p.lat, p.lon, *self.home)) for p in found]
        return float(np.median(far)) > 1000 * away_km

    def title(self, rows: Sequence[int]) -> str:
        """Name the happening that these photos show."""
        return event_title(
            [self.photos[row].taken_local for row in rows],
            [self.places[row] for row in rows],
            [self.at_home[row] for row in rows],
            [self.people[row] for row in rows],
            self.home_country,
        )


def _method(here: Opened, home: tuple[float, float] | None) -> EventMethod:
    wanted = here.config.events
    plugin = plugins.load("events", wanted.method)
    takes = inspect.signature(plugin).parameters
    given: dict[str, Any] = {"mode": wanted.mode, "home": home}
    keywords = {name: value for name, value in given.items() if name in takes} | wanted.keywords
    try:
        method: EventMethod = plugin(**keywords)
    except (TypeError, ValueError) as error:
        raise SettingsWrong(f"[events] options do not fit {wanted.method}: {error}") from error
    return method


def _named(here: Opened, photos: Sequence[Photo]) -> dict[str, list[str]]:
    """Return whom the gallery itself names on each photo, faces found or not; photos without a name are left out."""
    names = ((photo.id, sorted({region.name for region in here.gallery.regions(photo)} - {""})) for photo in photos)
    return {photo: found for photo, found in names if found}


def _face_inputs(here: Opened, photos: Sequence[Photo]) -> Sequence[object]:
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return ("no faces",)
    labels = here.store.people.labels(here.name, extractor.name, extractor.version)
    said = sorted((*face, label.person) for face, label in labels.items())
    missing = here.store.faces.missing([p.content_key for p in photos], extractor.name, extractor.version)
    return (extractor.name, extractor.version, extractor.event_threshold, digest(missing), digest(said))


def _inputs(here: Opened) -> Sequence[object]:
    """Return what events depend on: of the photos not their ratings and tags, but whether they are left out by them."""
    config, (photos, excluded) = here.config, here.curated()
    return (
        NAMING_VERSION,
        digest([(p.id, p.content_key, p.taken_at.timestamp(), p.taken_local.isoformat()) for p in photos]),
        digest(excluded),
        here.store.positions.fingerprint(here.name),
        fingerprint(config.events),
        config.places.home,
        config.albums.away_km,
        _method(here, None).version,
        digest(_named(here, photos)),
        *_face_inputs(here, photos),
    )


@cached_step(_inputs)
def cluster_events(here: Opened) -> dict[str, Any]:
    """Group the photos into events and trips, with piles by person, and name them."""
    library = _Photos(here)
    method = _method(here, library.home)
    faces, names = _faces(here, library)
    found = _cluster(method, library, faces)
    events = _events(library, found, names, here.config.albums.away_km)
    here.store.events.save(here.name, events)
    return {
        "photos": len(library.photos),
        "excluded": library.excluded,
        "events": len(events),
        "trips": len({event.trip for event in events if event.trip}),
    }


def _cluster(method: EventMethod, library: _Photos, faces: Faces | None) -> Clustering:
    nowhere = Position(np.nan, np.nan)
    positions = [position or nowhere for position in library.positions]
    origins = [ORIGINS.index(p.origin) if p is not None else 0 for p in library.positions]
    places = Places.of(
        np.array([p.lat for p in positions]),
        np.array([p.lon for p in positions]),
        np.array([p.radius_m for p in positions]),
        np.array(origins, dtype=np.int64),
    )
    taken_s = np.array([photo.taken_at.timestamp() for photo in library.photos])
    local_s = np.array([photo.taken_local.replace(tzinfo=UTC).timestamp() for photo in library.photos])
    return method.cluster(taken_s, places, faces, local_s - taken_s)


def _faces(here: Opened, library: _Photos) -> tuple[Faces | None, list[str]]:
    """Return the faces of the photos and the names of known people by number; notes who is in which photo."""
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return None, []
    rows: dict[str, list[int]] = {}
    for row, photo in enumerate(library.photos):
        rows.setdefault(photo.content_key, []).append(row)
    table = here.store.faces.table(rows, extractor.name, extractor.version)
    labels = here.store.people.labels(here.name, extractor.name, extractor.version)
    names = sorted({label.person for label in labels.values()})
    number = {name: n for n, name in enumerate(names)}
    # A picture that lies in the library twice shows its faces twice.
    pairs = [(row, face) for face, key in enumerate(table.content_keys) for row in rows[key]]
    person = []
    for row, face in pairs:
        label = labels.get((table.content_keys[face], int(table.index[face])))
        person.append(number[label.person] if label else -1)
        if label:
            library.people[row].add(label.person)
    faces = [face for _, face in pairs]
    threshold = extractor.event_threshold + METHOD_SLACK
    photo_rows = np.array([row for row, _ in pairs], dtype=np.int64)
    people = np.array(person, dtype=np.int64)
    return Faces(photo_rows, table.vectors[faces], table.weight[faces].astype(np.float64), threshold, people), names


def _events(library: _Photos, found: Clustering, names: Sequence[str], away_km: float) -> list[Event]:
    rows_of: dict[int, list[int]] = {}
    for row, event in enumerate(found.event.tolist()):
        rows_of.setdefault(event, []).append(row)  # photos are in time order, so are the rows of each event
    order = sorted(rows_of)
    starts = [library.photos[rows_of[n][0]].taken_local for n in order]
    titles = distinct_titles([library.title(rows_of[n]) for n in order], starts)
    trips = _trips(library, found, rows_of)
    events = []
    for n, title in zip(order, titles, strict=True):
        rows = rows_of[n]
        trip, trip_title = trips.get(int(found.trip[rows[0]]), ("", ""))
        events.append(
            Event(
                key=natural_key("event", library.photos[rows[0]].id),
                photos=tuple(library.photos[row].id for row in rows),
                title=title,
                place=place_line([library.places[row] for row in rows]),
                trip=trip,
                trip_title=trip_title,
                away=library.away(rows, away_km),
                piles=tuple(_piles(library.photos, found, n, names)),
            )
        )
    return events


def _trips(library: _Photos, found: Clustering, rows_of: Mapping[int, Sequence[int]]) -> dict[int, tuple[str, str]]:
    """Return key and title of each trip."""
    rows: dict[int, list[int]] = {}
    for n in sorted(rows_of):
        trip = int(found.trip[rows_of[n][0]])
        if trip >= 0:
            rows.setdefault(trip, []).extend(rows_of[n])
    return {trip: (natural_key("trip", library.photos[r[0]].id), library.title(r)) for trip, r in rows.items()}


def _piles(photos: Sequence[Photo], found: Clustering, event: int, names: Sequence[str]) -> list[Pile]:
    """Return the piles of an event; people whom nobody has named are numbered within it."""
    called = [
        (
            tuple(_called(p, names) for p in sorted(pile.people, key=_named_first)),
            tuple(photos[i].id for i in pile.photos),
        )
        for pile in found.piles[event]
    ]
    return [Pile(people, members) for people, members in called]


def _called(person: int, names: Sequence[str]) -> str:
    return names[person] if person >= 0 else f"person {-person}"


def _named_first(person: int) -> tuple[bool, int]:
    return person < 0, abs(person)
