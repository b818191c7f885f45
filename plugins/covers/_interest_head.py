"""The interest network as a file: saved with what it was trained on, loaded only where it fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import torch

from plugins.covers._interest_inputs import PARTS, SIDE
from plugins.covers._interest_net import ALL, InterestNet, Options
from plugins.trained_heads import Head, WeightsRefused, load_head

KIND: Final = "interest_gru"
SCHEMA: Final = "3"
CHANNELS: Final = (*(f"{part}{size}" for part, size in PARTS.items()), *SIDE)
SHIPPED: Final = Path(__file__).parent / "weights" / "interest_gru.safetensors"


def head_of(net: InterestNet, **facts: str) -> Head:
    """Return a network as a head, for `save_head`; `facts` say how it was trained."""
    tensors = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    needed = {"kind": KIND, "schema": SCHEMA, "channels": json.dumps(CHANNELS), "patent": "004"}
    return Head(tensors, {**facts, **needed})


def net_of(head: Head, options: Options = ALL) -> InterestNet:
    """Return the network of a head.

    Raises:
        WeightsRefused: the head does not have its layers.
    """
    net = InterestNet(options)
    try:
        net.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in head.tensors.items()})
    except RuntimeError as error:
        raise WeightsRefused(
            f"these weights do not have the layers that are needed ({error!s:.200}): train anew"
        ) from error
    return net.eval()


def loaded(data: bytes | Path) -> Head:
    """Read the head of a file or its bytes.

    Raises:
        WeightsRefused: it is not whole, or made for another network; the text says which.
    """
    return load_head(data, KIND, SCHEMA, CHANNELS)
