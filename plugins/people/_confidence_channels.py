"""What the confidence net sees of a group: numbers that mean the same for every embedder, and similarity matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

from plugins.half_vectors import parts
from plugins.people import Context, Floats, IntArray, Vectors
from plugins.people._attributes import Attributes, attributes
from plugins.people._neighbours import Neighbours, neighbours
from plugins.people._scale import FARTHEST, Scale

AXES: Final = 6
NEAREST: Final = 20
REFERENCES: Final = 512
"""Faces of a group that all its faces are compared with: all of them in all but the largest groups."""
CHANNELS: Final = (
    *("mean", "q05", "q25", "q50", "q75", "q95", "above", "medoid", "core", "rest", "centroid", "relative", "rank"),
    *("near_5", "near_20", "best_inside", "best_outside", "quality", "quality_known", "shared_photo", "rival"),
    *("attribute_mean", "attribute_core", "log_size", "group_mean", "group_q05"),
    *(f"axis_{number}" for number in range(AXES)),
)
_AXES: Final = CHANNELS[-AXES:]
AT_ONCE: Final = 8_192
"""Faces of one group that are looked at together: one person may have a tenth of a million."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What is known of a whole gallery of n usable faces; `units` (n, d) have length 1."""

    units: Vectors
    scale: Scale
    near: Neighbours
    attributes: Attributes
    quality: Floats
    photo: IntArray

    @classmethod
    def of(cls, units: Vectors, context: Context, nearest: int = NEAREST) -> Material:
        """Prepare what all groups of a gallery need; `context` is of the same faces."""
        scale = Scale.of(units, context.threshold)
        near = neighbours(units, nearest)
        return cls(units, scale, near, attributes(units, context), context.quality, context.photo)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One group as the net sees it: n faces and m references among them.

    `features` X⁰ float32 (n, c); `faces` and `attributes` float32 (n, m), similarities of faces and references, NaN
    where no attribute is shared; `itself` float32 (n, m), 1 where a face is the reference; `medoid` is a reference.
    """

    features: Floats
    faces: Floats
    attributes: Floats
    itself: Floats
    medoid: int


def group_of(material: Material, members: IntArray, strict: bool = False) -> Group:
    """Look at the faces `members` (n,) as one group.

    The net's face features are coordinates on the group's own main axes from its most central face, so that they mean
    the same whichever embedder made them; the other channels say how a face lies in the group and in the gallery.
    Similarities are cosines mapped to 0 to 1 so that 0.5 is the gallery's threshold; `strict` takes the cosines as they
    are, of all faces with all faces.

    Source: patent 001 claims 4 to 7.
    """
    references = np.arange(len(members)) if strict else _references(material.units, members)
    sight = _Sight.of(material, members, np.arange(len(members)), references)
    core = _Core.of(material, members, references, sight.cosine[references])
    features = _features(material, members, core, [_of_rows(material, members, core, sight)])
    return sight.group(features, core, material.scale, strict)


def parts_of_group(material: Material, members: IntArray) -> Iterator[tuple[slice, Group]]:
    """Yield which faces of a group are looked at together, and that part of it, as `group_of` would show it.

    The last faces of each `Group` are these; what is before them are the references, on which the others hang.
    """
    if len(members) <= AT_ONCE:
        yield slice(len(members)), group_of(material, members)
        return
    references = _references(material.units, members)
    sight = _Sight.of(material, members, references, references)
    core = _Core.of(material, members, references, sight.cosine)
    each = [np.arange(some.start, some.stop) for some in parts(len(members), AT_ONCE)]
    seen = (_Sight.of(material, members, rows, references) for rows in each)
    features = _features(material, members, core, [_of_rows(material, members, core, one) for one in seen])
    for rows, some in zip(each, parts(len(members), AT_ONCE), strict=True):
        both = np.concatenate([references, rows])
        sight = _Sight.of(material, members, both, references)
        yield some, sight.group(features[both], core, material.scale)


@dataclass(frozen=True, slots=True, eq=False)
class _Sight:
    """Some faces of a group beside its m references: `rows` int (b,) are their positions, matrices are (b, m)."""

    rows: IntArray
    cosine: Floats
    itself: Floats
    alike: Floats

    @classmethod
    def of(cls, material: Material, members: IntArray, rows: IntArray, references: IntArray) -> _Sight:
        cosine = np.clip(material.units[members[rows]] @ material.units[members[references]].T, -1, 1)
        itself = (rows[:, None] == references).astype(np.float32)
        return cls(rows, cosine, itself, material.attributes.cosines(members[rows], members[references]))

    def group(self, features: Floats, core: _Core, scale: Scale, strict: bool = False) -> Group:
        """Return these faces as the net sees them."""
        faces = self.cosine if strict else 1 / (1 + np.exp(-scale.of_cosine(self.cosine)))
        return Group(features, faces.astype(np.float32), self.alike, self.itself, core.medoid)


@dataclass(frozen=True, slots=True, eq=False)
class _Core:
    """What all faces of a group are measured by: its m references, by position, and the most central of them.

    `cosine` and `z` (m, m) are those of the references with each other, in `z` the mean of the others on the diagonal.
    `lengths` (a,) and `axes` (m, a) are the group's main axes: the largest eigenvalues of the references' Gram matrix.
    """

    references: IntArray
    cosine: Floats
    z: Floats
    to_medoid: Floats
    medoid: int
    lengths: NDArray[np.float64]
    axes: NDArray[np.float64]

    @classmethod
    def of(cls, material: Material, members: IntArray, references: IntArray, cosine: Floats) -> _Core:
        z = material.scale.of_cosine(cosine)
        others = _others(z, np.eye(len(references), dtype=np.float32))
        medoid = _medoid(material, members[references], others)
        gram = _gram(cosine, cosine[:, medoid], cosine[:, medoid], 1 - material.scale.threshold)
        values, vectors = np.linalg.eigh(gram.astype(np.float64))
        top = np.arange(len(values))[::-1][:AXES]
        return cls(references, cosine, others, z[:, medoid], medoid, values[top], vectors[:, top])

    @property
    def half(self) -> NDArray[np.bool_]:
        """Return which references are the half nearest the medoid."""
        return np.asarray(self.to_medoid >= np.median(self.to_medoid))


def _of_rows(material: Material, members: IntArray, core: _Core, sight: _Sight) -> Channels:
    """Return the channels that faces have whoever else is in the group, and those that `_features` makes others of."""
    z = material.scale.of_cosine(sight.cosine)
    centroid = sight.cosine.mean(axis=1) / np.sqrt(max(core.cosine.mean(), 1e-6))
    return {
        **_inside(_others(z, sight.itself), core.half),
        **_compared(sight.alike, core.half),
        **_around(material, members, sight.rows),
        **_axes(sight.cosine, core, 1 - material.scale.threshold),
        "medoid": z[:, core.medoid],
        "centroid": material.scale.of_cosine(centroid),
    }


def _features(material: Material, members: IntArray, core: _Core, rows: Sequence[Channels]) -> Floats:
    """Return the feature matrix of a group, float32 (n, c), of the channels of all its faces part by part."""
    channels = {name: np.concatenate([part[name] for part in rows]) for name in rows[0]}
    mean = channels["mean"]
    channels |= {
        **_known(material, members, channels["medoid"]),
        "relative": mean - np.median(mean),
        "rank": rankdata(mean) / len(mean),
        "log_size": np.log(min(len(mean), 400)) / 8,
        "group_mean": np.array([core.z.mean()]),
        "group_q05": np.array([np.quantile(core.z, 0.05)]),
    }
    for name in _AXES:
        channels[name] = channels[name] * (-1 if (channels[name] ** 3).sum() < 0 else 1)
    features = np.stack([np.broadcast_to(channels[name], len(members)) for name in CHANNELS], axis=1)
    features[:, _IN_UNITS] /= FARTHEST / 2
    return np.asarray(features, dtype=np.float32)


_UNITS = {"mean", "q05", "q25", "q50", "q75", "q95", "medoid", "core", "rest", "centroid", "relative"}
_IN_UNITS: Final = [name in _UNITS | {"best_inside", "best_outside", "group_mean", "group_q05"} for name in CHANNELS]
Channels: TypeAlias = dict[str, NDArray[Any]]


def _references(units: Vectors, members: IntArray) -> IntArray:
    """Choose positions in `members` to compare with: all, or some, from the most central to the least.

    A draw by position would make the answer hang on the order of faces.
    """
    if len(members) <= REFERENCES:
        return np.arange(len(members))
    mean = sum(units[members[some]].sum(axis=0) for some in parts(len(members))) / len(members)
    order = np.argsort(np.concatenate([units[members[some]] @ mean for some in parts(len(members))]), kind="stable")
    return np.sort(order[np.linspace(0, len(members) - 1, REFERENCES).astype(np.int64)])


def _medoid(material: Material, references: IntArray, z: Floats) -> int:
    """Return which reference is most like the others; of two that are equally so, as in pairs, the better connected."""
    density = material.near.cosine[references].sum(axis=1)
    return int(np.lexsort((density, z.mean(axis=1).round(4)))[-1])


def _others(z: Floats, itself: Floats) -> Floats:
    """Put the mean of the others in each row where a face meets itself, which is no news."""
    others = np.maximum((1 - itself).sum(axis=1), 1)
    mean = (z * (1 - itself)).sum(axis=1) / others
    return np.where(itself > 0, mean[:, None], z)


def _inside(z: Floats, in_core: NDArray[np.bool_]) -> Channels:
    """Say how like the group a face is: on the whole, to its core (the half nearest the medoid) and to the rest."""
    quantiles = np.quantile(z, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1)
    core = z[:, in_core].mean(axis=1)
    return {
        "mean": z.mean(axis=1),
        **dict(zip(("q05", "q25", "q50", "q75", "q95"), quantiles, strict=True)),
        "above": (z > 0).mean(axis=1),
        "core": core,
        "rest": core if in_core.all() else z[:, ~in_core].mean(axis=1),
        "best_inside": z.max(axis=1),
    }


def _compared(alike: Floats, in_core: NDArray[np.bool_]) -> Channels:
    """Say how like the group's attributes those of a face are, on the whole and in its core; 0 where not known."""
    known, values = np.isfinite(alike), np.nan_to_num(alike)
    mean = values.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    core = values[:, in_core].sum(axis=1) / np.maximum(known[:, in_core].sum(axis=1), 1)
    return {"attribute_mean": mean, "attribute_core": core}


