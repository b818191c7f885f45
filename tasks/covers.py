"""Covers: the photo that stands for each event and trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import plugins
from plugins.covers import Candidate, CoverMethod
from plugins.records import Photo
from plugins.sections import fingerprint
from plugins.store import FaceTable
from tasks.caching import Skipped, cached_step, digest
from tasks.context import Opened
from tasks.features import SHARPNESS, faces_or_skip


def _method(here: Opened) -> CoverMethod:
    return cast("CoverMethod", plugins.load("covers", here.config.covers.method)())


def _inputs(here: Opened) -> Sequence[object]:
    events = [(event.key, event.photos, event.trip) for event in here.store.events.all(here.name)]
    keys = [photo.content_key for photo in here.store.photos.all(here.name)]
    sharp = here.store.measures.among(keys, *SHARPNESS)
    return (
        digest(events),
        here.store.photos.fingerprint(here.name),
        digest(sorted(sharp.items())),
        fingerprint(here.config.covers),
        _method(here).version,
        *_face_inputs(here, keys),
    )


def _face_inputs(here: Opened, keys: Sequence[str]) -> Sequence[object]:
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return ("no faces",)
    missing = here.store.faces.missing(keys, extractor.name, extractor.version)
    return (extractor.name, extractor.version, digest(missing))


@cached_step(_inputs)
def choose_covers(here: Opened) -> dict[str, Any]:
    """Choose the photo that stands for each event and each trip."""
    method = _method(here)
    groups: dict[str, list[str]] = {}
    for event in here.store.events.all(here.name):
        groups[event.key] = list(event.photos)
        if event.trip:
            groups.setdefault(event.trip, []).extend(event.photos)
    candidates = _candidates(here)
    chosen: dict[str, str] = {}
    for key, photos in groups.items():
        shown = [candidates[photo] for photo in photos if photo in candidates]
        if shown:
            chosen[key] = shown[method.choose(shown)].photo
    here.store.covers.save(here.name, chosen)
    return {"covers": len(chosen)}


def _candidates(here: Opened) -> dict[str, Candidate]:
    photos = here.store.photos.all(here.name)
    keys = [photo.content_key for photo in photos]
    sharp = here.store.measures.among(keys, *SHARPNESS)
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return {photo.id: _candidate(photo, sharp.get(photo.content_key, 0.0), None, []) for photo in photos}
    table = here.store.faces.table(keys, extractor.name, extractor.version)
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(table.content_keys):
        rows.setdefault(key, []).append(row)
    return {
        photo.id: _candidate(photo, sharp.get(photo.content_key, 0.0), table, rows.get(photo.content_key, []))
        for photo in photos
    }


def _candidate(photo: Photo, sharpness: float, table: FaceTable | None, rows: Sequence[int]) -> Candidate:
    shares, quality = [0.0], [0.0]
    if table is not None and rows:
        boxes = table.boxes[rows]
        shares = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).tolist()
        quality = table.quality[rows].tolist()
    return Candidate(
        photo=photo.id,
        taken_s=photo.taken_at.timestamp(),
        sharpness=sharpness,
        n_faces=len(rows),
        largest_face_share=max(shares),
        best_face_quality=max(quality),
        favourite=photo.favourite,
        rating=photo.rating,
        kind=photo.kind,
    )
