"""Patent 001: a graph convolution over groups of faces says how surely each belongs, and groups are parted by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from plugins.one_thread import one_thread
from plugins.people import DROPPED, Context, Floats, Grouping, IntArray, Purifier, Vectors
from plugins.people._baseline import numbered, obeying
from plugins.people._confidence_channels import Material, parts_of_group
from plugins.people._confidence_judge import Judge
from plugins.people._confidence_net import Normalisation
from plugins.people._confidence_strict import Confidences, confidences, partition
from plugins.people._first_groups import component_groups
from plugins.people._neighbours import units_of, usable
from plugins.people._regrouping import Rule, joined, parted, split_by


@dataclass(frozen=True, slots=True, eq=False)
class _Faces:
    """The usable faces of a gallery: their places in it, shape (n,), and what is known of them."""

    where: IntArray
    context: Context
    material: Material


class Plugin(Purifier):
    """First groups by nearest faces, the confidence of each face in its group, and second groups by confidence.

    `purify` takes given groups for first ones. Faces that the user named stay where they are. What is alone has no
    confidence. Where weights do not fit, a formula takes their place, and the answer's note says so.

    Args:
        mode: "strict" follows the claims to the letter: one first group an image and threshold, plain cosines of all
            faces of a group with all, nothing joined; "default" is what a library needs.
        weights: a file of `albumen train`, its bytes, "shipped" for those that Albumen comes with, or None for none.
        nearest: K of claim 2.
        thresholds: first thresholds of claims 2 and 3, in standard deviations of the cosines of strangers above the
            threshold of the context (or its estimate from the vectors).
        keep: confidence from which a face belongs to its group; None takes what the weights were made for.
        rounds: how often a group is parted at most.
        most: faces above which a first group is taken apart at higher thresholds.
        join: likeness from which second groups are joined by average linkage, 0.5 at the threshold.
        normalisation: "row" is D⁻¹(S+I), "symmetric" D^-1/2(S+I)D^-1/2.

    Source: patent 001 (CN109800744B); what its claims leave open is read as B1 to B8 of our methods.
    """

    name = "confidence_gcn"
    version = "2"

    def __init__(
        self,
        mode: Literal["default", "strict"] = "default",
        weights: bytes | Path | Literal["shipped"] | None = "shipped",
        nearest: int = 20,
        thresholds: Sequence[float] = (0.0, 1.0, 2.0),
        keep: float | None = None,
        rounds: int = 3,
        most: int = 300,
        join: float = 0.5,
        normalisation: Normalisation = "row",
    ) -> None:
        self.mode, self.nearest, self.thresholds = mode, nearest, tuple(thresholds)
        self.rounds, self.most, self.join = rounds, most, join
        self.judge = Judge.of(weights, normalisation)
        self.keep = self.judge.keep if keep is None else keep

    def cluster(self, vectors: Vectors, context: Context) -> Grouping:
        """Group faces by person, as `PeopleMethod.cluster` says; confidences are those in the second groups."""
        return self._answer(vectors, context, self._strictly if self.mode == "strict" else self._second)

    def purify(self, vectors: Vectors, context: Context, cluster: IntArray) -> Grouping:
        """Judge each face in its cluster and part those that do not belong, as `Purifier.purify` says."""
        _check(vectors, context, cluster)

        def part(faces: _Faces) -> tuple[IntArray, Floats]:
            given = obeying(_alone(cluster[faces.where]), faces.material.units, faces.context)
            return self._parted(faces, given)

        return self._answer(vectors, context, part)

    def confidence(self, vectors: Vectors, context: Context, cluster: IntArray) -> Floats:
        """Return how surely each face belongs to its cluster as it is, float32 (n,); NaN of faces that are alone."""
        _check(vectors, context, cluster)
        faces, sure = self._faces(vectors, context), np.full(len(cluster), np.nan, dtype=np.float32)
        with one_thread():
            sure[faces.where] = self._judged(faces.material, _alone(cluster[faces.where]))
        return sure

    def confidences(self, vectors: Vectors, context: Context) -> Confidences:
        """Return the confidence of each image in each first group, by the letter of claims 1 to 3.

        Images are numbered in the order of the vectors that are neither zero nor not finite.
        """
        return self._confidences(self._faces(vectors, context).material)

    def _answer(
        self, vectors: Vectors, context: Context, find: Callable[[_Faces], tuple[IntArray, Floats]]
    ) -> Grouping:
        _check(vectors, context)
        faces = self._faces(vectors, context)
        cluster, sure = np.full(len(vectors), DROPPED), np.full(len(vectors), np.nan, dtype=np.float32)
        if len(faces.where):
            with one_thread():  # thousands of small groups: two threads would mostly wait for each other
                group, sure[faces.where] = find(faces)
            cluster[faces.where] = obeying(_alone(group), faces.material.units, faces.context)
        cluster = numbered(cluster)
        alone = np.bincount(cluster[cluster >= 0], minlength=1)[cluster] == 1
        return Grouping(cluster, np.where(alone, np.nan, sure).astype(np.float32), note=self.judge.note)

    def _faces(self, vectors: Vectors, context: Context) -> _Faces:
        where = np.flatnonzero(usable(vectors))
        part = context.part(where)
        return _Faces(where, part, Material.of(units_of(vectors, where), part, self.nearest))

    def _judged(self, material: Material, group: IntArray) -> Floats:
        sure = np.full(len(group), np.nan, dtype=np.float32)
        for members in split_by(np.arange(len(group)), group):
            if len(members) > 1:
                sure[members] = self._sure(material, members)
        return sure

    def _sure(self, material: Material, members: IntArray) -> Floats:
        sure = np.empty(len(members), dtype=np.float32)
        for some, group in parts_of_group(material, members):
            sure[some] = self.judge.confidences(group)[-(some.stop - (some.start or 0)) :]
        return sure

    def _parted(self, faces: _Faces, group: IntArray) -> tuple[IntArray, Floats]:
        rule = Rule(self.keep, self.rounds, self.most)
        groups = split_by(np.arange(len(group)), group)
        return parted(faces.material, groups, lambda m: self._sure(faces.material, m), rule, faces.context.person)

    def _second(self, faces: _Faces) -> tuple[IntArray, Floats]:
        """Choose each face's surest first group, part these, and join what belongs together."""
        material, best = faces.material, np.full(len(faces.where), -1.0, dtype=np.float32)
        chosen = np.arange(len(best))
        for number, threshold in enumerate(sorted(self._cosines(material), reverse=True)):
            first = component_groups(material.near, threshold, self.most, material.scale.unit)
            for members in split_by(np.arange(len(best)), first):
                sure = self._sure(material, members) if len(members) > 1 else np.zeros(1, dtype=np.float32)
                better = sure > best[members]
                best[members[better]], chosen[members[better]] = sure[better], (number + 1) * len(best) + members[0]
        second, _ = self._parted(faces, chosen)
        whole = joined(material, second, self.join)
        return whole, self._judged(material, whole)

    def _strictly(self, faces: _Faces) -> tuple[IntArray, Floats]:
        return partition(self._confidences(faces.material), self.keep)

    def _confidences(self, material: Material) -> Confidences:
        return confidences(material, self._cosines(material), self.judge)

    def _cosines(self, material: Material) -> list[float]:
        return [material.scale.cosine_at(offset) for offset in self.thresholds]


def _check(vectors: Vectors, context: Context, cluster: IntArray | None = None) -> None:
    n = len(context.person)
    if vectors.ndim != 2 or len(vectors) != n or (cluster is not None and cluster.shape != (n,)):
        shapes = f"vectors {vectors.shape}" + ("" if cluster is None else f" and clusters {cluster.shape}")
        raise ValueError(f"{shapes} must be of the {n} faces of the context, (n, d) and (n,)")


def _alone(group: IntArray) -> IntArray:
    """Give each face without a group one of its own."""
    without = group < 0
    return np.where(without, group.max(initial=-1) + np.cumsum(without), group)