def _around(material: Material, members: IntArray, rows: IntArray) -> Channels:
    """Say how many of a face's nearest in the whole gallery are in the group, and how near the nearest others are."""
    inside = np.isin(material.near.index[members[rows]], members)
    z = material.scale.of_cosine(material.near.cosine[members[rows]])
    outside = np.where(inside, -FARTHEST, z).max(axis=1, initial=-FARTHEST)
    k = max(inside.shape[1], 1)
    return {
        "near_5": inside[:, :5].sum(axis=1) / min(5, k),
        "near_20": inside.sum(axis=1) / min(k, max(len(members) - 1, 1)),
        "best_outside": outside,
    }


def _known(material: Material, members: IntArray, to_medoid: Floats) -> Channels:
    """Say how good a face is to see, and whether another face of its photo has a better claim to be this person."""
    quality, photo = material.quality[members], np.unique(material.photo[members], return_inverse=True)[1]
    best = np.full(photo.max() + 1, -np.inf)
    np.maximum.at(best, photo, to_medoid)
    return {
        "quality": np.nan_to_num(quality, nan=0.6),
        "quality_known": np.isfinite(quality),
        "shared_photo": np.bincount(photo)[photo] > 1,
        "rival": to_medoid < best[photo],
    }


def _axes(cosine: Floats, core: _Core, wide: float) -> Channels:
    """Return coordinates of faces on the group's main axes, from its medoid, by the Gram matrix of its references.

    Lengths are in those of two faces at the threshold; `_features` has an axis point to where its longer tail is.
    """
    gram = _gram(cosine, cosine[:, core.medoid], core.cosine[:, core.medoid], wide)
    flat = gram @ core.axes / np.sqrt(np.maximum(core.lengths, 1e-3))
    flat = np.pad(flat, ((0, 0), (0, AXES - len(core.lengths))))
    return {name: flat[:, number] for number, name in enumerate(_AXES)}


def _gram(cosine: Floats, to_medoid: Floats, of_references: Floats, wide: float) -> Floats:
    """Return the products of faces and references as seen from the medoid, shape (n, m)."""
    return np.asarray((cosine - to_medoid[:, None] - of_references + 1) / (2 * max(wide, 1e-6)))
