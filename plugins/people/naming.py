"""Names for faces from what the user has named already: regions in the metadata, then faces that look the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from plugins.records import Box, Region

MIN_OVERLAP = 0.3  # of two boxes of one face by two detectors; half is too strict for tight against loose boxes
MARGIN = 0.02  # cosine by which the best name must beat the second: between siblings nobody is named


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
    owner = np.array([people.index(name) if name else -1 for name in names])
    centres = np.stack([vectors[owner == n].mean(axis=0) for n in range(len(people))])
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    near = vectors @ centres.T  # (m, people)
    best = near.argmax(axis=1)
    score = near[np.arange(len(near)), best]
    second = np.partition(near, -2, axis=1)[:, -2] if len(people) > 1 else np.full(len(near), -1.0)
    taken = {(int(photo[i]), owner[i]) for i in np.flatnonzero(owner >= 0)}
    for i in np.argsort(-score, kind="stable"):
        place = (int(photo[i]), int(best[i]))
        if owner[i] < 0 and score[i] >= threshold and score[i] - second[i] >= MARGIN and place not in taken:
            spread[i] = people[int(best[i])]
            taken.add(place)
    return spread
