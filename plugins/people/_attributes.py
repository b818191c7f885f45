"""What a gallery knows of faces beside their vectors, as attribute features that are compared by cosine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.half_vectors import parts
from plugins.people import Context, Floats, IntArray, Vectors

WEIGHTS: Final = {"time": 0.6, "place": 0.5, "quality": 0.3, "size": 0.3, "pose": 0.4, "company": 1.0}
"""How much each block counts: who else is in the photo says most of who somebody is, how good the picture is least."""
TIME_BINS: Final = 8
CELL_DEGREES: Final = 0.5
CELLS: Final = 15
"""Places that are told apart; the rarer ones count as not known."""
COMPANY_AXES: Final = 32
NOSE: Final = 0.78
"""How far the tip of the nose stands out, in distances of the eyes."""
NOSE_DEPTH: Final = 0.64
"""The same in distances of eyes and mouth; from the front the nose is halfway between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Attributes:
    """Attribute features of n faces: `values` float32 (n, a), blocks side by side; `known` float32 (n, blocks).

    Each block has the length of its weight where it is known and is zero where it is not; `known` is that length.
    """

    values: Floats
    known: Floats

    def cosines(self, rows: IntArray, columns: IntArray) -> Floats:
        """Compare faces by cosine over the blocks that both have, float32 (rows, columns); NaN if they share none.

        Where nothing is missing this is the cosine of the whole features: patent 001 claim 7.
        """
        both = self.known[rows] @ self.known[columns].T
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.values[rows] @ self.values[columns].T / np.where(both > 0, both, np.nan))


def attributes(units: Vectors, context: Context) -> Attributes:
    """Put together what is known of faces: time, place, quality, size, pose, and who else is in their photo.

    Args:
        units: face vectors of length 1, shape (n, d): only those of others in a photo are used.
        context: what is known of the same faces.

    Source: patent 001 leaves open what attribute features are; these are our reading.
    """
    blocks = {
        "time": time_block(context.taken_s),
        "place": place_block(context.lat, context.lon),
        "quality": _bells(context.quality.astype(np.float64), np.array([0.2, 0.5, 0.8])),
        "size": _bells(np.log2(np.maximum(context.size_px, 1).astype(np.float64)), np.arange(5.0, 10.0)),
        "pose": pose_block(context.landmarks),
        "company": company_block(units, context.photo),
    }
    scaled = [_scaled(blocks[name], weight) for name, weight in WEIGHTS.items()]
    return Attributes(np.hstack(scaled), np.stack([np.linalg.norm(block, axis=1) for block in scaled], axis=1))


def time_block(taken_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say how long before the newest photo each was taken: bells over the logarithm of days, shape (n, 8)."""
    known = taken_s[np.isfinite(taken_s)]
    days = np.log1p((known.max(initial=0.0) - taken_s) / 86_400)
    return _bells(days, np.linspace(0, max(np.nanmax(days, initial=0.0), 1.0), TIME_BINS))


def place_block(lat: Floats, lon: Floats) -> NDArray[np.float64]:
    """Say in which of the most frequent cells of half a degree each photo was taken, shape (n, 15)."""
    known = np.isfinite(lat) & np.isfinite(lon)
    block = np.zeros((len(lat), CELLS))
    cell = np.floor(np.stack([lat[known], lon[known]], axis=1) / CELL_DEGREES).astype(np.int64)
    if len(cell):
        _, number, count = np.unique(cell, axis=0, return_inverse=True, return_counts=True)
        rank = np.argsort(np.argsort(-count, kind="stable"))[number.reshape(-1)]
        block[np.flatnonzero(known)[rank < CELLS], rank[rank < CELLS]] = 1
    return block


def pose_block(landmarks: Floats) -> NDArray[np.float64]:
    """Return (1, yaw / 45°, pitch / 45°) of each face, shape (n, 3).

    The 1 keeps a face from the front apart from one of which nothing is known.
    """
    yaw, pitch = pose(landmarks)
    return np.stack([np.ones(len(yaw)), yaw / 45, pitch / 45], axis=1)


def pose(landmarks: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far heads are turned to the right of the picture and up, in degrees, each (n,); NaN if not known.

    Args:
        landmarks: eyes, nose and corners of the mouth, shape (n, 5, 2), right and down.
    """
    points = landmarks.astype(np.float64)
    eyes, nose, mouth = points[:, :2].mean(axis=1), points[:, 2], points[:, 3:].mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        aside = (nose[:, 0] - eyes[:, 0]) / (points[:, 1, 0] - points[:, 0, 0])
        below = (nose[:, 1] - eyes[:, 1]) / (mouth[:, 1] - eyes[:, 1])
    return np.degrees(np.arctan(aside / NOSE)), np.degrees(np.arctan((0.5 - below) / NOSE_DEPTH))


def company_block(units: Vectors, photo: IntArray) -> NDArray[np.float64]:
    """Say who else is in the photo of each face: the sum of the others' vectors on the gallery's main axes, (n, 32).

    The vectors are taken relative to their mean, so that two strangers are alike in nothing.
    """
    if not len(units):
        return np.zeros((0, 1))
    mean = sum(units[some].sum(axis=0, dtype=np.float64) for some in parts(len(units))) / len(units)
    _, axes = np.linalg.eigh(sum((relative := units[some] - mean).T @ relative for some in parts(len(units))))
    flat = np.concatenate([(units[some] - mean) @ axes[:, -COMPANY_AXES:] for some in parts(len(units))])
    number = np.unique(photo, return_inverse=True)[1]
    together = np.zeros((number.max() + 1, flat.shape[1]))
    np.add.at(together, number, flat)
    alone = np.bincount(number)[number] == 1
    return np.where(alone[:, None], 0.0, together[number] - flat)


def _bells(values: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread values over evenly spaced centres by a Gaussian as wide as their spacing, shape (n, centres)."""
    width = centres[1] - centres[0]
    return np.asarray(np.exp(-0.5 * ((values[:, None] - centres) / width).clip(-4, 4) ** 2))


def _scaled(block: NDArray[np.float64], weight: float) -> Floats:
    """Give known rows the length `weight`; what is not known becomes zero."""
    known = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0) * np.isfinite(block).all(axis=1, keepdims=True)
    length = np.linalg.norm(known, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1e-9, weight * known / np.maximum(length, 1e-9), 0), dtype=np.float32)
