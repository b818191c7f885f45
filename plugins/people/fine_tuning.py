"""What a library's own names teach the people methods: thresholds, and from enough names on the heads of their nets.

Nothing that is learned here ever leaves the store: it is made of people's faces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from plugins.features.weights import WeightsRefused
from plugins.head_tuning import STEPS
from plugins.people import Context, Floats, IntArray, affinity_gcn, confidence_gcn
from plugins.people._affinity_model import SHIPPED, AffinityModel, Thresholds, packed, trained, untrained
from plugins.people._affinity_steps import faces_of, merged, second_graph
from plugins.people._affinity_tuning import tune_affinity
from plugins.people._calibration import Settings, calibrate
from plugins.people._cluster_graph import Faces
from plugins.people._confidence_channels import CHANNELS, Material
from plugins.people._confidence_judge import KIND, SCHEMA
from plugins.people._confidence_judge import SHIPPED as SHIPPED_CONFIDENCE
from plugins.people._confidence_net import ConfidenceNet
from plugins.people._confidence_tuning import tune_confidence
from plugins.people._held_out import Judged, cross_validated, folds, nameless, refusal
from plugins.people._neighbours import unit, usable
from plugins.people.library_heads import LibraryHeads
from plugins.trained_heads import Head, load_head, save_head

FEWEST_PEOPLE: Final = 8
"""Named people with two faces or more, below which nothing can be said of people who are left out: two a fold."""
PEOPLE_FOR_HEADS: Final = 20
FACES_FOR_HEADS: Final = 500
"""Named people and faces from which heads are trained; below, thresholds are all that so few can teach."""
NEIGHBOURS: Final = 40
"""Of the first graph, as affinity_gcn has them by default."""
TRIES: Final[Mapping[str, Sequence[float]]] = {
    "edge_z": (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0),
    "merge": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
}
"""Thresholds of affinity_gcn that are tried: of the first graph in spreads of strangers, of edge strengths."""
Weights = bytes | Path
Shipped = Mapping[str, Weights]
"""The file of each method's weights that is learned from."""
ALBUMENS: Final[Shipped] = {affinity_gcn.Plugin.name: SHIPPED, confidence_gcn.Plugin.name: SHIPPED_CONFIDENCE}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was to be learned: whether it is used, else why not, and how people left out were grouped."""

    name: str
    accepted: bool
    reason: str = ""
    before: Judged | None = None
    after: Judged | None = None

    @classmethod
    def judged(cls, name: str, before: Judged, after: Judged) -> Part:
        """Accept what helps people who are left out, and nothing else."""
        reason = refusal(before, after)
        return cls(name, not reason, reason, before, after)

    def told(self) -> dict[str, object]:
        """Return it as plain data."""
        scores = {"before": _scores(self.before), "after": _scores(self.after)}
        return {"name": self.name, "accepted": self.accepted, "reason": self.reason, **scores}


def _scores(judged: Judged | None) -> dict[str, float] | None:
    if judged is None:
        return None
    bcubed, pairs = judged.bcubed, judged.pairwise
    scores = {"bcubed_p": bcubed.p, "bcubed_r": bcubed.r, "bcubed_f": bcubed.f, "bcubed_f05": judged.f}
    return {name: round(value, 4) for name, value in {**scores, "pairwise_p": pairs.p, "pairwise_r": pairs.r}.items()}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a library's names have taught; `heads` is None where nothing is better than what is shipped."""

    faces: int
    confirmed: int
    people: int
    parts: tuple[Part, ...]
    heads: LibraryHeads | None

    def told(self) -> dict[str, object]:
        """Return it as plain data, without the heads."""
        parts = [part.told() for part in self.parts]
        return {"faces": self.faces, "confirmed": self.confirmed, "people": self.people, "parts": parts}


@dataclass(frozen=True, slots=True, eq=False)
class _Library:
    """The n usable faces of a library: unit vectors (n, d), what is known of them with the names, and the folds."""

    units: Floats
    context: Context
    dealt: Sequence[IntArray]
    seed: int
    steps: int
    tries: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, eq=False)
class _Learned:
    """What is used so far: the model and thresholds of the grouping, and what is to be kept of what was learned."""

    model: AffinityModel
    thresholds: Thresholds
    settings: Mapping[str, Settings]
    heads: Mapping[str, bytes]


