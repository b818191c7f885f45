"""What the confidence net sees of a group: numbers that mean the same for every embedder, and similarity matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

from plugins.people import Context, Floats, IntArray
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


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What is known of a whole gallery of n usable faces; `units` (n, d) have length 1."""

    units: Floats
    scale: Scale
    near: Neighbours
    attributes: Attributes
    quality: Floats
    photo: IntArray

    @classmethod
    def of(cls, units: Floats, context: Context, nearest: int = NEAREST) -> Material:
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
    cosine = np.clip(material.units[members] @ material.units[members[references]].T, -1, 1)
    itself = (np.arange(len(members))[:, None] == references).astype(np.float32)
    z = material.scale.of_cosine(cosine)
    medoid = _medoid(material, members[references], _others(z[references], itself[references]))
    alike = material.attributes.cosines(members, members[references])
    channels = {
        **_inside(_others(z, itself), _others(z[references], itself[references]), z[:, medoid], references),
        **_compared(alike, z[references, medoid]),
        **_around(material, members),
        **_known(material, members, z[:, medoid]),
        **_axes(cosine, references, medoid, 1 - material.scale.threshold),
    }
    channels["centroid"] = material.scale.of_cosine(cosine.mean(axis=1) / np.sqrt(max(cosine[references].mean(), 1e-6)))
    features = np.stack([np.broadcast_to(channels[name], len(members)) for name in CHANNELS], axis=1)
    features[:, _IN_UNITS] /= FARTHEST / 2
    faces = cosine if strict else 1 / (1 + np.exp(-z))
    return Group(features.astype(np.float32), faces.astype(np.float32), alike, itself, medoid)


_UNITS = {"mean", "q05", "q25", "q50", "q75", "q95", "medoid", "core", "rest", "centroid", "relative"}
_IN_UNITS: Final = [name in _UNITS | {"best_inside", "best_outside", "group_mean", "group_q05"} for name in CHANNELS]
Channels: TypeAlias = dict[str, NDArray[Any]]


def _references(units: Floats, members: IntArray) -> IntArray:
    """Choose positions in `members` to compare with: all, or some, from the most central to the least.

    A draw by position would make the answer hang on the order of faces.
    """
    if len(members) <= REFERENCES:
        return np.arange(len(members))
    order = np.argsort(units[members] @ units[members].mean(axis=0), kind="stable")
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


def _inside(z: Floats, of_references: Floats, to_medoid: Floats, references: IntArray) -> Channels:
    """Say how like the group a face is: on the whole, to its core (the half nearest the medoid) and to the rest."""
    quantiles = np.quantile(z, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1)
    mean = z.mean(axis=1)
    in_core = to_medoid[references] >= np.median(to_medoid[references])
    core = z[:, in_core].mean(axis=1)
    return {
        "mean": mean,
        **dict(zip(("q05", "q25", "q50", "q75", "q95"), quantiles, strict=True)),
        "above": (z > 0).mean(axis=1),
        "medoid": to_medoid,
        "core": core,
        "rest": core if in_core.all() else z[:, ~in_core].mean(axis=1),
        "relative": mean - np.median(mean),
        "rank": rankdata(mean) / len(mean),
        "best_inside": z.max(axis=1),
        "log_size": np.log(min(len(z), 400)) / 8,
        "group_mean": of_references.mean(),
        "group_q05": np.quantile(of_references, 0.05),
    }


def _compared(alike: Floats, to_medoid: Floats) -> Channels:
    """Say how like the group's attributes those of a face are, on the whole and in its core; 0 where not known."""
    known, values = np.isfinite(alike), np.nan_to_num(alike)
    in_core = to_medoid >= np.median(to_medoid)
    mean = values.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    core = values[:, in_core].sum(axis=1) / np.maximum(known[:, in_core].sum(axis=1), 1)
    return {"attribute_mean": mean, "attribute_core": core}


def _around(material: Material, members: IntArray) -> Channels:
    """Say how many of a face's nearest in the whole gallery are in the group, and how near the nearest others are."""
    inside = np.isin(material.near.index[members], members)
    z = material.scale.of_cosine(material.near.cosine[members])
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


def _axes(cosine: Floats, references: IntArray, medoid: int, wide: float) -> Channels:
    """Return coordinates of the faces on the group's main axes, from its medoid, by the Gram matrix of references.

    Lengths are in those of two faces at the threshold; an axis points to where its longer tail is.
    """
    to_medoid = cosine[:, medoid]
    gram = (cosine - to_medoid[:, None] - to_medoid[references] + 1) / (2 * max(wide, 1e-6))
    values, vectors = np.linalg.eigh(gram[references].astype(np.float64))
    top = np.arange(len(values))[::-1][:AXES]
    flat = gram @ vectors[:, top] / np.sqrt(np.maximum(values[top], 1e-3))
    flat *= np.where((flat**3).sum(axis=0) < 0, -1, 1)
    flat = np.pad(flat, ((0, 0), (0, AXES - len(top))))
    return {f"axis_{number}": flat[:, number] for number in range(AXES)}
