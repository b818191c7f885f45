"""Which face of ours is which of the gallery's: boxes of two detectors matched by overlap."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.records import Box, Region

MIN_OVERLAP = 0.3  # of two boxes of one face by two detectors; half is too strict for tight against loose boxes


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


def match_regions(faces: Sequence[Box], regions: Sequence[Region]) -> dict[int, Region]:
    """Return the region of each face of one photo that has one, by the face's number: best overlap first.

    Of several regions that fit a face as well, one with a person is taken. A region without a box (the photo shows Anna
    somewhere) is taken only where it is the only one with a name, and the face the only one.
    """
    named = [region for region in regions if region.name]
    if len(named) == 1 and named[0].box is None and len(faces) == 1:
        return {0: named[0]}
    pairs = [
        (-overlap(box, region.box), not region.person, not region.name, n, region.name, m)
        for n, box in enumerate(faces)
        for m, region in enumerate(regions)
        if region.box is not None
    ]
    found: dict[int, int] = {}
    for share, _, _, n, _, m in sorted(pairs):
        if -share >= MIN_OVERLAP and n not in found and m not in found.values():
            found[n] = m
    return {n: regions[m] for n, m in sorted(found.items())}
