"""Features: faces and picture vectors of every photo, in batches; what the store has is never made twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from PIL import Image

import plugins
from plugins.features import FaceExtractor, PictureExtractor, picture_sharpness, weights
from plugins.galleries import NotReady, PhotoGone
from plugins.pictures import UnreadablePicture, open_picture
from plugins.records import Photo
from tasks.caching import Receipt, Skipped, cached_step
from tasks.context import Opened, opened

PREVIEW_PX = 720  # shorter side: faces from about 3 % of the picture on are found, and VGG16 needs 224
TELL_EVERY_S = 20.0  # a sign of life while the networks work
AT_ONCE = 16  # pictures in memory together
MOST_TASKS = 500  # batches a run at the most: a task run costs Prefect's server tens of milliseconds
SHARPNESS = ("sharpness", "1")
log = logging.getLogger("albumen")


@dataclass(frozen=True)
class Extractors:
    """What a library's features are made with; None where the weights are missing, with the mend in `missing`."""

    faces: FaceExtractor | None
    pictures: PictureExtractor | None
    missing: tuple[str, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        """Return name and version of each extractor, for keys."""
        return tuple(f"{e.name} {e.version}" for e in (self.faces, self.pictures) if e is not None)


@lru_cache
def _plugin(name: str) -> type[Any]:
    return plugins.load("features", name)  # asks all installed packages: too slow to do for each batch


@lru_cache(maxsize=4)
def _made(name: str, folder: Path | None) -> FaceExtractor | PictureExtractor:
    return cast("FaceExtractor | PictureExtractor", _plugin(name)(weights_dir=folder))


def extractors(here: Opened) -> Extractors:
    """Return the extractors of a library; the face embedder that it began with stays until the settings name another.

    Vectors of two embedders cannot be compared, so `auto` decides once: facenet where its weights are, else dlib_face.
    """
    folder, wanted = here.settings.weights_dir, here.config.features
    missing: list[str] = []

    def made(name: str) -> FaceExtractor | PictureExtractor | None:
        needs = _plugin(name).needs
        if mend := weights.missing(needs, folder):
            missing.append(f"{name}: {mend}")
            return None
        return _made(name, folder)

    faces = cast("FaceExtractor | None", made(_embedder(here, folder)))
    pictures = cast("PictureExtractor | None", made(wanted.picture))
    return Extractors(faces, pictures, tuple(missing))


def _embedder(here: Opened, folder: Path | None) -> str:
    named = here.config.features.embedder
    if named != "auto":
        return named
    chosen = here.store.models.chosen(here.name, "faces")
    if chosen is not None:
        return chosen.name
    return "dlib_face" if weights.missing(_plugin("facenet").needs, folder) else "facenet"


def _batches(here: Opened) -> list[list[str]]:
    """Return the ids of the photos in batches by time: new ones come last, so that the batches before them stay.

    Batches grow by doubling, so that they also stay when a library slowly grows beyond what `MOST_TASKS` can take.
    """
    photos = [photo.id for photo in here.store.photos.all(here.name)]
    size = here.config.features.batch_photos
    while len(photos) > size * MOST_TASKS:
        size *= 2
    return [photos[i : i + size] for i in range(0, len(photos), size)]


def _contents(here: Opened, photos: Sequence[str]) -> dict[str, Photo]:
    """Return the photos of these ids by content, in their order; of two with the same content one is enough."""
    known = here.store.photos.get(here.name, photos)
    return {known[id_].content_key: known[id_] for id_ in photos if id_ in known}


def _inputs(here: Opened, number: int, photos: Sequence[str]) -> Sequence[object]:  # noqa: ARG001 (the body's)
    return (extractors(here).versions, list(_contents(here, photos)))


@dataclass(frozen=True)
class _Missing:
    """The contents of which the store has no faces, and those of which it has no picture vector."""

    faces: frozenset[str] = frozenset()
    pictures: frozenset[str] = frozenset()

    @property
    def any(self) -> frozenset[str]:
        return self.faces | self.pictures


def _missing(here: Opened, keys: Iterable[str], made: Extractors) -> _Missing:
    wanted, faces, pictures = list(keys), made.faces, made.pictures
    return _Missing(
        frozenset(here.store.faces.missing(wanted, faces.name, faces.version)) if faces else frozenset(),
        frozenset(here.store.features.missing(wanted, pictures.name, pictures.version)) if pictures else frozenset(),
    )


def _nothing_missing(here: Opened, figures: dict[str, Any], number: int, photos: Sequence[str]) -> bool:  # noqa: ARG001
    return not _missing(here, _contents(here, photos), extractors(here)).any


@cached_step(_inputs, holds=_nothing_missing)
def extract_batch(here: Opened, number: int, photos: Sequence[str]) -> dict[str, Any]:
    """Make the faces and picture vectors of one batch that the store does not have yet.

    The figures: `photos` of the batch, those whose features were `made` now with the `faces` in them, those known to
    be `unreadable`, and those that are `not_ready` in the gallery.
    """
    made, contents = extractors(here), _contents(here, photos)
    missing = _missing(here, contents, made)
    todo, n_faces = [photo for key, photo in contents.items() if key in missing.any], 0
    began = told = time.monotonic()
    for i in range(0, len(todo), AT_ONCE):
        n_faces += _make(here, todo[i : i + AT_ONCE], made, missing)
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            _tell(number, i + AT_ONCE, len(todo), told - began)
    unreadable, left = _unreadable(here, list(contents), made), _missing(here, missing.any, made).any
    return {
        "photos": len(photos),
        "made": len(missing.any - unreadable - left),
        "faces": n_faces,
        "unreadable": len(unreadable),
        "not_ready": len(left),
    }


def _tell(number: int, done: int, total: int, seconds: float) -> None:
    if done < total:
        left_s = (total - done) * seconds / done
        log.info("features: %d of %d photos of batch %d, about %.0f s left for it", done, total, number + 1, left_s)


def _unreadable(here: Opened, keys: Sequence[str], made: Extractors) -> set[str]:
    of_each = (here.store.problems.among(keys, e.name, e.version) for e in (made.faces, made.pictures) if e is not None)
    return {key for problems in of_each for key in problems}


def _make(here: Opened, photos: Sequence[Photo], made: Extractors, missing: _Missing) -> int:
    """Make what is missing of a few photos; return how many faces there are in them."""
    pictures = dict(_read(here, photos, made))
    for_faces = {key: image for key, image in pictures.items() if key in missing.faces}
    for_vectors = {key: image for key, image in pictures.items() if key in missing.pictures}
    n_faces = _store_faces(here, made.faces, for_faces) if made.faces and for_faces else 0
    if made.pictures and for_vectors:
        _store_vectors(here, made.pictures, for_vectors)
    here.store.measures.put(*SHARPNESS, ((key, picture_sharpness(image)) for key, image in pictures.items()))
    return n_faces


def _read(here: Opened, photos: Sequence[Photo], made: Extractors) -> Iterator[tuple[str, Image.Image]]:
    """Yield the pictures that can be read; the others are noted with the reason, until their content changes."""
    for photo in photos:
        try:
            preview = here.gallery.preview(photo, PREVIEW_PX)
            yield photo.content_key, open_picture(preview.data)
        except (PhotoGone, NotReady) as error:
            log.info("%s: %s", photo.name, error)  # no note in the store: the next run asks for it again
        except UnreadablePicture as error:
            for extractor in (made.faces, made.pictures):
                if extractor is not None:
                    _note(here, extractor, [(photo.content_key, str(error))])


def _store_faces(here: Opened, extractor: FaceExtractor, pictures: Mapping[str, Image.Image]) -> int:
    failures: dict[int, str] = {}
    found = extractor.extract(list(pictures.values()), failures)
    rows = [(key, faces) for n, (key, faces) in enumerate(zip(pictures, found, strict=True)) if n not in failures]
    here.store.faces.put(extractor.name, extractor.version, rows)
    _note(here, extractor, [(key, failures[n]) for n, key in enumerate(pictures) if n in failures])
    return sum(len(faces) for _, faces in rows)


def _store_vectors(here: Opened, extractor: PictureExtractor, pictures: Mapping[str, Image.Image]) -> None:
    failures: dict[int, str] = {}
    vectors = extractor.extract(list(pictures.values()), failures)
    good = [(key, vectors[n]) for n, key in enumerate(pictures) if n not in failures]
    here.store.features.put(extractor.name, extractor.version, good)
    _note(here, extractor, [(key, failures[n]) for n, key in enumerate(pictures) if n in failures])


def _note(here: Opened, extractor: FaceExtractor | PictureExtractor, reasons: Sequence[tuple[str, str]]) -> None:
    here.store.problems.record(extractor.name, extractor.version, reasons)


def extract_features(library: str, refresh: Sequence[str] = ()) -> Receipt:
    """Make all features that are missing, a task a batch; skipped where no weights are there or the settings say so."""
    step = "extract_features"
    with opened(library) as here:
        if not here.config.features.enabled:
            return Receipt(step, "skipped", mend="switched off: [features] enabled = true switches it on")
        made, batches = extractors(here), _batches(here)
        if made.faces is not None:
            here.store.models.choose(here.name, "faces", made.faces.name, made.faces.version)
    mend = "; ".join(made.missing)
    if made.faces is None and made.pictures is None:
        return Receipt(step, "skipped", mend=mend)
    again = [extract_batch.name] if step in refresh else ()
    parts = [extract_batch(library, again, number=n, photos=photos) for n, photos in enumerate(batches)]
    return _joined(step, parts, mend)


def _joined(step: str, parts: Sequence[Receipt], mend: str) -> Receipt:
    figures: dict[str, int] = dict.fromkeys(("photos", "made", "faces", "unreadable", "not_ready"), 0)
    for part in parts:
        now = {**part.figures, "made": 0, "faces": 0} if part.status == "cached" else part.figures
        figures = {name: n + now.get(name, 0) for name, n in figures.items()}
    cached = bool(parts) and all(part.status == "cached" for part in parts)
    return Receipt(step, "cached" if cached else "done", figures, sum(part.seconds for part in parts), mend)


def faces_or_skip(here: Opened) -> FaceExtractor:
    """Return the face extractor.

    Raises:
        Skipped: its weights are missing, or features are switched off.
    """
    if not here.config.features.enabled:
        raise Skipped("features are switched off: [features] enabled = true switches them on")
    made = extractors(here)
    if made.faces is None:
        raise Skipped("; ".join(made.missing))
    return made.faces
