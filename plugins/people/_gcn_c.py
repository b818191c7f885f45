"""GCN-C of patent 003: how probably two clusters are one person, read from the cluster graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from plugins.half_vectors import parts
from plugins.people import Floats
from plugins.people._cluster_graph import NODE_CHANNELS, PAIR_CHANNELS, ClusterGraph

HIDDEN: Final = 32
AT_ONCE: Final = 65_536  # pairs that are looked at together
STRENGTH: Final = PAIR_CHANNELS.index("smooth_z")


class GcnC(nn.Module):
    """Two mean-aggregation layers over the cluster graph, then a perceptron over each pair.

    Source: patent 003 claims 1 and 7; layers as methods D7, with half the width.
    """

    node_mean: Tensor
    node_scale: Tensor
    edge_mean: Tensor
    edge_scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        n, e = len(NODE_CHANNELS), len(PAIR_CHANNELS)
        self.register_buffer("node_mean", torch.zeros(n))
        self.register_buffer("node_scale", torch.ones(n))
        self.register_buffer("edge_mean", torch.zeros(e))
        self.register_buffer("edge_scale", torch.ones(e))
        self.first = nn.Linear(2 * n + e, HIDDEN)
        self.second = nn.Linear(2 * HIDDEN + e, HIDDEN)
        self.pair = nn.Linear(3 * HIDDEN + e, 2 * HIDDEN)
        self.pair2 = nn.Linear(2 * HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)

    def forward(self, nodes: Tensor, edges: Tensor, pairs: Tensor) -> Tensor:
        """Return the log-odds that each pair is one person, shape (e,), from `ClusterGraph`'s matrices."""
        weight = torch.sigmoid(edges[:, STRENGTH] - 4) + 0.01  # the likelier a neighbour, the more it says
        x = (nodes - self.node_mean) / self.node_scale
        e = (edges - self.edge_mean).div_(self.edge_scale)  # in place: of a million faces these are 0.5 GB
        h = torch.relu(self.first(torch.cat([x, _around(x, e, pairs, weight)], dim=1)))  # (m, 2n + e) -> (m, hidden)
        h = torch.relu(self.second(torch.cat([h, _around(h, e, pairs, weight)], dim=1)))
        return torch.cat([self._logits(h, e[some], pairs[some]) for some in _parts(len(pairs))])

    def _logits(self, h: Tensor, e: Tensor, pairs: Tensor) -> Tensor:
        a, b = h[pairs[:, 0]], h[pairs[:, 1]]
        y = torch.relu(self.pair(torch.cat([a, b, (a - b).abs(), e], dim=1)))  # (e, 3 hidden + e) -> (e, 2 hidden)
        logits: Tensor = self.out(torch.relu(self.pair2(y)))[:, 0]
        return logits


class Committee(nn.Module):
    """Several GCN-C, each trained on galleries of its own, that answer by the mean of their log-odds.

    One alone hangs on the galleries that it happened to see: on real faces three nets differed by 1 to 2 points.
    """

    def __init__(self, members: Iterable[GcnC]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, nodes: Tensor, edges: Tensor, pairs: Tensor) -> Tensor:
        """Return the log-odds that each pair is one person, shape (e,), from `ClusterGraph`'s matrices."""
        return torch.stack([member(nodes, edges, pairs) for member in self.members]).mean(dim=0)


def _around(h: Tensor, e: Tensor, pairs: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted mean, over the pairs that a cluster is in, of its partner and of the pair's features."""
    m = len(h)
    total = torch.full((m, 1), 1e-6)
    mean = torch.zeros(m, h.shape[1] + e.shape[1])
    for one, other in ((0, 1), (1, 0)):
        for some in _parts(len(pairs)):
            to, w = pairs[some, one], weight[some, None]
            mean.index_add_(0, to, torch.cat([h[pairs[some, other]], e[some]], dim=1) * w)
            total.index_add_(0, to, w)
    return mean / total


def _parts(n: int) -> list[slice]:
    return list(parts(n, AT_ONCE)) or [slice(0)]


def edge_strengths(model: Committee, graph: ClusterGraph) -> Floats:
    """Return the probability that each pair of clusters is one person, float32 (e,)."""
    if not len(graph.pairs):
        return np.zeros(0, dtype=np.float32)
    with torch.inference_mode():
        logits = model(torch.from_numpy(graph.nodes), torch.from_numpy(graph.edges), torch.from_numpy(graph.pairs))
    return np.asarray(torch.sigmoid(logits).numpy(), dtype=np.float32)
