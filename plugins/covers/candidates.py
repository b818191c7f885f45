"""The preset rule: which photos of an album may be its cover, and why the others are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from plugins.covers import BoolArray, Floats, IntArray, Pictures

MOST: Final = 32
LIKED_STARS: Final = 4
FAVOURITE_STARS: Final = 5
"""What a favourite counts as."""
SHARP_QUARTER: Final = 0.75
FAR_BELOW: Final = 0.3
"""A photo is blurred below this share of the sharpness from which on its album's sharpest quarter is."""
BURST_S: Final = 3.0
"""Photos so close in time are one burst, unless they show something else."""
SAME_IN_BURST, SAME = 0.85, 0.95
"""Cosine of the scenes from which on two photos are nearly the same: in a burst, and among neighbours in time."""
NEIGHBOURS: Final = 8
"""Photos after each, in order of time, that are compared with it."""

VIDEO: Final = "a video beside photos"
REJECTED: Final = "rejected by you"
BLURRED: Final = "blurred"
TWIN: Final = "nearly the same as another"
_Rule: TypeAlias = Callable[[Pictures, IntArray], BoolArray]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What an album's cover is chosen from.

    Args:
        rows: rows of `Pictures`, in order of time, shape (k,); k is 0 only where the album has no photo.
        left_out: how many photos of the album are no candidates, by the reason in words.
    """

    rows: IntArray
    left_out: Mapping[str, int] = field(default_factory=dict)


def preset(
    pictures: Pictures,
    rows: IntArray,
    excluded: Mapping[int, str] | None = None,
    most: int = MOST,
    burst_s: float = BURST_S,
) -> Candidates:
    """Return the candidates of an album by the preset rule; no part of it leaves none.

    What is excluded goes first, then videos beside stills, what the user rejected, and what is far less sharp than the
    album's sharpest quarter, unless the user likes it. Of photos that are nearly the same the one liked best stays, of
    equals the one whose best face and whose sharpness add up to most. Of the others at most `most` stay: the first and
    the last, up to half of them liked ones, and for the rest, one by one, the photo that is farthest from all before it
    in what it shows and when it was taken.

    Args:
        pictures: all pictures of the user.
        rows: the album's photos, in any order; one given twice counts once.
        excluded: why photos are left out that are documents, screenshots and the like, by row.
        most: candidates at most, at least 2.
        burst_s: seconds between two photos of one burst at the most.
    Source: patent 004 (CN111191059) claim 6, which leaves the preset rule open; read as methods 1.5 E5.
    """
    left = _by_time(pictures, np.unique(np.asarray(rows, np.int64)))
    left, left_out = _not_excluded(left, excluded or {})
    rules: tuple[tuple[str, _Rule], ...] = (
        (VIDEO, lambda known, of: known.video[of]),
        (REJECTED, lambda known, of: known.rating[of] < 0),
        (BLURRED, _blurred),
        (TWIN, lambda known, of: _twins(known, of, burst_s)),
        (f"not among the {most} that differ most", lambda known, of: _too_many(known, of, most)),
    )
    for reason, rule in rules:
        out = rule(pictures, left) if len(left) > 1 else np.zeros(len(left), np.bool_)
        if out.any() and not out.all():
            left_out[reason] = int(out.sum())
            left = left[~out]
    return Candidates(left, left_out)


def _by_time(pictures: Pictures, rows: IntArray) -> IntArray:
    ordered: IntArray = rows[np.lexsort((np.array([pictures.ids[row] for row in rows]), pictures.taken_s[rows]))]
    return ordered


def _not_excluded(rows: IntArray, excluded: Mapping[int, str]) -> tuple[IntArray, dict[str, int]]:
    reasons = [excluded[row] for row in rows.tolist() if row in excluded]
    if len(reasons) == len(rows):
        return rows, {}
    return rows[[row not in excluded for row in rows.tolist()]], dict(Counter(reasons))


def liking(pictures: Pictures, rows: IntArray) -> IntArray:
    """Return the stars that the user gave these pictures, a favourite counting as five; 0 where one is not liked."""
    rating = pictures.rating[rows]
    stars = np.where(rating >= LIKED_STARS, rating, 0)
    found: IntArray = np.where(pictures.favourite[rows], FAVOURITE_STARS, stars)
    return found


def _blurred(pictures: Pictures, rows: IntArray) -> BoolArray:
    sharpness = pictures.sharpness[rows]
    known = sharpness[np.isfinite(sharpness)]
    if not len(known):
        return np.zeros(len(rows), np.bool_)
    far_below = sharpness < FAR_BELOW * np.quantile(known, SHARP_QUARTER)  # NaN is not below
    blurred: BoolArray = far_below & (liking(pictures, rows) == 0)
    return blurred


def _twins(pictures: Pictures, rows: IntArray, burst_s: float) -> BoolArray:
    """Say which photos are nearly the same as another one that is better."""
    group = _groups_of_twins(pictures, rows, burst_s)
    earlier = np.arange(len(rows))
    looks = _sharpness(pictures, rows) + pictures.face_quality[rows]
    best_first = np.lexsort((earlier, -looks, -liking(pictures, rows), group))
    _, first = np.unique(group[best_first], return_index=True)
    twins = np.ones(len(rows), np.bool_)
    twins[best_first[first]] = False
    return twins


def _sharpness(pictures: Pictures, rows: IntArray) -> Floats:
    """Return the sharpness, that of the middle one where it is not known."""
    found = pictures.sharpness[rows]
    known = found[np.isfinite(found)]
    filled: Floats = np.where(np.isfinite(found), found, np.median(known) if len(known) else 0)
    return filled


def _groups_of_twins(pictures: Pictures, rows: IntArray, burst_s: float) -> IntArray:
    """Number photos, in order of time, by what they show: those nearly the same as one shortly after them are one.

    A photo with a face and one without are the same in a burst only.
    """
    scenes, taken_s, n = pictures.scenes[rows], pictures.taken_s[rows], len(rows)
    has_face = pictures.n_faces[rows] > 0
    is_known = np.einsum("ij,ij->i", scenes, scenes) > 0
    pairs: list[IntArray] = [np.zeros((2, 0), np.int64)]
    for step in range(1, min(NEIGHBOURS, n - 1) + 1):
        cosine = np.einsum("ij,ij->i", scenes[:-step], scenes[step:])
        burst = taken_s[step:] - taken_s[:-step] <= burst_s
        both = is_known[:-step] & is_known[step:]
        alike = (cosine >= SAME) & (has_face[:-step] == has_face[step:])
        same = np.where(both, alike | (burst & (cosine >= SAME_IN_BURST)), burst)
        first = np.flatnonzero(same)
        pairs.append(np.stack([first, first + step]))
    one, other = np.concatenate(pairs, axis=1)
    links = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(n, n))
    group: IntArray = connected_components(links, directed=False)[1].astype(np.int64)
    return group


def _too_many(pictures: Pictures, rows: IntArray, most: int) -> BoolArray:
    """Say which photos are not among those that differ most, liked ones first."""
    out = np.zeros(len(rows), np.bool_)
    if len(rows) <= most:
        return out
    place = np.linspace(0, 1, len(rows), dtype=np.float32)[:, None]
    points = np.concatenate([pictures.scenes[rows], place], axis=1)  # as far apart in time as in what they show
    ends = [0, len(rows) - 1]
    is_liked = liking(pictures, rows) > 0
    chosen = _farthest(points, ends, is_liked, max(len(ends), most // 2))
    out[:] = True
    out[_farthest(points, chosen, np.ones(len(rows), np.bool_), most)] = False
    return out


def _farthest(points: Floats, chosen: list[int], may: BoolArray, most: int) -> list[int]:
    """Add, one by one, the point that is farthest from all chosen ones, among those that may be; the earlier of equals.

    Args:
        points: shape (n, d).
        chosen: numbers of those that are chosen already, at least one.
        may: which points may be added, shape (n,).
        most: how many are chosen in the end at most.
    """
    chosen = list(chosen)
    distance = np.min([_squared(points, point) for point in chosen], axis=0)
    for _ in range(min(most - len(chosen), int(may.sum() - may[chosen].sum()))):
        taken = np.isin(np.arange(len(points)), chosen)
        chosen.append(int(np.argmax(np.where(may & ~taken, distance, -1))))
        distance = np.minimum(distance, _squared(points, chosen[-1]))
    return chosen


def _squared(points: Floats, at: int) -> Floats:
    """Return the squared distance of each point from one of them, shape (n,)."""
    off = points - points[at]
    found: Floats = np.einsum("ij,ij->i", off, off)
    return found
