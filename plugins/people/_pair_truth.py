"""What is known of pairs of faces from what a user has said and from how photos are taken; of most pairs nothing."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plugins.people import Context, Floats, IntArray

Verdict: TypeAlias = NDArray[np.int8]
"""SAME, OTHER or UNKNOWN for each pair."""
SAME: Final = 1
OTHER: Final = -1
UNKNOWN: Final = 0
BURST_S: Final = 3.0
"""Photos at most this many seconds apart are of one burst."""


def verdict(context: Context, one: IntArray, other: IntArray, cosine: Floats) -> Verdict:
    """Say of each pair of faces whether they are one person.

    Two named faces are one person if their names are one. Else two faces of one photo are two people, as are a face
    and a person whom the user ruled out for it; and two faces as alike as copies in photos of one burst are one person.
    Of all other pairs nothing is known, whatever a method thinks of them.

    Args:
        context: what is known of n faces.
        one: the first face of each pair, shape (e,).
        other: the second, shape (e,).
        cosine: of each pair, shape (e,).

    Source: methods 8.6.
    """
    a, b = context.person[one], context.person[other]
    same_photo = context.photo[one] == context.photo[other]
    apart = same_photo | _ruled_out(context, one, b) | _ruled_out(context, other, a)
    said = np.where(apart, OTHER, np.where(_burst(context, one, other, cosine), SAME, UNKNOWN))
    return np.where((a >= 0) & (b >= 0), np.where(a == b, SAME, OTHER), said).astype(np.int8)


def _ruled_out(context: Context, face: IntArray, person: IntArray) -> NDArray[np.bool_]:
    """Say whether the user ruled a person out for a face."""
    if not context.never:
        return np.zeros(len(face), dtype=bool)
    faces, people = np.array(context.never, dtype=np.int64).T
    n = int(max(people.max(), context.person.max())) + 1
    found: NDArray[np.bool_] = (person >= 0) & np.isin(face * n + person, faces * n + people)
    return found


def _burst(context: Context, one: IntArray, other: IntArray, cosine: Floats) -> NDArray[np.bool_]:
    """Say whether two faces are as alike as copies, halfway from the threshold to 1, and were taken within seconds."""
    if np.isnan(context.threshold):
        return np.zeros(len(one), dtype=bool)
    seconds = np.abs(context.taken_s[one] - context.taken_s[other])  # NaN, where a time is not known, is no burst
    found: NDArray[np.bool_] = (seconds <= BURST_S) & (cosine >= (1 + context.threshold) / 2)
    return found


def persons_of(person: IntArray, group: IntArray) -> IntArray:
    """Return whose most of the named faces of each group are, -1 for groups without any, shape (m,).

    Args:
        person: whom the user named on each face, -1 for nobody, shape (n,).
        group: numbered from 0 without gaps, shape (n,).
    """
    found = np.full(int(group.max(initial=-1)) + 1, -1, dtype=np.int64)
    named = person >= 0
    pairs, count = np.unique(np.stack([group[named], person[named]]), axis=1, return_counts=True)
    order = np.argsort(count, kind="stable")  # the last written wins: that with the most faces
    found[pairs[0, order]] = pairs[1, order]
    return found
