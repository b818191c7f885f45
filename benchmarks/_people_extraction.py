"""Faces and pictures for the people benchmark, taken from folders of pictures by our extractors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import plugins
from benchmarks._extract_quality import labelled
from benchmarks._people_data import Faces
from plugins.decoding import Decoders
from plugins.features import FaceExtractor, vgg16
from plugins.features.pipeline import Made, Wanted, extract
from plugins.people import Context, Floats
from plugins.records import FoundFace


def from_portraits(folder: Path, embedder: str, most: int | None, seed: int) -> Faces:
    """Extract all faces of the pictures in <person>/*.jpg; only the one in the middle is known to be the person."""
    files, person = labelled(folder, most, seed)
    extractor: FaceExtractor = plugins.load("features", embedder)()
    seen = list(faces_in(files, extractor))
    photo = np.array([number for number, _, _ in seen], dtype=np.int64)
    found = [face for _, face, _ in seen]
    context = Context.of(
        len(found),
        photo=photo,
        quality=np.array([face.quality for face in found], np.float32),
        size_px=np.array([face.size_px for face in found], np.float32),
        landmarks=np.array([_in_box(face) for face in found], np.float32).reshape(-1, 5, 2),
        threshold=extractor.threshold,
    )
    label = np.where([known for _, _, known in seen], person[photo], -1)
    return Faces(np.array([face.vector for face in found], np.float32), context, label)


def faces_in(files: Sequence[Path], extractor: FaceExtractor) -> Iterator[tuple[int, FoundFace, bool]]:
    """Yield the faces in pictures in the order of the files: file's number, face, and whether it is in the middle."""
    with Decoders() as decoders:
        wanted = (Wanted(str(n), path.absolute, picture=False) for n, path in enumerate(files))
        yield from _faces_of(sorted(extract(wanted, decoders, extractor, None), key=lambda one: int(one.key)))


def _faces_of(made: list[Made]) -> Iterator[tuple[int, FoundFace, bool]]:
    """Yield each face with its file's number, and whether it is the first to cover the middle of the picture."""
    for one in made:
        free = True
        for face in one.faces or ():
            left, top, right, bottom = face.box
            middle = free and left <= 0.5 <= right and top <= 0.5 <= bottom
            free &= not middle
            yield int(one.key), face, middle


def _in_box(face: FoundFace) -> Floats:
    """Return the landmarks as shares of the face's box, shape (5, 2)."""
    left, top, right, bottom = face.box
    return np.asarray((np.array(face.landmarks) - (left, top)) / (right - left, bottom - top), dtype=np.float32)


def from_pictures(folder: Path, most: int | None, seed: int) -> Faces:
    """Extract the VGG16 vectors of the pictures in <kind>/*.jpg; their kinds are the people."""
    files, kind = labelled(folder, most, seed)
    with Decoders() as decoders:
        wanted = (Wanted(str(n), path.absolute, faces=False) for n, path in enumerate(files))
        made = {int(one.key): one.vector for one in extract(wanted, decoders, None, vgg16.Plugin())}
    seen = [number for number in range(len(files)) if made[number] is not None]
    return Faces(np.array([made[number] for number in seen], np.float32), Context.of(len(seen)), kind[seen])
