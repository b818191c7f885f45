"""Events: runs of photos of one happening, with trips, piles by person, places and titles."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import numpy as np

import plugins
from plugins.events import ORIGINS, Clustering, EventMethod, Places
from plugins.places.naming import distinct_titles, place_line
from plugins.publishing.wanted import natural_key
from plugins.records import Event, Photo, Pile, Position
from plugins.sections import fingerprint
from plugins.settings import SettingsWrong
from tasks.caching import Skipped, cached_step, digest, digest_each
from tasks.context import Opened
from tasks.event_photos import Shown, Taken, named_anywhere
from tasks.features import faces_or_skip
from tasks.piles import piles_of

NAMING_VERSION = "2"  # of titles and places of events: a new one names every event again
PHOTOS_GROUPED = "cluster_events/photos"  # under which the store notes of which photos the events are


def method_of(here: Opened, home: tuple[float, float] | None) -> EventMethod:
    """Return the event method of the settings, told where home is.

    Raises:
        SettingsWrong: the options do not fit it.
    """
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


def _face_inputs(here: Opened, photos: Sequence[Photo]) -> Sequence[object]:
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return ("no faces",)
    said = here.store.labelled_faces.fingerprint(here.name, extractor.name, extractor.version)
    people = [(person.id, person.name, person.hidden) for person in here.store.people.all(here.name)]
    made_by = (extractor.name, extractor.version)
    missing = here.store.faces.missing([p.content_key for p in photos], *made_by, extractor.dim)
    versions = (*made_by, extractor.event_threshold)
    return (*versions, digest(missing), said, digest(people))


def _photo_inputs(here: Opened, photos: Sequence[Photo], excluded: object) -> Sequence[object]:
    """Return what it depends on which photos are one event: of the photos not their ratings, tags and faces."""
    return (
        digest_each((p.id, p.content_key, p.taken_at.timestamp(), p.taken_local.isoformat()) for p in photos),
        digest(excluded),
        here.store.positions.fingerprint(here.name),
        fingerprint(here.config.events),
        here.config.places.home,
        method_of(here, None).version,
    )


def _inputs(here: Opened) -> Sequence[object]:
    """Return what events depend on: which photos they are made of, and whom these show."""
    photos, excluded = here.curated(here.store.photos.each(here.name))
    named = here.once(named_anywhere)
    return (
        NAMING_VERSION,
        *_photo_inputs(here, photos, excluded),
        here.config.albums.away_km,
        digest_each((photo.id, named[photo.id]) for photo in photos if photo.id in named),
        *_face_inputs(here, photos),
    )


@cached_step(_inputs)
def cluster_events(here: Opened) -> dict[str, Any]:
    """Group the photos into events and trips, with piles by person, and name them.

    Where only people have changed, as by a new name, the events stay and their piles and titles are made anew.
    """
    library = Shown(here, Taken(here))
    method = method_of(here, library.taken.home)
    key = digest(*_photo_inputs(here, library.photos, library.taken.excluded))
    known = _known(here, library) if here.store.steps.holds(here.name, PHOTOS_GROUPED, key) else None
    found = clustered(method, library.taken) if known is None else known
    piles = piles_of(here, library, method, found.event)
    events = events_of(library, found, piles, here.config.albums.away_km)
    with here.store.transaction():
        here.store.events.save(here.name, events)
        here.store.steps.record(here.name, PHOTOS_GROUPED, key, {"events": len(events)})
    return {
        "photos": len(library.photos),
        "excluded": library.taken.excluded,
        "events": len(events),
        "trips": len({event.trip for event in events if event.trip}),
        "regrouped": known is None,
    }


def _known(here: Opened, library: Shown) -> Clustering | None:
    """Return the events and trips that the store holds, without piles; None where they are not of these photos."""
    events = here.store.events.all(here.name)
    number = {photo: n for n, event in enumerate(events) for photo in event.photos}
    if number.keys() != {photo.id for photo in library.photos}:
        return None
    trips = {key: n for n, key in enumerate(dict.fromkeys(event.trip for event in events if event.trip))}
    event = np.array([number[photo.id] for photo in library.photos], dtype=np.int64)
    trip = np.array([trips.get(events[n].trip, -1) for n in event.tolist()], dtype=np.int64)
    away = np.array([events[n].away for n in event.tolist()], dtype=np.bool_)
    return Clustering(event, trip, away, ((),) * len(events), np.zeros(0, dtype=np.int64))


def clustered(method: EventMethod, library: Taken) -> Clustering:
    """Return the events that a method finds, without piles: these are made of faces that are read bit by bit."""
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
    return method.cluster(taken_s, places, None, local_s - taken_s)


def events_of(library: Shown, found: Clustering, piles: Sequence[tuple[Pile, ...]], away_km: float) -> list[Event]:
    """Return events by time, with what they are called; their numbers must be in order of time, as `piles` are."""
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
                piles=piles[n],
            )
        )
    return events


def _trips(library: Shown, found: Clustering, rows_of: Mapping[int, Sequence[int]]) -> dict[int, tuple[str, str]]:
    """Return key and title of each trip."""
    rows: dict[int, list[int]] = {}
    for n in sorted(rows_of):
        trip = int(found.trip[rows_of[n][0]])
        if trip >= 0:
            rows.setdefault(trip, []).extend(rows_of[n])
    return {trip: (natural_key("trip", library.photos[r[0]].id), library.title(r)) for trip, r in rows.items()}
