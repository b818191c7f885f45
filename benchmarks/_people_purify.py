"""Rows about purifying: patent 001 on groups that were made too loose on purpose."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

import plugins
from benchmarks._means import Row, mean_rows
from benchmarks._people_data import Faces
from benchmarks._people_methods import alone
from benchmarks._people_rows import scores
from benchmarks._processes import WouldNotFit, peak_mb
from plugins.people import IntArray
from plugins.people._first_groups import component_groups
from plugins.people._neighbours import neighbours, unit, usable
from plugins.people._scale import Scale
from plugins.people.average_linkage import Plugin as AverageLinkage
from plugins.scores import auc

METHODS: Final[Mapping[str, Mapping[str, object]]] = {
    "confidence_gcn": {},
    "confidence_gcn_no_weights": {"weights": None},
}
GROUPS: Final = ("components", "linkage", "planted")
NEAREST: Final = 20
MOST: Final = 300
STEP: Final = 0.1
"""By how many standard deviations the threshold rises in groups that are too large: what then fits is still mixed."""
FEWEST: Final = 3
"""Faces of a group at least, for one of them not to belong."""


def loose(faces: Faces, how: str) -> IntArray:
    """Group faces too loosely.

    Args:
        faces: all of them usable.
        how: "components" of the graph of the 20 nearest, one standard deviation of strangers below the threshold (those
            of more than 300 faces are cut at higher ones); "linkage" for average linkage there, which mixes few people
            at a time; or "planted": true people, of whom half hold some faces of the person who is most like them.
    """
    if how == "planted":
        return planted(faces)
    units = unit(faces.vectors)
    scale = Scale.of(units, faces.context.threshold)
    threshold = scale.cosine_at(-1)
    if how == "linkage":
        return AverageLinkage().cluster(faces.vectors, faces.at_threshold(threshold).context).cluster
    return component_groups(neighbours(units, NEAREST), threshold, MOST, scale.cosine_at(STEP - 1) - threshold)


def planted(faces: Faces) -> IntArray:
    """Return the true people, every second of those with three faces or more with intruders: up to 3 in 10, by lot.

    Intruders are those faces of the person with the most alike mean that are most like the one who takes them in.
    """
    draw = np.random.default_rng(0)
    units = unit(faces.vectors)
    group = np.where(faces.label < 0, faces.label.max() + 1 + np.arange(len(faces.label)), faces.label)
    people, size = np.unique(faces.label[faces.label >= 0], return_counts=True)
    means = unit(np.stack([units[faces.label == person].mean(axis=0) for person in people]))
    for host in draw.permutation(np.flatnonzero(size >= FEWEST))[::2]:
        alike = means @ means[host]
        alike[host] = -1
        guests = np.flatnonzero((faces.label == people[np.argmax(alike)]) & (group == faces.label))
        most = int(draw.integers(1, max(2, 3 * size[host] // 10)))
        nearest = np.argsort(-units[guests] @ means[host], kind="stable")[:most]
        group[guests[nearest]] = people[host]
    return group


def belongs(label: IntArray, cluster: IntArray) -> tuple[IntArray, IntArray, int]:
    """Return the faces of known people in mixed groups, whether each is its group's most frequent person, and how many.

    A group is mixed if it has three faces of known people or more, of two people or more, one of them most frequent.
    """
    face, right, count = [], [], 0
    for members in np.split(np.argsort(cluster, kind="stable"), np.cumsum(np.unique(cluster, return_counts=True)[1])):
        known = members[label[members] >= 0]
        people, sizes = np.unique(label[known], return_counts=True)
        if len(known) < FEWEST or len(people) < 2 or np.sort(sizes)[-2] == sizes.max():
            continue
        face.append(known)
        right.append(label[known] == people[np.argmax(sizes)])
        count += 1
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing, *face]), np.concatenate([nothing, *right]).astype(np.int64), count


def run(name: str, how: str, faces: Faces) -> Row:
    """Purify loose groups of the usable faces, in this process."""
    faces = faces.pick(np.flatnonzero(usable(faces.vectors)))
    first = loose(faces, how)
    model = plugins.load("people", "confidence_gcn")(**METHODS[name])
    face, right, mixed = belongs(faces.label, first)
    sure = model.confidence(faces.vectors, faces.context, first)[face]
    began = time.perf_counter()
    second = model.purify(faces.vectors, faces.context, first).cluster
    seconds = time.perf_counter() - began
    area = auc(right.astype(np.bool_), sure)
    before = {f"{key}_before": value for key, value in scores(faces.label, first).items()}
    return {
        "faces": len(first),
        "mixed_groups": mixed,
        **({} if np.isnan(area) else {"node_auc": area}),
        **before,
        **scores(faces.label, second),
        "seconds": seconds,
        "peak_mb": peak_mb(),
    }


def rows_of_purifying(sets: Mapping[str, Sequence[Faces]], groups: Sequence[str]) -> list[Row]:
    """Return a row for each way to judge, way to group too loosely, and setting: means over seeds and over settings."""
    rows: list[Row] = []
    for name in METHODS:
        for how in groups:
            each = {setting: _each(name, how, some) for setting, some in sets.items()}
            rows += [{"method": name, "groups": how, **row} for row in mean_rows(each)]
    return rows


def _each(name: str, how: str, sets: Sequence[Faces]) -> list[Row] | str:
    try:
        return alone(partial(run, name, how), sets)
    except WouldNotFit as error:
        return str(error)
