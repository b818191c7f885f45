"""Names for faces from what the user has named already: regions in the metadata, then faces that look the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from plugins.records import Box, Region

MIN_OVERLAP = 0.3  # of two boxes of one face by two detectors; half is too strict for tight against loose boxes
MARGIN = 0.02  # cosine by which the best name must beat the second: between siblings nobody is named
AT_ONCE = 16_384  # faces compared with all people together: a few MB, however many faces there are


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (_area(one) + _area(other) - shared)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def match_regions(faces: Sequence[Box], regions: Sequence[Region]) -> dict[int, str]:
    """Return the names of the faces of one photo, by their number: named regions to found faces, best overlap first.

    A name without a box (the photo shows Anna somewhere) is taken only where it and the face are the only ones.
    """
    named = [region for region in regions if region.name]
    if len(named) == 1 and named[0].box is None and len(faces) == 1:
        return {0: named[0].name}
    pairs = [
        (overlap(box, region.box), n, region.name)
        for n, box in enumerate(faces)
        for region in named
        if region.box is not None
    ]
    names: dict[int, str] = {}
    for share, n, name in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if share >= MIN_OVERLAP and n not in names and name not in names.values():
            names[n] = name
    return names


def spread_names(
    vectors: NDArray[np.float32], photo: NDArray[np.int64], names: Sequence[str], threshold: float
) -> list[str]:
    """Give unnamed faces the name of the person whose named faces they resemble; return all names, "" for unknown.

    Args:
        vectors: face features, L2-normalised, shape (m, d).
        photo: which photo each face is in, shape (m,); nobody is in one photo twice.
        names: the name of each face, "" where it has none, m of them.
        threshold: cosine to the mean of a person's named faces from which it may be that person.
    """
    people = sorted({name for name in names if name})
    spread = list(names)
    if not people or not len(vectors):
        return spread
    number = {name: n for n, name in enumerate(people)}
    owner = np.array([number.get(name, -1) for name in names])
    centres = np.stack([vectors[owner == n].mean(axis=0) for n in range(len(people))])
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    best, score, second = _two_best(vectors, centres)
    taken = {(int(photo[i]), int(owner[i])) for i in np.flatnonzero(owner >= 0)}
    likely = np.flatnonzero((owner < 0) & (score >= threshold) & (score - second >= MARGIN))
    for i in likely[np.argsort(-score[likely], kind="stable")]:
        place = (int(photo[i]), int(best[i]))
        if place not in taken:
            spread[i] = people[int(best[i])]
            taken.add(place)
    return spread


def _two_best(
    vectors: NDArray[np.float32], centres: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """Return for each vector the number of the nearest centre, its cosine, and that of the second; all shape (m,)."""
    n = len(vectors)
    best, score = np.empty(n, dtype=np.intp), np.empty(n, dtype=np.float32)
    second = np.full(n, -1, dtype=np.float32)  # one person alone is nobody's sibling
    for start in range(0, n, AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        near = vectors[rows] @ centres.T  # (rows, people)
        best[rows], score[rows] = near.argmax(axis=1), near.max(axis=1)
        if len(centres) > 1:
            second[rows] = np.partition(near, -2, axis=1)[:, -2]
    return best, score, second
