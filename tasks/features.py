"""Features: faces and picture vectors of every photo, in batches; what the store has is never made twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@lru_cache(maxsize=4)
def _made(name: str, folder: Path | None) -> FaceExtractor | PictureExtractor:
    return cast("FaceExtractor | PictureExtractor", plugins.load("features", name)(weights_dir=folder))


def extractors(here: Opened) -> Extractors:
    """Return the extractors of a library; the face embedder that it began with stays until the settings name another.

    Vectors of two embedders cannot be compared, so `auto` decides once: facenet where its weights are, else dlib_face.
    """
    folder, wanted = here.settings.weights_dir, here.config.features
    missing: list[str] = []

    def made(name: str) -> FaceExtractor | PictureExtractor | None:
        needs = plugins.load("features", name).needs
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
    return "dlib_face" if weights.missing(plugins.load("features", "facenet").needs, folder) else "facenet"


def _batches(here: Opened) -> list[list[Photo]]:
    """Return the photos in batches by time: new ones come last, so that the batches before them stay as they were."""
    photos = here.store.photos.all(here.name)
    size = max(here.config.features.batch_photos, -(-len(photos) // MOST_TASKS))
    return [photos[i : i + size] for i in range(0, len(photos), size)]


def _keys(photos: Sequence[Photo]) -> list[str]:
    return [photo.content_key for photo in photos]


def _inputs(here: Opened, number: int) -> Sequence[object]:
    return (extractors(here).versions, _keys(_batches(here)[number]))


def _to_do(here: Opened, keys: Sequence[str], made: Extractors) -> set[str]:
    missing: set[str] = set()
    if made.faces is not None:
        missing |= set(here.store.faces.missing(keys, made.faces.name, made.faces.version))
    if made.pictures is not None:
        missing |= set(here.store.features.missing(keys, made.pictures.name, made.pictures.version))
    return missing


def _nothing_missing(here: Opened, number: int) -> bool:
    return not _to_do(here, _keys(_batches(here)[number]), extractors(here))


@cached_step(_inputs, holds=_nothing_missing)
def extract_batch(here: Opened, number: int) -> dict[str, Any]:
    """Make the faces and picture vectors of one batch that the store does not have yet."""
    made = extractors(here)
    photos = _batches(here)[number]
    missing = _to_do(here, _keys(photos), made)
    photo_of = {photo.content_key: photo for photo in photos if photo.content_key in missing}
    todo, unread, n_faces = list(photo_of.values()), 0, 0
    for i in range(0, len(todo), AT_ONCE):
        read = list(_read(here, todo[i : i + AT_ONCE], made))
        n_faces += _store(here, made, [key for key, _ in read], [image for _, image in read])
        unread += len(todo[i : i + AT_ONCE]) - len(read)
    return {"photos": len(photos), "made": len(todo) - unread, "unreadable": unread, "faces": n_faces}


def _read(here: Opened, photos: Sequence[Photo], made: Extractors) -> Iterator[tuple[str, Image.Image]]:
    """Yield the pictures that can be read; the others are noted with the reason, until their content changes."""
    for photo in photos:
        try:
            preview = here.gallery.preview(photo, PREVIEW_PX)
            yield photo.content_key, open_picture(preview.data)
        except (PhotoGone, NotReady):
            continue
        except (UnreadablePicture, OSError) as error:
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
        made = extractors(here)
        n_batches = len(_batches(here))
        if made.faces is not None:
            here.store.models.choose(here.name, "faces", made.faces.name, made.faces.version)
    mend = "; ".join(made.missing)
    if made.faces is None and made.pictures is None:
        return Receipt(step, "skipped", mend=mend)
    parts = [
        extract_batch(library, ["extract_batch"] if step in refresh else (), number=number)
        for number in range(n_batches)
    ]
    return _joined(step, parts, mend)


def _joined(step: str, parts: Sequence[Receipt], mend: str) -> Receipt:
    names = {name for part in parts for name in part.figures}
    figures = {name: sum(part.figures.get(name, 0) for part in parts) for name in sorted(names)}
    cached = all(part.status == "cached" for part in parts)
    if cached:
        figures["made"] = 0
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
