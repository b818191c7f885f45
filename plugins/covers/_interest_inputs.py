"""What the interest network is given: looks that mean the same whichever embedder made them, and side channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh  # type: ignore[import-untyped]
from torch import Tensor

from plugins.covers import CATEGORIES, Album, Floats, IntArray, Pictures, stills_first
from plugins.covers._interest_closeness import FAR, Shown, closeness, leaning

AXES: Final = 48
"""Principal axes of scenes and of faces that count."""
MEASURES: Final = ("sharpness", "exposure", "faces", "share", "quality", "smile")
WIDE: Final = 256
"""Principal axes of scenes along which liked pictures may differ from others."""
PARTS: Final = {"scene": AXES, "faces": AXES, "measures": len(MEASURES)}
"""What a picture looks like: what it shows, who is in it, and how it was taken; numbers of each part."""
WIDTH: Final = sum(PARTS.values())
SIDE: Final = (
    "sharpness", "exposure", "faces", "share", "quality", "smile", "portrait", "stars", "middle", "company",
    "favourite", "many_faces", "sharp", "large_face", "position", "first", "last",
)  # fmt: skip
"""Side channels; those up to `company` say how a candidate differs from its album, the others stand for themselves."""
AT_ONCE: Final = 16_384  # vectors that are worked on in one go
MOST_FITTED: Final = 4_096  # pictures or faces that say what is usual; more change nothing and cost time
RIDGE: Final = 0.5  # of the mean variance, added to each axis before it is whitened: small ones are mostly noise
LIKED_STARS: Final = 3  # fewer say as little as none
SHARED: Final = 0.2  # added to the variance of the measures' own axes


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What the n pictures of a user look like, beside what is usual with this user.

    Args:
        features: scene and faces, each of length 1, or 0 where nothing is known, then measures; shape (n, WIDTH).
        shown: the scenes, and each face by itself.
        wide: scenes along more axes, shape (n, d).
    """

    features: Floats
    shown: tuple[Shown, Shown]
    wide: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Albums for the network: a albums with up to k candidates and up to m liked pictures, the rest is padding.

    Args:
        candidates: looks, shape (a, k, d).
        close: how much more often than usual what is like them is liked, by scene and by face, and how far they lean
            the way of what is liked, shape (a, k, 3).
        side: side channels, shape (a, k, s), columns as SIDE.
        eligible: which candidates there are and may be the cover, shape (a, k).
        history: looks of what the user liked, oldest first, shape (a, m, d).
        liked: which of these there are, shape (a, m).
        category: number of the album's category, shape (a,).
    """

    candidates: Tensor
    close: Tensor
    side: Tensor
    eligible: Tensor
    history: Tensor
    liked: Tensor
    category: Tensor


def looks_of(pictures: Pictures) -> Looks:
    """Return what each picture looks like, beside what is usual with this user.

    Scenes and faces are centred on the user's own mean and whitened along the user's own principal axes, so that a
    product of two says how much more alike they are than any two. The faces of a picture are summed.
    """
    n, wide, faces = len(pictures), _whitened(pictures.scenes, WIDE), _whitened(pictures.faces, AXES)
    features = np.empty((n, WIDTH), np.float32)
    features[:, :AXES] = _unit(wide[:, :AXES])
    summed = np.zeros((n, AXES), np.float32)
    np.add.at(summed, pictures.face_of, faces)
    features[:, AXES : 2 * AXES] = _unit(summed)
    features[:, 2 * AXES :] = _measures(pictures)
    scene, each = Shown(features[:, :AXES], np.arange(n), n), Shown(_unit(faces), pictures.face_of, n)
    for rows in _in_parts(np.arange(n)):
        wide[rows] = _unit(wide[rows])
    return Looks(features, (scene, each), wide)


def _whitened(vectors: Floats, most: int) -> Floats:
    """Return vectors along their principal axes, the widest first, about one wide each; shape (n, most).

    Some are worked on at a time: of a large library vectors are read from the store only then.
    """
    n = vectors.shape[0]
    found = np.zeros((n, most), np.float32)
    known = np.concatenate([_known_rows(vectors, rows) for rows in _in_parts(np.arange(n))])
    if len(known) < 2:
        return found
    mean, axes = _axes(
        vectors[known[np.linspace(0, len(known) - 1, min(len(known), MOST_FITTED)).astype(np.int64)]], most
    )
    for rows in _in_parts(known):
        found[rows, : axes.shape[1]] = (_unit(vectors[rows]) - mean) @ axes
    return found


def _axes(usual: Floats, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of vectors, shape (d,), and what they are multiplied by to lie along their axes, shape (d, a)."""
    rows = _unit(usual).astype(np.float64)
    mean = rows.mean(axis=0)
    spread = (rows - mean).T @ (rows - mean) / len(rows)
    d = len(spread)
    variance, axes = eigh(spread, subset_by_index=(max(d - most, 0), d - 1))
    variance, axes = variance[::-1], axes[:, ::-1]
    width = np.sqrt(np.maximum(variance, 0) + RIDGE * np.trace(spread) / d + 1e-9)
    signs = np.where(axes.sum(axis=0) < 0, -1, 1)  # a solver may turn axes round
    return mean, axes * signs / width


