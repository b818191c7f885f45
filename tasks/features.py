"""Features: faces and picture vectors of every photo, in batches; what the store has is never made twice."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
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
from plugins.store import FoundFace
from tasks.caching import Receipt, Skipped, cached_step
from tasks.context import Opened, opened

PREVIEW_PX = 720  # shorter side: faces from about 3 % of the picture on are found, and VGG16 needs 224
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


def _to_do(here: Opened, keys: Iterable[str], made: Extractors) -> set[str]:
    wanted, missing = list(keys), set[str]()
    if made.faces is not None:
        missing |= set(here.store.faces.missing(wanted, made.faces.name, made.faces.version))
    if made.pictures is not None:
        missing |= set(here.store.features.missing(wanted, made.pictures.name, made.pictures.version))
    return missing


def _nothing_missing(here: Opened, figures: dict[str, Any], number: int, photos: Sequence[str]) -> bool:  # noqa: ARG001
    return not _to_do(here, _contents(here, photos), extractors(here))


@cached_step(_inputs, holds=_nothing_missing)
def extract_batch(here: Opened, number: int, photos: Sequence[str]) -> dict[str, Any]:  # noqa: ARG001 (for the receipt)
    """Make the faces and picture vectors of one batch that the store does not have yet.

    The figures: `photos` of the batch, those whose features were `made` now with the `faces` in them, those known to
    be `unreadable`, and those that are `not_ready` in the gallery.
    """
    made, contents = extractors(here), _contents(here, photos)
    missing = _to_do(here, contents, made)
    todo, n_faces = [photo for key, photo in contents.items() if key in missing], 0
    for i in range(0, len(todo), AT_ONCE):
        read = list(_read(here, todo[i : i + AT_ONCE], made))
        n_faces += _store(here, made, [key for key, _ in read], [image for _, image in read])
    unreadable, left = _unreadable(here, list(contents), made), _to_do(here, missing, made)
    return {
        "photos": len(photos),
        "made": len(missing - unreadable - left),
        "faces": n_faces,
        "unreadable": len(unreadable),
        "not_ready": len(left),
    }


def _unreadable(here: Opened, keys: Sequence[str], made: Extractors) -> set[str]:
    of_each = (here.store.problems.among(keys, e.name, e.version) for e in (made.faces, made.pictures) if e is not None)
    return {key for problems in of_each for key in problems}


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
                    reasons = [(photo.content_key, str(error))]
                    here.store.problems.record(extractor.name, extractor.version, reasons)


def _store(here: Opened, made: Extractors, keys: Sequence[str], images: Sequence[Image.Image]) -> int:
    n_faces = 0
    if not keys:
        return 0
    if made.faces is not None:
        failures: dict[int, str] = {}
        found = made.faces.extract(images, failures)
        rows = [
            (key, [FoundFace(f.box, f.quality, f.vector, f.weight, f.landmarks) for f in faces])
            for n, (key, faces) in enumerate(zip(keys, found, strict=True))
            if n not in failures
        ]
        here.store.faces.put(made.faces.name, made.faces.version, rows)
        _note(here, made.faces, keys, failures)
        n_faces = sum(len(faces) for _, faces in rows)
    if made.pictures is not None:
        failures = {}
        vectors = made.pictures.extract(images, failures)
        good = [(key, vectors[n]) for n, key in enumerate(keys) if n not in failures]
        here.store.features.put(made.pictures.name, made.pictures.version, good)
        _note(here, made.pictures, keys, failures)
    here.store.measures.put(*SHARPNESS, ((k, picture_sharpness(i)) for k, i in zip(keys, images, strict=True)))
    return n_faces


def _note(
    here: Opened, extractor: FaceExtractor | PictureExtractor, keys: Sequence[str], failures: dict[int, str]
) -> None:
    here.store.problems.record(extractor.name, extractor.version, [(keys[n], why) for n, why in failures.items()])


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
