"""Why our covers are what they are, from what the store knows: the favourites that they resemble, else measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from plugins.covers import Pictures
from plugins.covers.reasons import plain_reason
from plugins.pages.album_covers import AlbumCover, album_covers, cover_reason, interest_of
from plugins.publishing.wanted import rules_of
from plugins.records import Photo
from plugins.store import VideoCover
from plugins.store.measures import SHARPNESS
from tasks.context import Opened


def covers_of(here: Opened, photos: Mapping[str, Photo]) -> list[AlbumCover]:
    """Return the covers of what is worth an album in a library, newest first; `photos` are all of it by id."""
    events, chosen = here.store.events.all(here.name), here.store.covers.all(here.name)
    return album_covers(events, photos, rules_of(here.config.albums), chosen)


def videos_of(here: Opened, photos: Mapping[str, Photo]) -> list[tuple[Photo, VideoCover]]:
    """Return the videos that have a cover, newest first, the same content once; `photos` are all by id."""
    by_content = {photo.content_key: photo for photo in photos.values()}
    covers = here.store.covers.videos(here.name)
    found = ((by_content[key], cover) for key, cover in covers.items() if key in by_content)
    return sorted(found, key=lambda one: (one[0].taken_at, one[0].id), reverse=True)


def reasons_of(here: Opened, covers: Sequence[AlbumCover], photos: Mapping[str, Photo]) -> dict[str, str]:
    """Return why each cover was chosen, by its key; `photos` are all of the library by id."""
    names = {id_: photo.name for id_, photo in photos.items()}
    plain = _plain_reasons(here, [one for one in covers if interest_of(one.chosen, one.chosen.photo) is None], photos)
    return {one.key: cover_reason(one.chosen, names, plain.get(one.key, "")) for one in covers}


def _plain_reasons(here: Opened, covers: Sequence[AlbumCover], photos: Mapping[str, Photo]) -> dict[str, str]:
    among = {one.key: [c.photo for c in one.chosen.candidates if c.photo in photos] for one in covers}
    pictures = _measured(here, [photos[id_] for id_ in dict.fromkeys(chain.from_iterable(among.values()))])
    row = {id_: place for place, id_ in enumerate(pictures.ids)}
    return {
        one.key: plain_reason(pictures, np.array([row[id_] for id_ in ids]), ids.index(one.chosen.photo))
        for one in covers
        if one.chosen.photo in (ids := among[one.key])
    }


def _measured(here: Opened, photos: Sequence[Photo]) -> Pictures:
    """Return what may speak for photos: what the user said of them, how sharp they are, and their faces."""
    sharp = here.store.measures.among([photo.content_key for photo in photos], *SHARPNESS)
    return Pictures.of(
        [photo.id for photo in photos],
        np.array([photo.taken_at.timestamp() for photo in photos]),
        sharpness=np.array([sharp.get(photo.content_key, np.nan) for photo in photos], np.float32),
        favourite=np.array([photo.favourite for photo in photos], np.bool_),
        rating=np.array([photo.rating for photo in photos], np.int64),
        **_faces(here, photos),
    )


def _faces(here: Opened, photos: Sequence[Photo]) -> dict[str, Any]:
    model = here.store.models.chosen(here.name, "faces")
    if model is None:
        return {}
    table = here.store.faces.table([photo.content_key for photo in photos], model.name, model.version)
    shares: dict[str, list[float]] = {}
    for key, (left, top, right, bottom) in zip(table.content_keys, table.boxes.tolist(), strict=True):
        shares.setdefault(key, []).append((right - left) * (bottom - top))
    of_each = [shares.get(photo.content_key, []) for photo in photos]
    return {
        "n_faces": np.array([len(found) for found in of_each], np.float32),
        "face_share": np.array([max(found, default=0.0) for found in of_each], np.float32),
    }
