"""Third piles of patent 000: inside one event the photos are grouped by the faces in them.

Claims 5 and later and figures 3 to 5, which say how, are not in the published text that we have. Linking by a cosine
threshold, and what becomes of photos with several faces or none, are our reading (A8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plugins.events import FacePile, Faces, IntArray

Membership: TypeAlias = Literal["main", "overlap"]
BLOCK = 512  # rows of the similarity matrix that are held at a time: 60 MB for an event of 30,000 faces


def linked(vectors: NDArray[np.float32], threshold: float) -> IntArray:
    """Number faces by connected component: two faces are linked when their cosine is at least `threshold`.

    The similarity matrix is never held whole: rows come in blocks, against the faces after them.

    Args:
        vectors: L2-normalised, shape (m, d).
        threshold: cosine.

    Returns:
        Component of each face: the index of its first face, shape (m,).
    """
    component = np.arange(len(vectors))
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        close = (block @ vectors[start:].T) >= threshold
        close &= component[start : start + BLOCK, None] != component[None, start:]
        for row in np.flatnonzero(close.any(axis=1)):
            mine = component[start + row]
            others = component[start:][close[row]]
            others = np.unique(others[others != mine])
            if len(others):
                together = np.append(others, mine)
                component[np.isin(component, together)] = together.min()
    return component


def people_of(vectors: NDArray[np.float32], person: IntArray, threshold: float) -> IntArray:
    """Say who each face of one event is; faces of two known persons never come together.

    Linked faces take the one known person among them. Where several known persons are linked, each unknown face goes
    to the known face that it is most like, if their cosine is at least `threshold`; the rest link among themselves.

    Args:
        vectors: L2-normalised, shape (m, d).
        person: known person of each face, or -1, shape (m,).
        threshold: cosine.

    Returns:
        The known person (0 or more), or -1 - k for the k-th group of unknown faces, shape (m,).
    """
    component = linked(vectors, threshold)
    who = person.copy()
    known_in: dict[int, set[int]] = {}
    for group, number in zip(component[person >= 0].tolist(), person[person >= 0].tolist(), strict=True):
        known_in.setdefault(group, set()).add(number)
    for group, numbers in known_in.items():
        members = np.flatnonzero(component == group)
        if len(numbers) == 1:
            who[members] = numbers.pop()
        else:
            component[members] = _share_out(vectors, members, who, threshold)
    unknown = who < 0
    _, groups = np.unique(component[unknown], return_inverse=True)
    who[unknown] = -1 - groups
    return who


def _share_out(vectors: NDArray[np.float32], members: IntArray, who: IntArray, threshold: float) -> IntArray:
    """Divide linked faces among the known persons in them (into `who`); return components for those left over."""
    known, free = members[who[members] >= 0], members[who[members] < 0]
    for start in range(0, len(free), BLOCK):
        block = free[start : start + BLOCK]
        cosine = vectors[block] @ vectors[known].T
        near = cosine.max(axis=1) >= threshold
        who[block[near]] = who[known[cosine.argmax(axis=1)[near]]]
    component = members.copy()
    left = who[members] < 0
    component[left] = members[left][linked(vectors[members[left]], threshold)]
    return component


def third_piles(
    event: IntArray, faces: Faces, slack: float, membership: Membership, group_min_photos: int
) -> tuple[tuple[tuple[FacePile, ...], ...], IntArray]:
    """Make the third piles of every event (claim 1, last step; our reading, see the head of this file).

    Args:
        event: event of each photo, photos in time order, numbered from 0, ascending, shape (n,).
        faces: faces whose `photo` indexes that order.
        slack: how far below the embedder's threshold two faces of one event may be and still be linked.
        membership: `main`: each photo goes to the pile of its main face, the one of greatest weight, which makes a
            partition. `overlap`: each photo is in the pile of everybody it shows, and sets of people who are alone
            together in `group_min_photos` photos have a pile of their own. Either way photos without faces are one
            more pile.
        group_min_photos: see above.

    Returns:
        Piles of each event, in event order, people first; and who each face is, as in `FacePile`, shape (m,).
    """
    person = np.full(len(faces.photo), -1) if faces.person is None else np.asarray(faces.person, dtype=np.int64)
    who = person.copy()
    order = np.lexsort((-faces.weight, faces.photo))  # by photo, main face first
    face_event = event[faces.photo[order]]
    face_runs = _slices(face_event)
    piles: list[tuple[FacePile, ...]] = []
    for number, (start, stop) in _slices(event).items():
        mine = order[slice(*face_runs.get(number, (0, 0)))]
        names = people_of(faces.vectors[mine], person[mine], faces.threshold - slack)
        photos = faces.photo[mine]
        who[mine] = _by_photos(names, photos)
        shown: dict[int, list[int]] = {photo: [] for photo in range(start, stop)}
        for photo, name in zip(photos.tolist(), who[mine].tolist(), strict=True):
            shown[photo].append(name)
        piles.append(_partition(shown) if membership == "main" else _overlap(shown, group_min_photos))
    return tuple(piles), who


def _slices(numbers: IntArray) -> dict[int, tuple[int, int]]:
    """Return first and one past the last index of each number in an ascending array."""
    bounds = [*np.flatnonzero(np.diff(numbers, prepend=-1)).tolist(), len(numbers)]
    return {int(numbers[a]): (a, b) for a, b in pairwise(bounds)}


def _by_photos(who: IntArray, photos: IntArray) -> IntArray:
    """Renumber unknown people -1, -2, … by how many photos show them, then by the first face."""
    seen: dict[int, list[int]] = {}
    for name, photo in sorted(set(zip(who.tolist(), photos.tolist(), strict=True))):
        if name < 0:
            seen.setdefault(name, []).append(photo)
    ranked = sorted(seen, key=lambda name: (-len(seen[name]), seen[name][0], -name))
    new = {name: -1 - rank for rank, name in enumerate(ranked)}
    return np.asarray([new.get(name, name) for name in who.tolist()], dtype=np.int64)


def _partition(shown: Mapping[int, Sequence[int]]) -> tuple[FacePile, ...]:
    """Put each photo on the pile of its main face, or on the one without faces."""
    return _in_order((tuple(names[:1]), photo) for photo, names in shown.items())


def _overlap(shown: Mapping[int, Sequence[int]], group_min_photos: int) -> tuple[FacePile, ...]:
    """Put each photo on the piles of all that it shows, and of the group that they are if that comes together often."""
    groups = {photo: tuple(sorted(set(names))) for photo, names in shown.items()}
    times = Counter(groups.values())
    often = ((group, photo) for photo, group in groups.items() if len(group) > 1 and times[group] >= group_min_photos)
    alone = (((name,), photo) for photo, group in groups.items() for name in group)
    nobody = ((group, photo) for photo, group in groups.items() if not group)
    return _in_order([*alone, *often, *nobody])


def _in_order(memberships: Iterable[tuple[tuple[int, ...], int]]) -> tuple[FacePile, ...]:
    """Collect piles: single people first, then groups, then nobody; the largest first, the earliest among equals."""
    piles: dict[tuple[int, ...], list[int]] = {}
    for people, photo in memberships:
        piles.setdefault(people, []).append(photo)
    ranked = sorted(piles.items(), key=lambda pile: (len(pile[0]) or np.inf, -len(pile[1]), pile[1][0], pile[0]))
    return tuple(FacePile(people, tuple(photos)) for people, photos in ranked)
