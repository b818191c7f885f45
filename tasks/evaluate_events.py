"""Events against the albums that the user made of happenings: where they begin, and what is together."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

import numpy as np
from prefect import task

from plugins.evaluation import Role, Row
from plugins.event_scores import Happenings, calendar_days, event_figures, happenings
from plugins.events import Clustering, IntArray
from plugins.records import Photo
from tasks.caching import NEVER_CACHED, Receipt, ran
from tasks.context import Opened, opened
from tasks.evaluation import scored, told
from tasks.event_inputs import EventInputs


@task(name="evaluate_events", **NEVER_CACHED)
def _evaluate(library: str) -> dict[str, Any]:
    """Score the event methods on the user's own albums."""
    with opened(library) as here:
        given = EventInputs(here)
        truth = user_happenings(here, given)

        def score(other: Opened, name: str, role: Role) -> Iterator[Row]:
            began = time.monotonic()
            found = given.clustered(other)
            took = time.monotonic() - began
            yield Row(name, role, truth.n_albums, event_figures(truth, found.event), "events", seconds=took)
            if here.config.albums.trips and (found.trip >= 0).any():
                joined = event_figures(truth, _joined(found))
                yield Row(name, role, truth.n_albums, joined, "trips", seconds=took)

        rows = scored(here, "events", truth.n_albums, score)
        if rows:
            days = event_figures(truth, _days(given.photos))
            rows.append(Row("calendar_day", "baseline", truth.n_albums, days, "events"))
        photos = int((truth.album >= 0).sum())
        return told("albums", truth.n_albums, rows, photos=photos, left_out=dict(truth.left_out))


def evaluate_events(library: str) -> Receipt:
    """Score the event methods on the albums of the user's own that are one happening each.

    The figures: `scored` albums with so many `photos`; `left_out`, how many albums are no happening, by reason; `rows`
    as of `plugins.evaluation.Row`: of `events` alone, and with those of a trip as one (`trips`), as albums are made.
    """
    return ran(_evaluate, library)


def user_happenings(here: Opened, given: EventInputs) -> Happenings:
    """Return the albums of the user that are happenings; none that we have ever made is among them."""
    ours = {album.gallery_id for album in here.store.ledger.load(here.name).albums.values()}
    row = {photo.id: n for n, photo in enumerate(given.photos)}
    albums = [
        np.array(sorted({row[id_] for id_ in members if id_ in row}), dtype=np.int64)
        for album, members in here.user_albums()
        if album.id not in ours
    ]
    return happenings(albums, np.array([photo.taken_at.timestamp() for photo in given.photos]))


def _joined(found: Clustering) -> IntArray:
    """Return the events with those of one trip as one."""
    return np.where(found.trip >= 0, -1 - found.trip, found.event)


def _days(photos: Sequence[Photo]) -> IntArray:
    taken_s = np.array([photo.taken_at.timestamp() for photo in photos])
    local_s = np.array([photo.taken_local.replace(tzinfo=UTC).timestamp() for photo in photos])
    return calendar_days(taken_s, local_s - taken_s)
