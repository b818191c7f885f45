"""The pictures of a library as cover methods take them: what the store knows of its photos, in order of time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias, cast

import numpy as np

from plugins.chunking import chunks
from plugins.covers import Floats, IntArray, Pictures
from plugins.covers.video_frames import frame_key
from plugins.exclusion import excluded
from plugins.features import FaceExtractor, PictureExtractor
from plugins.records import Photo
from tasks.caching import Skipped
from tasks.context import Opened
from tasks.cover_columns import FacesFound, StoredScenes, is_large
from tasks.cover_models import LibraryMethod
from tasks.features import EXPOSURE, SHARPNESS, Extractors, extractors, faces_or_skip, pictures_or_skip

Columns: TypeAlias = dict[str, Any]
PHOTOS_AT_ONCE: Final = 4_096
"""Photos whose faces are read in one go."""
GUESSED: Final = {"screenshots": False, "messenger": False, "documents": False}
"""The exclusions that are guesses of ours, switched off: what is left is what the user said."""


def pictures_of(here: Opened, also: Collection[str] = ()) -> Pictures:
    """Return the pictures of a library, ids those of the photos; in order of time, then id.

    They are the photos that methods may use; and of those in `also` the ones that are left out by a guess of ours only,
    as being from a messenger. Videos go by their chosen frame as far as that is known.

    Args:
        here: the library; where no extractor can be used its columns say that nothing is known.
        also: ids of photos that matter although they may be excluded, such as the members of the user's albums.
    Source: patent 004 (CN111191059), claims 5 and 6, features of history and candidates.
    """
    return pictures_from(here, photos_for_covers(here, also))


def pictures_from(here: Opened, photos: Sequence[Photo]) -> Pictures:
    """Return these photos as pictures, in their order."""
    keys = _keys(here, photos)
    return Pictures.of(
        [photo.id for photo in photos],
        np.array([photo.taken_at.timestamp() for photo in photos]),
        sharpness=_measured(here, keys, SHARPNESS),
        exposure=_measured(here, keys, EXPOSURE),
        favourite=np.array([photo.favourite for photo in photos], np.bool_),
        rating=np.array([photo.rating for photo in photos], np.int64),
        video=np.array([photo.kind == "video" for photo in photos], np.bool_),
        **_scenes(here, keys),
        **_faces(here, photos, keys),
    )


def as_seen(here: Opened, method: LibraryMethod, photos: Sequence[Photo], pictures: Pictures) -> Pictures:
    """Return pictures as a method sees them: where it is strict their scenes are thumbnails.

    Args:
        here: the library.
        method: the method that is to see them.
        photos: what the pictures are of, in the same order.
        pictures: with the usual picture vectors.
    """
    extractor = cover_extractors(here).thumbnails
    if extractor is None or method.keywords.get("mode") != "strict":
        return pictures
    keys = _keys(here, photos)
    found, stored = here.store.features.stored(_each_once(keys), extractor.name, extractor.version, extractor.dim)
    return replace(pictures, scenes=cast("Floats", StoredScenes(stored, _places(found, keys))))


def cover_extractors(here: Opened) -> Extractors:
    """Return what covers are chosen by, none where features are switched off; those of tags are not among them."""
    if not here.config.features.enabled:
        return Extractors(None, None, None, ("features are switched off",))
    made = extractors(here)
    return replace(made, tag_pictures=made.pictures)


def _places(found: Sequence[str], keys: Sequence[tuple[str, ...]]) -> IntArray:
    """Return the place of the first of each photo's keys that was found, -1 where none was, shape (n,)."""
    place = {key: number for number, key in enumerate(found)}
    return np.array([next((place[key] for key in of_one if key in place), -1) for of_one in keys], np.int64)


def photos_for_covers(here: Opened, also: Collection[str] = ()) -> list[Photo]:
    """Return the photos that `pictures_of` is of, in its order."""
    kept = {photo.id: photo for photo in here.curated()[0]}
    said, homes = here.config.exclude.model_copy(update=GUESSED), here.homes()
    beside = here.store.photos.get(here.name, [photo for photo in dict.fromkeys(also) if photo not in kept])
    shown = (photo for photo in beside.values() if not photo.hidden)
    kept |= {photo.id: photo for photo in shown if excluded(photo, said, homes.get(photo.id, ())) is None}
    return sorted(kept.values(), key=lambda photo: (photo.taken_at, photo.id))


def _keys(here: Opened, photos: Sequence[Photo]) -> list[tuple[str, ...]]:
    """Return under which content keys the store has what is known of each photo, the first that it has counting.

    That is the chosen frame of a video, then the video as a whole.
    """
    covers = here.store.covers.videos(here.name) if any(photo.kind == "video" for photo in photos) else {}
    frames = {key: frame_key(key, cover.at_s) for key, cover in covers.items()}
    return [(frames[key], key) if (key := photo.content_key) in frames else (key,) for photo in photos]


def _each_once(keys: Sequence[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(key for of_one in keys for key in of_one))


def _measured(here: Opened, keys: Sequence[tuple[str, ...]], measure: tuple[str, str]) -> Floats:
    known = here.store.measures.among(_each_once(keys), *measure)
    return np.array([next((known[key] for key in of_one if key in known), np.nan) for of_one in keys], np.float32)


def _scenes(here: Opened, keys: Sequence[tuple[str, ...]]) -> Columns:
    """Return the column of picture vectors, zeros where there is none; nothing where no extractor can be used."""
    try:
        extractor: PictureExtractor = pictures_or_skip(here)
    except Skipped:
        return {}
    found, stored = here.store.features.stored(_each_once(keys), extractor.name, extractor.version, extractor.dim)
    scenes = StoredScenes(stored, _places(found, keys))
    return {"scenes": scenes if is_large(scenes.shape) else scenes[np.arange(len(keys))]}


def _faces(here: Opened, photos: Sequence[Photo], keys: Sequence[tuple[str, ...]]) -> Columns:
    """Return the columns of faces; nothing where no face extractor can be used."""
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return {}
    of_this = (extractor.name, extractor.version, extractor.dim)
    looked_at, found = _looked_at(here, extractor, keys), FacesFound(extractor)
    for part in chunks(zip(photos, looked_at, strict=True), PHOTOS_AT_ONCE):
        of_these = here.store.faces.table([key for _, key in part if key], *of_this)
        found.add(of_these, part)
    return found.columns(here.store, looked_at)


def _looked_at(here: Opened, extractor: FaceExtractor, keys: Sequence[tuple[str, ...]]) -> list[str]:
    """Return for each photo the first of its keys in which faces were looked for; empty where that was in none."""
    missing = frozenset(here.store.faces.missing(_each_once(keys), extractor.name, extractor.version, extractor.dim))
    return [next((key for key in of_one if key not in missing), "") for of_one in keys]
