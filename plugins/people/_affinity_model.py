"""What affinity GCN knows: its trained parts and thresholds, or what stands in for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from plugins.people import Floats
from plugins.people._affinity_graph import ONE_IN_1000, FaceGraph
from plugins.people._cluster_graph import NODE_CHANNELS, PAIR_CHANNELS, ClusterGraph
from plugins.people._gcn_c import Committee, GcnC, edge_strengths
from plugins.people._gcn_v import FACE_CHANNELS, FULL_Z, DensityMap, GcnV, affinities
from plugins.trained_heads import Head, WeightsRefused, load_head

KIND: Final = "affinity_gcn"
SCHEMA: Final = "1"
CHANNELS: Final = (*FACE_CHANNELS, *NODE_CHANNELS, *PAIR_CHANNELS)
SHIPPED: Final = Path(__file__).parent / "weights" / "affinity_gcn.safetensors"
STEEP: Final = 3.0  # how fast the untrained edge strength rises with z
PHOTO_PENALTY: Final = 4.0  # what a single face beside the other cluster takes off the untrained log-odds


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where edges are cut: `edge_z` in the first graph, `merge` and `ask` are probabilities between clusters."""

    edge_z: float
    merge: float
    ask: float = 0.3


UNTRAINED: Final = Thresholds(edge_z=5.0, merge=0.5)


@dataclass(frozen=True, slots=True, eq=False)
class AffinityModel:
    """GCN-V, GCN-C, and what goes with them; without a net its stand-in of methods D8 answers.

    `to_face` (3,) are the weights by which closeness to one's cluster and affinity tell whether a face belongs there.
    """

    v: GcnV | None
    c: Committee | None
    to_affinity: DensityMap
    to_face: Floats
    thresholds: Thresholds
    seed: str = ""

    def affinity(self, graph: FaceGraph, quality: Floats) -> Floats:
        """Return the affinity of each face, shape (n,)."""
        if self.v is None:
            return self.to_affinity(graph.density)
        return affinities(self.v, self.to_affinity, graph, quality)

    def strength(self, graph: ClusterGraph, threshold_z: float) -> Floats:
        """Return the probability that each pair of clusters is one person, shape (e,)."""
        return untrained_strength(graph, threshold_z) if self.c is None else edge_strengths(self.c, graph)

    def belongs(self, closeness_z: Floats, affinity: Floats) -> Floats:
        """Return the probability that faces belong to their clusters, by z of their closeness to the others there."""
        odds = self.to_face[0] + self.to_face[1] * closeness_z + self.to_face[2] * affinity
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), dtype=np.float32)


def untrained_strength(graph: ClusterGraph, threshold_z: float) -> Floats:
    """Return a logistic of the mean cosine of two clusters, 0.5 at the calibrated threshold; shared photos lower it.

    Source: methods D8.
    """
    mean_z, shared, log_small = (
        graph.edges[:, PAIR_CHANNELS.index(name)] for name in ("mean_z", "shared_photos", "log_small")
    )
    odds = STEEP * (mean_z - threshold_z) - PHOTO_PENALTY * shared * (1 + log_small)  # once is an accident, often not
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), dtype=np.float32)


def untrained() -> AffinityModel:
    """Return the method without trained weights: density for affinity, mean cosine for edge strength (methods D8)."""
    straight = np.array([0.0, FULL_Z], dtype=np.float32)
    to_affinity = DensityMap(straight, straight / FULL_Z, 0.0)
    return AffinityModel(None, None, to_affinity, np.array([-ONE_IN_1000, 1.0, 0.0], np.float32), UNTRAINED)


def trained(source: bytes | Path) -> AffinityModel:
    """Return the method with the weights of a file.

    Raises:
        WeightsRefused: they do not fit.
    """
    head = load_head(source, KIND, SCHEMA, CHANNELS)
    try:
        return _built(head)
    except (KeyError, RuntimeError, ValueError) as error:
        raise WeightsRefused(
            f"these weights do not have the layers that are needed ({error!s:.200}): train anew"
        ) from error


def _built(head: Head) -> AffinityModel:
    v, c = GcnV(), Committee(GcnC() for _ in range(int(head.facts["members"])))
    v.load_state_dict(_part(head, "v."))
    c.load_state_dict(_part(head, "c."))
    density, affinity = head.tensors["map.density"], head.tensors["map.affinity"]
    numbers = {name: float(head.facts[name]) for name in ("low_density", "edge_z", "merge")}
    return AffinityModel(
        v.eval(),
        c.eval(),
        DensityMap(density, affinity, numbers["low_density"]),
        head.tensors["face"],
        Thresholds(numbers["edge_z"], numbers["merge"]),
        head.facts.get("seed", ""),
    )


def _part(head: Head, prefix: str) -> dict[str, torch.Tensor]:
    found = {name.removeprefix(prefix): value for name, value in head.tensors.items() if name.startswith(prefix)}
    return {name: torch.from_numpy(value) for name, value in found.items()}


def packed(model: AffinityModel) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return the tensors and facts of a trained model, as `save_head` takes them."""
    if model.v is None or model.c is None:
        raise ValueError("only a trained model can be saved")
    tensors: dict[str, NDArray[Any]] = {"face": model.to_face}
    tensors |= {"map.density": model.to_affinity.density, "map.affinity": model.to_affinity.affinity}
    parts: Mapping[str, torch.nn.Module] = {"v.": model.v, "c.": model.c}
    for prefix, part in parts.items():
        tensors |= {prefix + name: value.detach().numpy() for name, value in part.state_dict().items()}
    facts = {"kind": KIND, "schema": SCHEMA, "channels": json.dumps(CHANNELS), "patent": "003", "seed": model.seed}
    facts |= {"low_density": repr(model.to_affinity.low), "scale": "z = (middle - angle) / spread of strangers"}
    facts |= {
        "members": str(len(model.c.members)),
        "edge_z": repr(model.thresholds.edge_z),
        "merge": repr(model.thresholds.merge),
    }
    return tensors, facts
