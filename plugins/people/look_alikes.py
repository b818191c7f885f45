"""Photos that look alike and that nobody has tagged: groups to be named, with a name that others like them have."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

import plugins
from plugins.people import DROPPED, Context, Floats, Grouping, PeopleMethod, Vectors
from plugins.store.suggestions import Decision, Evidence, Suggestion
from plugins.tags.vocabulary import same_word

GROUP: Final = "group-"
"""What the key of a group begins with."""
SHARED: Final = 0.5
"""Share of a group's tagged photos that must carry a tag for it to be the proposed name."""
SAME: Final = 0.5
"""Share of the photos of the smaller of two groups from which on they are one group over runs."""
SMALL: Final = 2_000
"""Photos of a library up to which k-means groups them where the method finds no group: it takes seconds."""
PHOTOS_A_CLUSTER: Final = 5
"""Photos for each cluster of k-means: the purest of 5, 6, 8, 10 and 12 on one half of the kinds of `caltech101_dev`.

On the other half, in 10 libraries of 8 or 20 kinds with about 7 photos each, .83 of a group's photos are of one kind,
and .75 of the photos are in a group of five or more.
"""
STARTS: Final = 2
OF_PICTURES: Final[Mapping[str, Mapping[str, float | None]]] = {
    "affinity_gcn": {"weights": None, "edge_z": 11.0, "merge": 0.99},
}
"""Settings of people methods for picture vectors: the weights know faces, and pictures of different things are closer.

The thresholds are the best of 15 pairs for groups of five and more on one half of the 50 kinds of `caltech101_dev`
(BCubed F .674); on the other half they reach .673, and nine in ten pictures of a group are of one kind.
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Untagged photos that look alike, by content key, a name that they could have, and how alike they are, 0 to 1."""

    photos: tuple[str, ...]
    name: str
    similarity: float


def method_of_pictures(name: str) -> PeopleMethod:
    """Return a people method as it groups picture vectors, of which no threshold is known.

    Raises:
        UnknownPlugin: there is no such method.
    """
    method: PeopleMethod = plugins.load("people", name)(**OF_PICTURES.get(name, {}))
    return method


def grouped(method: PeopleMethod, units: Vectors, enough: Callable[[Sequence[int]], bool]) -> Grouping:
    """Group photos by a people method; by k-means where that finds no group at all in a small library.

    In a library of few kinds of pictures most pairs are alike, so that nothing stands out from what is usual in it,
    which is what people methods go by. K-means asks only what is nearest.

    Args:
        method: the method, as `method_of_pictures` returns it.
        units: picture vectors of length 1, shape (n, d).
        enough: says whether photos, by row, are worth a name.
    Source: patent 002 (CN 110704657 A) ¶40, for the second.
    """
    found = method.cluster(units, Context.of(len(units), photo=np.arange(len(units))))
    if len(units) > SMALL or any(enough(rows) for rows in _rows(found)):
        return found
    return _nearest_together(np.asarray(units))


