"""What the interest network is given: looks that mean the same whichever embedder made them, and side channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from plugins.covers import CATEGORIES, Album, Floats, IntArray, Pictures, stills_first

LOOKS: Final = 48
"""Numbers of each part of what a picture looks like, its scene and its faces."""
PARTS: Final = ("scene", "faces")
SIDE: Final = (
    "sharpness", "exposure", "faces", "share", "quality", "smile", "portrait", "stars", "middle", "company",
    "favourite", "many_faces", "sharp", "position", "first", "last",
)  # fmt: skip
"""Side channels; those up to `company` say how a candidate differs from its album, the others stand for themselves."""
RELATIVE: Final = SIDE.index("favourite")
MOST_FITTED: Final = 4_096  # pictures or faces that say what is usual; more change nothing and cost time
RIDGE: Final = 0.5  # of the mean variance, added to each axis before it is whitened: small ones are mostly noise
LIKED_STARS: Final = 3  # fewer say as little as none
FAR: Final = 4.0  # side channels end there


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Albums for the network: a albums with up to k candidates and up to m liked pictures, the rest is padding.

    Args:
        candidates: looks, shape (a, k, d).
        side: side channels, shape (a, k, s), columns as SIDE.
        eligible: which candidates there are and may be the cover, shape (a, k).
        history: looks of what the user liked, oldest first, shape (a, m, d).
        liked: which of these there are, shape (a, m).
        category: number of the album's category, shape (a,).
    """

    candidates: Tensor
    side: Tensor
    eligible: Tensor
    history: Tensor
    liked: Tensor
    category: Tensor


def looks_of(pictures: Pictures) -> Floats:
    """Return what each picture shows, beside what is usual with this user: scene, then faces; shape (n, 2 · LOOKS).

    Both are centred on the user's own mean and whitened along the user's own principal axes, so that a product of two
    says how much more alike they are than any two. The faces of a picture are summed. Zeros where nothing is known.
    """
    faces = np.zeros((len(pictures), LOOKS), np.float32)
    np.add.at(faces, pictures.face_of, _whitened(pictures.faces))
    number = np.bincount(pictures.face_of, minlength=len(pictures))
    faces /= np.sqrt(np.maximum(number, 1))[:, None]
    return np.concatenate([_whitened(pictures.scenes), faces], axis=1).astype(np.float32)


def _whitened(vectors: Floats) -> Floats:
    """Return vectors along their principal axes, the widest first, about one wide each; shape (n, LOOKS)."""
    found = np.zeros((len(vectors), LOOKS), np.float32)
    known = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    if known.sum() < 2:
        return found
    rows = vectors[known].astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    usual = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_FITTED)).astype(np.int64)]
    mean = usual.mean(axis=0)
    variance, axes = np.linalg.eigh(np.cov(usual, rowvar=False, bias=True))
    variance, axes = variance[::-1][:LOOKS], axes[:, ::-1][:, :LOOKS]
    spread = np.sqrt(np.maximum(variance, 0) + RIDGE * max(float(variance.mean()), 0) + 1e-9)
    found[known, : len(variance)] = (rows - mean) @ (axes * np.sign(axes.sum(axis=0) + 1e-12)) / spread
    return found


def side_channels(pictures: Pictures, looks: Floats, album: Album) -> Floats:
    """Return the side channels of an album's candidates, shape (k, s); 0 stands for what nobody measured.

    Source: methods E8.
    """
    rows = album.candidates
    part = looks[rows].reshape(len(rows), len(PARTS), LOOKS)
    alike = np.einsum("kpd,pd->kp", part, part.mean(axis=0))
    n_faces, share = _known(pictures.n_faces[rows]), np.sqrt(_known(pictures.face_share[rows]))
    quality, sharp = pictures.face_quality[rows], pictures.sharpness[rows]
    stars = np.zeros(len(rows)) if album.blind else _stars(pictures.rating[rows])
    favourite = np.zeros(len(rows)) if album.blind else pictures.favourite[rows]
    portrait = np.minimum(n_faces, 4) * share * _known(quality)
    told = (
        sharp, pictures.exposure[rows], np.log1p(n_faces), share, quality, pictures.smile[rows], portrait, stars,
        alike[:, 0], alike[:, 1],
    )  # fmt: skip
    place = np.linspace(-1, 1, len(rows)) if len(rows) > 1 else np.zeros(1)
    alone = (favourite, np.log1p(n_faces), _known(sharp) - 0.5, place, place == -1, place == 1)
    columns = [*(_standardised(column) for column in told), *alone]
    return np.clip(np.column_stack(columns), -FAR, FAR).astype(np.float32)


def _known(values: Floats) -> Floats:
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).clip(0)


def _stars(rating: IntArray) -> Floats:
    stars: Floats = np.where((rating >= LIKED_STARS) | (rating < 0), rating, 0).astype(np.float32)
    return stars


def _standardised(values: Floats) -> Floats:
    """Return deviations from the mean of what is known, in standard deviations; 0 for the unknown, and where all agree."""
    values = np.asarray(values, np.float64)
    known = np.isfinite(values)
    if known.sum() < 2:
        return np.zeros(len(values), np.float32)
    spread = float(values[known].std())
    if spread < 1e-6:
        return np.zeros(len(values), np.float32)
    found: Floats = np.where(known, (values - values[known].mean()) / spread, 0).astype(np.float32)
    return found


def batch_of(pictures: Pictures, looks: Floats, albums: Sequence[Album], history: int) -> Batch:
    """Return albums of one user as the network takes them.

    Args:
        pictures: of the user.
        looks: of the same pictures.
        albums: at least one.
        history: how many of the latest liked pictures count.
    """
    a, k = len(albums), max(len(album.candidates) for album in albums)
    past = [album.history[max(len(album.history) - history, 0) :] for album in albums]
    m = max(1, *(len(rows) for rows in past))
    candidates, side = np.zeros((a, k, looks.shape[1]), np.float32), np.zeros((a, k, len(SIDE)), np.float32)
    before, eligible, liked = (
        np.zeros((a, m, looks.shape[1]), np.float32),
        np.zeros((a, k), bool),
        np.zeros((a, m), bool),
    )
    for n, (album, rows) in enumerate(zip(albums, past, strict=True)):
        size = len(album.candidates)
        candidates[n, :size] = looks[album.candidates]
        side[n, :size] = side_channels(pictures, looks, album)
        eligible[n, :size] = np.isfinite(stills_first(pictures, album))
        before[n, : len(rows)], liked[n, : len(rows)] = looks[rows], True
    category = np.array([CATEGORIES.index(album.category) for album in albums])
    return Batch(*(torch.from_numpy(part) for part in (candidates, side, eligible, before, liked, category)))
