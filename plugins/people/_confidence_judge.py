"""Who says how surely a face belongs to its group: trained weights, or a formula where there are none that fit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch

from plugins.people import Floats
from plugins.people._confidence_channels import CHANNELS, Group
from plugins.people._confidence_net import ConfidenceNet, Normalisation, untrained_confidences
from plugins.trained_heads import Head, WeightsRefused, load_head

KIND: Final = "confidence_gcn"
SCHEMA: Final = "1"
SHIPPED: Final = Path(__file__).parent / "weights" / "confidence_gcn.safetensors"
UNTRAINED_KEEP: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """Confidences of the faces of a group; `keep` is the confidence from which a face belongs, `note` what to know."""

    net: ConfidenceNet | None
    keep: float
    normalisation: Normalisation
    note: str = ""

    @classmethod
    def of(cls, weights: bytes | Path | Literal["shipped"] | None, normalisation: Normalisation = "row") -> Judge:
        """Take trained weights, or do without: where there are none, or where they do not fit, `note` says so."""
        if weights is None:
            return cls(None, UNTRAINED_KEEP, normalisation)
        try:
            head = load_head(SHIPPED if weights == "shipped" else weights, KIND, SCHEMA, CHANNELS)
            return cls(_net(head), _keep(head), normalisation)
        except WeightsRefused as refused:
            return cls(None, UNTRAINED_KEEP, normalisation, f"Groups were looked through without weights: {refused}")

    @torch.no_grad()
    def confidences(self, group: Group) -> Floats:
        """Return how surely each face belongs to the group, 0 to 1, float32 (n,)."""
        features, faces, attributes, itself = (
            torch.from_numpy(np.ascontiguousarray(part))
            for part in (group.features, group.faces, group.attributes, group.itself)
        )
        if self.net is None:
            sure = untrained_confidences(faces, attributes, itself, group.medoid, self.normalisation)
        else:
            sure = self.net(features, faces, attributes, itself, self.normalisation).sigmoid()
        return np.asarray(sure.numpy(), dtype=np.float32)


def _net(head: Head) -> ConfidenceNet:
    try:
        net = ConfidenceNet.of(head.tensors)
    except ValueError as error:
        raise WeightsRefused(str(error)) from error
    if net.near[0].shape[0] != len(CHANNELS):
        raise WeightsRefused(f"these weights take {net.near[0].shape[0]} channels, not {len(CHANNELS)}: train anew")
    return net


def _keep(head: Head) -> float:
    """Return the confidence from which a face belongs, as it was set on training galleries."""
    try:
        keep = float(head.facts.get("keep", "none"))
    except ValueError as error:
        raise WeightsRefused("these weights do not say from which confidence a face belongs: train anew") from error
    if not 0 < keep < 1:
        raise WeightsRefused(f"these weights keep faces from a confidence of {keep}, not within 0 and 1: train anew")
    return keep