def _nearest_together(units: Floats) -> Grouping:
    from sklearn.cluster import KMeans  # noqa: PLC0415 - slow to load, and seldom needed

    cluster = np.full(len(units), DROPPED, dtype=np.int64)
    usable = np.isfinite(units).all(axis=1) & units.any(axis=1)
    n_clusters = min(max(2, int(usable.sum()) // PHOTOS_A_CLUSTER), len(np.unique(units[usable], axis=0)))
    if n_clusters:
        cluster[usable] = KMeans(n_clusters, n_init=STARTS, random_state=0).fit_predict(units[usable])
    return Grouping(cluster, np.full(len(units), np.nan, dtype=np.float32))


def _rows(grouping: Grouping) -> list[list[int]]:
    """Return the rows of each cluster."""
    rows_of: dict[int, list[int]] = {}
    for row, number in enumerate(grouping.cluster.tolist()):
        if number != DROPPED:
            rows_of.setdefault(number, []).append(row)
    return list(rows_of.values())


def groups_of(
    keys: Sequence[str],
    units: Vectors,
    grouping: Grouping,
    tags: Sequence[Iterable[str]],
    enough: Callable[[Sequence[str]], bool],
    refused: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> list[Group]:
    """Return the groups of untagged photos, the largest first.

    Args:
        keys: content keys of the n photos, by time: the photos of a group stand in this order.
        units: their picture vectors, of length 1, shape (n, d).
        grouping: who looks alike.
        tags: the user's tags of each.
        enough: says whether so many photos are worth a name.
        refused: by content key the words, as `same_word` writes them, that the user does not want on it: a group is
            not proposed a name that one of its photos must not get.
    """
    labelled = [frozenset(of_one) for of_one in tags]
    found = []
    for rows in _rows(grouping):
        untagged = [row for row in rows if not labelled[row]]
        photos = tuple(keys[row] for row in untagged)
        if photos and enough(photos):
            unwanted = {word for key in photos for word in refused.get(key, ())}
            name = _shared([labelled[row] for row in rows if labelled[row]], unwanted)
            found.append(Group(photos, name, _alike(units[untagged])))
    return sorted(found, key=lambda group: (-len(group.photos), group.photos))


def _shared(tags: Sequence[frozenset[str]], unwanted: Collection[str]) -> str:
    """Return the tag that most of the tagged photos carry, empty where none does or nothing is tagged."""
    counts = Counter(tag for of_one in tags for tag in of_one if same_word(tag) not in unwanted)
    tag = min(counts, key=lambda t: (-counts[t], t), default="")
    return tag if tag and counts[tag] >= SHARED * len(tags) else ""


def _alike(units: Floats) -> float:
    """Return the mean cosine of the photos to their mean, 0 to 1."""
    mean = units.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return float(np.clip((units @ mean).mean() / length, 0.0, 1.0)) if length else 0.0


def asked_of(groups: Iterable[Group], before: Sequence[Suggestion], decided: Sequence[Decision]) -> list[Suggestion]:
    """Return the groups as suggestions; one that is mostly a group of the last run keeps its photos' numbers.

    A key stands for photos in an order, so that a number on a contact sheet means one photo: it stays while photos
    only join, behind the others, and is another one as soon as one has left.
    A group of which most was decided on is not asked of again, whatever was said.

    Args:
        groups: the groups, the largest first.
        before: the suggestions that wait.
        decided: what the user has said to earlier ones.
    """
    settled = _Sets(frozenset(decision.evidence.photos) for decision in decided)
    waiting = _Sets(frozenset(asked.evidence.photos) for asked in before)
    keys = [asked.key for asked in before]
    known = {asked.key: asked.evidence.photos for asked in before}
    taken = set[int]()
    made = []
    for group in groups:
        there = frozenset(group.photos)
        if any(_same(there, settled.of[n]) for n in settled.near(there)):
            continue
        same = (n for n in waiting.near(there) if n not in taken and _same(there, waiting.of[n]))
        number = next(same, None)
        key = "" if number is None else keys[number]
        if number is not None:
            taken.add(number)
        if number is not None and waiting.of[number] <= there:
            photos = tuple(dict.fromkeys((*known[key], *group.photos)))
        else:
            key, photos = _key(group.photos), group.photos
        evidence = Evidence(photos=photos, similarity=round(group.similarity, 4))
        reason = "others like them have this tag" if group.name else ""
        made.append(Suggestion(key, "group", key, group.name, round(group.similarity, 4), reason, evidence))
    return made


class _Sets:
    """Sets of photos in an order, and which of them have a photo in common with another set."""

    def __init__(self, sets: Iterable[frozenset[str]]) -> None:
        self.of = [*sets]
        self._with: dict[str, list[int]] = {}
        for number, one in enumerate(self.of):
            for photo in one:
                self._with.setdefault(photo, []).append(number)

    def near(self, photos: frozenset[str]) -> list[int]:
        """Return the numbers of those sets, ascending."""
        return sorted({number for photo in photos for number in self._with.get(photo, ())})


def _key(photos: Sequence[str]) -> str:
    digest = hashlib.sha256("\0".join(photos).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{GROUP}{digest[:12]}"


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and len(one & other) >= SAME * min(len(one), len(other))
