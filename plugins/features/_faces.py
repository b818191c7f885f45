"""What the face extractors share: detect, judge, embed, picture by picture, so that one bad picture stays alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from PIL import Image

from plugins.features import FoundFace, Vectors, note_failure
from plugins.features._quality import face_quality

if TYPE_CHECKING:
    from plugins.features._mtcnn import Detections, Detector

DETECTOR_NEEDS: Final = ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")
LONG_SIDE_PX: Final = 1280
"""Larger pictures are shrunk to this before detection; the crops are cut from the picture as it is given."""

MIN_FACE_PX: Final = 20
"""Smallest face that is looked for, in the shrunk picture: 1/64 of its longer side."""

DETECTOR: Final = f"mtcnn-{LONG_SIDE_PX}-{MIN_FACE_PX}"
"""The detector's part of a version. Here, not beside the networks, so that a version costs no import of torch."""

Embed: TypeAlias = "Callable[[Image.Image, Detections], Vectors]"
"""From an RGB picture and its n faces to n vectors, shape (n, dim), of any length."""


def extract_faces(
    images: Sequence[Image.Image], detector: Detector, embed: Embed, failures: dict[int, str] | None
) -> list[tuple[FoundFace, ...]]:
    """Find and embed the faces of each picture; see `FaceExtractor.extract`."""
    found: list[tuple[FoundFace, ...]] = []
    for index, image in enumerate(images):
        try:
            found.append(_faces_of(image.convert("RGB"), detector, embed))
        except Exception as error:  # whatever it is, it is this picture's own
            note_failure(failures, index, error)
            found.append(())
    return found


def unit(vectors: Vectors) -> Vectors:
    """Return the rows L2-normalised, float32; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised: Vectors = (vectors / np.maximum(length, np.finfo(np.float32).tiny)).astype(np.float32)
    return normalised


def _faces_of(image: Image.Image, detector: Detector, embed: Embed) -> tuple[FoundFace, ...]:
    seen = detector.detect(image)
    if not len(seen):
        return ()
    vectors = unit(embed(image, seen))
    if not np.isfinite(vectors).all():
        raise FloatingPointError("the embedder answered with numbers that are not finite")
    return tuple(_face(image, seen, i, vectors[i]) for i in range(len(seen)))


def _face(image: Image.Image, seen: Detections, i: int, vector: Vectors) -> FoundFace:
    quality = face_quality(image, seen.boxes[i], seen.landmarks[i])
    left, top, right, bottom = (seen.boxes[i] / np.tile(image.size, 2)).tolist()
    eye_l, eye_r, nose, mouth_l, mouth_r = ((x, y) for x, y in (seen.landmarks[i] / image.size).tolist())
    return FoundFace(
        box=(left, top, right, bottom),
        landmarks=(eye_l, eye_r, nose, mouth_l, mouth_r),
        score=float(seen.scores[i]),
        size_px=quality.size_px,
        sharpness=quality.sharpness,
        frontal=quality.frontal,
        vector=vector,
    )
