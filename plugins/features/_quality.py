"""What is measured of a face or a picture to judge it: size, sharpness and pose. `FoundFace` makes one figure of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from plugins.features._alignment import ARCFACE_112, aligned

CROP_PX: Final = 112
"""The sharpness of faces is judged on the upright crop of this size."""

HALF_SHARP_FACE: Final = 150.0
"""Variance of the Laplacian (grey levels 0-255, squared) at which a face crop counts as half sharp."""

HALF_SHARP_PICTURE: Final = 300.0
"""The same for a whole picture at `PICTURE_PX`."""

PICTURE_PX: Final = 512
"""Longer side at which whole pictures are judged, so that their resolution does not decide."""

EXPOSED_PX: Final = 128
"""Longer side at which exposure is judged: fine detail says nothing of it."""

EXPOSED_SPREAD: Final = 0.2
"""Spread around middle grey, of 0 to 1, within which a pixel counts as well exposed."""

NEUTRAL_MOUTH, WIDE_MOUTH = 0.7, 1.1
"""Width of the mouth in eye distances: about the narrowest and the widest twentieth of faces in photos of people."""

UPRIGHT: Final = 0.3
"""A face that looks at the camera less than this (`frontal`) hides how wide its mouth is."""


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """What was measured of a face, as `plugins.records.FoundFace` holds it.

    `size_px` is the square root of the box's area in pixels; `sharpness` and `frontal` are 0 to 1.
    """

    size_px: float
    sharpness: float
    frontal: float


def face_quality(
    image: Image.Image, box_px: ArrayLike, landmarks_px: ArrayLike, crop: Image.Image | None = None
) -> FaceQuality:
    """Measure one face.

    The sharpness is v / (v + 150) with v the variance of the Laplacian on the upright 112 px crop; see also `frontal`.

    Args:
        image: RGB picture.
        box_px: left, top, right, bottom in pixels.
        landmarks_px: left eye, right eye, nose, left and right mouth corner in pixels, shape (5, 2).
        crop: the upright 112 px crop, where it is already there.
    """
    left, top, right, bottom = np.asarray(box_px, dtype=np.float64)
    area_px = max(0.0, right - left) * max(0.0, bottom - top)
    crop = crop or aligned(image, landmarks_px, ARCFACE_112, CROP_PX)
    sharpness = _half_at(laplacian_variance(crop), HALF_SHARP_FACE)
    return FaceQuality(float(np.sqrt(area_px)), sharpness, frontal(landmarks_px))


def frontal(landmarks_px: ArrayLike) -> float:
    """Return how much a face looks at the camera, 1 from the front, towards 0 from the side; roll does not count.

    exp(-(t / 0.35)² - ((r - 0.55) / 0.25)²): t is how far the nose is from the middle of the eyes along the line of the
    eyes, in eye distances (yaw); r is how far down it is from the eyes to the mouth (pitch; 0.55 from the front).
    """
    eye_l, eye_r, nose, mouth_l, mouth_r = np.asarray(landmarks_px, dtype=np.float64)
    eyes, mouth = (eye_l + eye_r) / 2, (mouth_l + mouth_r) / 2
    across, down = eye_r - eye_l, mouth - eyes
    if not (np.dot(across, across) > 0 and np.dot(down, down) > 0):
        return 0.0
    yaw = np.dot(nose - eyes, across) / np.dot(across, across)
    pitch = np.dot(nose - eyes, down) / np.dot(down, down)
    return float(np.exp(-((yaw / 0.35) ** 2) - ((pitch - 0.55) / 0.25) ** 2))


def smile(landmarks_px: ArrayLike) -> float:
    """Return how wide a face's mouth is, 0 (narrow) to 1 (a broad smile); NaN where the face looks elsewhere.

    That is the width of the mouth in eye distances, from 0.7 to 1.1. Five points cannot tell closed eyes.

    Args:
        landmarks_px: left eye, right eye, nose, left and right mouth corner in pixels, shape (5, 2).
    """
    eye_l, eye_r, _, mouth_l, mouth_r = np.asarray(landmarks_px, dtype=np.float64)
    if not frontal(landmarks_px) >= UPRIGHT:
        return float("nan")
    width = np.linalg.norm(mouth_r - mouth_l) / np.linalg.norm(eye_r - eye_l)
    return float(np.clip((width - NEUTRAL_MOUTH) / (WIDE_MOUTH - NEUTRAL_MOUTH), 0, 1))


def picture_exposure(image: Image.Image) -> float:
    """Return how well a picture is lit, 0 (black or white) to 1 (all of it middle grey).

    Source: Mertens, Kautz and Van Reeth, Exposure Fusion (2007), the well-exposedness, here of the brightness alone;
    its mean over the picture, shifted so that black and white give 0.
    """
    small = image.convert("L")
    small.thumbnail((EXPOSED_PX, EXPOSED_PX), Image.Resampling.BOX)
    off = (np.asarray(small, dtype=np.float64) / 255 - 0.5) / EXPOSED_SPREAD
    none = np.exp(-((0.5 / EXPOSED_SPREAD) ** 2) / 2)  # what a black or white pixel has
    return float(np.clip((np.exp(-(off**2) / 2).mean() - none) / (1 - none), 0, 1))


def picture_sharpness(image: Image.Image) -> float:
    """Return how sharp a picture is, 0 (one colour) to 1: v / (v + 300), v the variance of the Laplacian at 512 px."""
    small = image.convert("L")
    small.thumbnail((PICTURE_PX, PICTURE_PX), Image.Resampling.HAMMING)
    return _half_at(laplacian_variance(small), HALF_SHARP_PICTURE)


def laplacian_variance(image: Image.Image) -> float:
    """Return the variance of the four-neighbour Laplacian over the inner pixels, in grey levels squared."""
    grey: NDArray[np.float32] = np.asarray(image.convert("L"), dtype=np.float32)
    if min(grey.shape) < 3:
        return 0.0
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return float(edges.var())


def _half_at(value: float, half: float) -> float:
    return value / (value + half)