def fine_tune(
    vectors: Floats,
    context: Context,
    embedder: str,
    *,
    shipped: Shipped = ALBUMENS,
    seed: int = 0,
    steps: int = STEPS,
    tries: Mapping[str, Sequence[float]] = TRIES,
) -> Lesson:
    """Learn from the names that a user has given, and keep only what helps people that it was not learned from.

    Args:
        vectors: face features of one embedder, shape (n, d).
        context: what is known of the same faces; `person` and `never` are what is learned from.
        embedder: name and version of what made the vectors.
        shipped: weights to begin with; those that Albumen comes with by default.
        seed: of the dealing into folds and of the training.
        steps: how often a head is moved.
        tries: values that are tried for the thresholds `edge_z` and `merge`.

    Source: methods 8.6.
    """
    good = usable(vectors)
    known = context.part(np.flatnonzero(good))
    named = known.person[known.person >= 0]
    people = int((np.unique(named, return_counts=True)[1] > 1).sum())
    counts = len(context.person), len(named), people
    if people < FEWEST_PEOPLE:
        reason = (
            f"{people} people have names on two faces or more, and from {FEWEST_PEOPLE} on there is enough to learn"
        )
        return Lesson(*counts, (Part("thresholds", False, reason),), None)
    units = unit(np.asarray(vectors, dtype=np.float32)[good])
    library = _Library(units, known, folds(known.person, seed), seed, steps, tries)
    enough = people >= PEOPLE_FOR_HEADS and len(named) >= FACES_FOR_HEADS
    parts, learned = _taught(library, shipped, (_grouping, _looking_again) if enough else ())
    heads = LibraryHeads(embedder, learned.settings, learned.heads) if any(part.accepted for part in parts) else None
    return Lesson(*counts, tuple(parts), heads)


_Step = Callable[[_Library, Faces, Shipped, _Learned], tuple[Part, _Learned]]


def _taught(library: _Library, shipped: Shipped, more: Sequence[_Step]) -> tuple[list[Part], _Learned]:
    """Learn one thing after the other, each from where the one before it led."""
    try:
        model = trained(shipped[affinity_gcn.Plugin.name])
    except WeightsRefused:
        model = untrained()
    faces = faces_of(library.units, nameless(library.context), model, NEIGHBOURS)
    learned, parts = _Learned(model, model.thresholds, {}, {}), []
    for step in (_thresholds, *more):
        part, learned = step(library, faces, shipped, learned)
        parts.append(part)
    return parts, learned


def _seen_by(model: AffinityModel, faces: Faces) -> Faces:
    return replace(faces, affinity=model.affinity(faces.graph, faces.context.quality))


def _clusters(faces: Faces, model: AffinityModel, thresholds: Thresholds) -> IntArray:
    """Group faces without any name, as affinity_gcn does by default; their affinity is the model's."""
    return merged(faces, second_graph(faces, thresholds.edge_z), model, thresholds.merge).cluster


def _thresholds(library: _Library, faces: Faces, _shipped: Shipped, learned: _Learned) -> tuple[Part, _Learned]:
    """Set the thresholds of the grouping by the names."""

    def found(settings: Settings) -> IntArray:
        return _clusters(faces, learned.model, replace(learned.thresholds, **settings))

    start = {"edge_z": learned.thresholds.edge_z, "merge": learned.thresholds.merge}
    chosen = calibrate(found, library.context, start, library.tries, library.dealt)
    part = Part.judged("thresholds", chosen.before, chosen.after)
    if not part.accepted:
        return part, learned
    settings = {affinity_gcn.Plugin.name: chosen.settings}
    return part, replace(learned, thresholds=replace(learned.thresholds, **chosen.settings), settings=settings)


def _grouping(library: _Library, faces: Faces, _shipped: Shipped, learned: _Learned) -> tuple[Part, _Learned]:
    """Train the heads of GCN-V and GCN-C."""
    name = affinity_gcn.Plugin.name
    if learned.model.v is None:
        return Part(name, False, "there are no shipped weights to begin with"), learned

    def taught(context: Context) -> bytes:
        return save_head(None, *packed(tune_affinity(learned.model, faces, context, learned.thresholds, library.steps)))

    def clusters(context: Context) -> IntArray:
        model = trained(taught(context))
        return _clusters(_seen_by(model, faces), model, learned.thresholds)

    before = _clusters(faces, learned.model, learned.thresholds)
    part = Part.judged(name, *cross_validated(library.context, library.dealt, before, clusters))
    if not part.accepted:
        return part, learned
    data = taught(library.context)
    return part, replace(learned, model=trained(data), heads={**learned.heads, name: data})


def _looking_again(library: _Library, faces: Faces, shipped: Shipped, learned: _Learned) -> tuple[Part, _Learned]:
    """Train the head of the confidence net, judged by what becomes of the groups that it looks through."""
    name = confidence_gcn.Plugin.name
    try:
        head = load_head(shipped[name], KIND, SCHEMA, CHANNELS)
    except WeightsRefused as reason:
        return Part(name, False, f"there are no shipped weights to begin with: {reason}"), learned
    groups = _clusters(_seen_by(learned.model, faces), learned.model, learned.thresholds)
    hidden = nameless(library.context)
    material = Material.of(library.units, hidden)

    def taught(context: Context) -> bytes:
        return _tuned(head, material, context, library)

    def purified(weights: Weights) -> IntArray:
        return confidence_gcn.Plugin(weights=weights).purify(library.units, hidden, groups).cluster

    before = purified(shipped[name])
    scores = cross_validated(library.context, library.dealt, before, lambda context: purified(taught(context)))
    part = Part.judged(name, *scores)
    return part, replace(learned, heads={**learned.heads, name: taught(library.context)}) if part.accepted else learned


def _tuned(head: Head, material: Material, context: Context, library: _Library) -> bytes:
    net = ConfidenceNet.of(head.tensors)
    tune_confidence(net, material, context, library.seed, library.steps)
    return save_head(None, net.tensors(), {k: v for k, v in head.facts.items() if k != "sha256"})
