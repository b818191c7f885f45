"""Covers: the photo that stands for each event and trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

import plugins
from plugins.covers import Album, CoverMethod, Pictures, Ranking
from plugins.sections import fingerprint
from plugins.store import ChosenCover
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
    pictures = _pictures(here)
    rows = {photo: row for row, photo in enumerate(pictures.ids)}
    members = {key: [rows[photo] for photo in photos if photo in rows] for key, photos in groups.items()}
    albums = {key: Album(np.array(found, np.int64)) for key, found in members.items() if found}
    chosen = {
        key: _chosen(pictures, album, ranking)
        for (key, album), ranking in zip(albums.items(), method.rank(pictures, [*albums.values()]), strict=True)
    }
    here.store.covers.save(here.name, chosen)
    return {"covers": len(chosen)}


def _chosen(pictures: Pictures, album: Album, ranking: Ranking) -> ChosenCover:
    return ChosenCover(pictures.ids[album.candidates[ranking.best]])


def _pictures(here: Opened) -> Pictures:
    """Return the library's photos in order of time, with what extraction measured of them."""
    photos = sorted(here.store.photos.all(here.name), key=lambda photo: (photo.taken_at, photo.id))
    keys = [photo.content_key for photo in photos]
    sharp = here.store.measures.among(keys, *SHARPNESS)
    return Pictures.of(
        [photo.id for photo in photos],
        np.array([photo.taken_at.timestamp() for photo in photos]),
        sharpness=np.array([sharp.get(key, np.nan) for key in keys], np.float32),
        favourite=np.array([photo.favourite for photo in photos], np.bool_),
        rating=np.array([photo.rating for photo in photos], np.int64),
        video=np.array([photo.kind == "video" for photo in photos], np.bool_),
        **_faces(here, keys),
    )


def _faces(here: Opened, keys: Sequence[str]) -> dict[str, Any]:
    """Return the columns of faces; none where no face extractor can be used."""
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return {}
    table = here.store.faces.table(list(dict.fromkeys(keys)), extractor.name, extractor.version)
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(table.content_keys):
        rows.setdefault(key, []).append(row)
    shares = (table.boxes[:, 2] - table.boxes[:, 0]) * (table.boxes[:, 3] - table.boxes[:, 1])
    of_each = [rows.get(key, []) for key in keys]
    return {
        "n_faces": np.array([len(found) for found in of_each], np.float32),
        "face_share": np.array([shares[found].max(initial=0) for found in of_each], np.float32),
        "face_quality": np.array([table.quality[found].max(initial=0) for found in of_each], np.float32),
        "faces": table.vectors[[row for found in of_each for row in found]],
        "face_of": np.repeat(np.arange(len(keys)), [len(found) for found in of_each]),
    }
