"""The graph convolution of patent 001: similarity matrices fused and preprocessed, confidences of a group's faces."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from plugins.people import Floats

Normalisation: TypeAlias = Literal["row", "symmetric"]
LEAST: Final = 0.2
"""Fused similarities below this are none: strangers are a little alike too."""
HIDDEN: Final = 48
FACE_SHARE: Final = 0.7
"""How much of the fused similarity the faces make up without training; attributes are shared by many people."""


def fuse(faces: Tensor, attributes: Tensor, share: Tensor | float) -> Tensor:
    """Mix both similarities, `share` of the faces' and the rest of the attributes', within 0 and 1.

    Where the attributes' similarity is NaN, because two faces have none in common, the faces' stands in for it.

    Source: patent 001 claim 4; how they are fused is left open there (our reading B4).
    """
    known = torch.where(torch.isnan(attributes), faces, attributes)
    return (share * faces + (1 - share) * known).clamp(0, 1)


def preprocess(
    similarity: Tensor, itself: Tensor, normalisation: Normalisation = "row", least: float = LEAST
) -> Tensor:
    """Drop weak entries, add the identity, and normalise by D⁻¹(S+I), or by D^-1/2(S+I)D^-1/2 if symmetric.

    Args:
        similarity: fused similarities of faces and references, shape (…, n, m); small groups are their own references.
        itself: 1 where a face is the reference, shape (…, n, m): then the identity matrix.
        normalisation: see above.
        least: entries below it are dropped.

    Source: patent 001 claim 1 ("preprocessing", not further described; our reading B5).
    """
    linked = torch.where(similarity < least, 0.0, similarity) + itself
    degree = linked.sum(dim=-1, keepdim=True).clamp(min=1e-9)  # (…, n, 1)
    if normalisation == "row":
        return linked / degree
    of_reference = (itself * degree).sum(dim=-2, keepdim=True)  # (…, 1, m)
    return linked / degree.sqrt() / of_reference.clamp(min=1e-9).sqrt()


def graph_convolution(near: Tensor, features: Tensor, weight: Tensor) -> Tensor:
    """Return ŜXW: each face takes the weighted mean of the features of those like it.

    Args:
        near: preprocessed similarities Ŝ, shape (…, n, m).
        features: of the references, shape (…, m, c).
        weight: shape (c, h).

    Source: patent 001 claim 1; Kipf and Welling, Semi-Supervised Classification with Graph Convolutional Networks
    (2017), equation 2.
    """
    return near @ features @ weight


class ConfidenceNet(nn.Module):
    """Two graph convolutions, each beside a face's own features, and a probability that it belongs to its group."""

    def __init__(self, channels: int, hidden: int = HIDDEN) -> None:
        super().__init__()
        sizes = [channels, hidden, hidden]
        self.near = nn.ParameterList([_glorot(a, b) for a, b in pairwise(sizes)])
        self.own = nn.ModuleList([nn.Linear(a, b) for a, b in pairwise(sizes)])
        self.out = nn.Linear(hidden, 1)
        self.share = nn.Parameter(torch.tensor(np.log(FACE_SHARE / (1 - FACE_SHARE)), dtype=torch.float32))

    def forward(
        self,
        features: Tensor,
        faces: Tensor,
        attributes: Tensor,
        itself: Tensor,
        normalisation: Normalisation = "row",
    ) -> Tensor:
        """Return logits of each face, shape (…, n).

        Args:
            features: X⁰, shape (…, n, c).
            faces: face similarities, 0 to 1, shape (…, n, m).
            attributes: attribute similarities, NaN where not known, shape (…, n, m).
            itself: 1 where a face is the reference, shape (…, n, m).
            normalisation: of `preprocess`.
        """
        near = preprocess(fuse(faces, attributes, self.share.sigmoid()), itself, normalisation)  # (…, n, m)
        x = features  # (…, n, c)
        for weight, own in zip(self.near, self.own, strict=True):
            of_references = itself.transpose(-1, -2) @ x  # (…, m, c)
            x = torch.relu(graph_convolution(near, of_references, weight) + own(x))  # (…, n, hidden)
        logits: Tensor = self.out(x).squeeze(-1)
        return logits

    def tensors(self) -> dict[str, Floats]:
        """Return the weights by name, for a file."""
        return {name: value.detach().numpy().copy() for name, value in self.state_dict().items()}

    @classmethod
    def of(cls, tensors: Mapping[str, Floats]) -> ConfidenceNet:
        """Rebuild a net from its weights.

        Raises:
            ValueError: tensors are missing, too many, or of the wrong shapes.
        """
        try:
            net = cls(*np.shape(tensors["near.0"]))
            net.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})
        except (KeyError, RuntimeError, TypeError) as error:
            raise ValueError(f"these are no weights of a confidence net: {error!s:.300}") from error
        return net.eval()


def _glorot(rows: int, columns: int) -> nn.Parameter:
    weight = torch.empty(rows, columns)
    nn.init.xavier_uniform_(weight)
    return nn.Parameter(weight)


def untrained_confidences(
    faces: Tensor, attributes: Tensor, itself: Tensor, medoid: int, normalisation: Normalisation = "row"
) -> Tensor:
    """Return the confidence of each face without trained weights, shape (n,): its smoothed likeness to the medoid.

    That is column `medoid` of ŜS: how like the most central face of the group those are that a face is like.

    Source: our reading B8; the arguments are those of `ConfidenceNet.forward`.
    """
    fused = fuse(faces, attributes, FACE_SHARE)
    near = preprocess(fused, itself, normalisation)  # (n, m)
    of_references = itself.transpose(-1, -2) @ fused  # (m, m)
    return (near @ of_references[:, medoid]).clamp(0, 1)