def _in_parts(rows: IntArray) -> Iterator[IntArray]:
    yield from (rows[start : start + AT_ONCE] for start in range(0, max(len(rows), 1), AT_ONCE))


def _known_rows(vectors: Floats, rows: IntArray) -> IntArray:
    there = vectors[rows]
    return rows[np.isfinite(there).all(axis=1) & there.any(axis=1)]


def _measures(pictures: Pictures) -> Floats:
    """Return the measures of each picture, beside the user's others and without what they share, shape (n, c)."""
    columns = _measured(pictures, np.arange(len(pictures)))[: len(MEASURES)]
    rows = np.clip(np.column_stack([_standardised(column) for column in columns]), -FAR, FAR).astype(np.float64)
    variance, axes = np.linalg.eigh(rows.T @ rows / max(len(rows), 1))
    apart: Floats = (rows @ (axes / np.sqrt(variance.clip(0) + SHARED)) @ axes.T).astype(np.float32)
    scaled: Floats = apart / np.float32(len(MEASURES) ** 0.5)
    return scaled


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = (vectors / np.maximum(length, 1e-9)).astype(np.float32)
    return unit


def side_channels(pictures: Pictures, looks: Looks, album: Album) -> Floats:
    """Return the side channels of an album's candidates, shape (k, s); 0 stands for what nobody measured.

    Source: methods E8.
    """
    rows = album.candidates
    scene, faces = looks.features[rows, :AXES], looks.features[rows, AXES : 2 * AXES]
    stars = np.zeros(len(rows)) if album.blind else _stars(pictures.rating[rows])
    favourite = np.zeros(len(rows)) if album.blind else pictures.favourite[rows]
    measured = _measured(pictures, rows)
    sharp, _, faces_known, share, *_ = measured
    alike = (scene @ scene.mean(axis=0), faces @ faces.mean(axis=0))
    place = np.linspace(-1, 1, len(rows)) if len(rows) > 1 else np.zeros(1)
    alone = (favourite, faces_known - 0.7, np.nan_to_num(sharp - 0.5), 10 * share - 1, place, place == -1, place == 1)
    columns = [*(_standardised(column) for column in (*measured, stars, *alike)), *alone]
    side: Floats = np.clip(np.column_stack(columns), -FAR, FAR).astype(np.float32)
    return side


def _measured(pictures: Pictures, rows: IntArray) -> tuple[Floats, ...]:
    """Return `MEASURES` of some pictures, not finite where unknown, and how good a portrait each is."""
    n_faces, share = _known(pictures.n_faces[rows]), np.sqrt(_known(pictures.face_share[rows]))
    quality = _known(pictures.face_quality[rows])
    return (
        pictures.sharpness[rows], pictures.exposure[rows], np.log1p(n_faces), share, quality,
        np.where(n_faces > 0, pictures.smile[rows], np.nan), np.minimum(n_faces, 4) * share * quality,
    )  # fmt: skip


def _known(values: Floats) -> Floats:
    known: Floats = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).clip(0)
    return known


def _stars(rating: IntArray) -> Floats:
    stars: Floats = np.where((rating >= LIKED_STARS) | (rating < 0), rating, 0).astype(np.float32)
    return stars


def _standardised(values: Floats) -> Floats:
    """Return values by their mean and standard deviation; 0 for the unknown, and where all agree."""
    known = np.isfinite(values)
    if known.sum() < 2:
        return np.zeros(len(values), np.float32)
    given = values[known].astype(np.float64)
    spread = float(given.std())
    if spread < 1e-6:
        return np.zeros(len(values), np.float32)
    found = np.zeros(len(values), np.float32)
    found[known] = (given - given.mean()) / spread
    return found


def batch_of(pictures: Pictures, looks: Looks, albums: Sequence[Album], history: int, personal: bool = True) -> Batch:
    """Return albums of one user as the network takes them.

    Args:
        pictures: of the user.
        looks: of the same pictures.
        albums: at least one.
        history: how many of the latest liked pictures are read one by one.
        personal: whether the history counts; if not, nobody asks how close it is.
    """
    past = [album.history[max(len(album.history) - history, 0) :] for album in albums]
    columns = (
        _padded([looks.features[album.candidates] for album in albums]),
        _padded([_close(pictures, looks, album, personal) for album in albums]),
        _padded([side_channels(pictures, looks, album) for album in albums]),
        _padded([np.isfinite(stills_first(pictures, album)) for album in albums]),
        _padded([looks.features[rows] for rows in past]),
        _padded([np.ones(len(rows), np.bool_) for rows in past]),
        np.array([CATEGORIES.index(album.category) for album in albums]),
    )
    return Batch(*(torch.from_numpy(column) for column in columns))


def _close(pictures: Pictures, looks: Looks, album: Album, personal: bool) -> Floats:
    if not personal:
        return np.zeros((len(album.candidates), len(looks.shown) + 1), np.float32)
    return np.column_stack([closeness(pictures, album, looks.shown), leaning(album, looks.wide)])


def _padded(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return arrays of one shape but for their length as one array, the short ones followed by zeros."""
    size = max(1, *(len(part) for part in parts))
    found = np.zeros((len(parts), size, *parts[0].shape[1:]), parts[0].dtype)
    for n, part in enumerate(parts):
        found[n, : len(part)] = part
    return found
