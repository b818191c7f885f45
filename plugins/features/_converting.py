"""From a file of others to the file that we keep: only the layers that are used, as safetensors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from plugins.features._checking import CONTENT
from plugins.features._layers import differences, expected, used
from plugins.features._tensors import Stored, content_sum, not_finite, serialised
from plugins.features._weights_table import Weights, WeightsRefused

SCHEMA: Final = "1"
"""Form of the metadata that a converted file carries."""


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """A file to be written: its name, and all its bytes."""

    name: str
    data: bytes


def convert(state: Mapping[str, Tensor], weights: Weights, source: str, source_sha256: str) -> Converted:
    """Keep the layers that the network of these weights needs; the same layers always give the same bytes.

    Args:
        state: tensors by the names of the original file.
        weights: whose they are.
        source: where the file is from, and `source_sha256` its checksum: both are noted in the result.
    Raises:
        WeightsRefused: layers are missing or others, or hold NaN or infinity, also only after the conversion.
    """
    kept = named(state, weights)
    if wrong := differences({name: tuple(tensor.shape) for name, tensor in kept.items()}, expected(weights.name)):
        raise WeightsRefused(f"its layers are not those of {weights.name}: {wrong}")
    stored = {name: _stored(tensor, weights.half) for name, tensor in kept.items()}
    if broken := not_finite(stored):
        raise WeightsRefused(f"it holds NaN, infinity, or numbers too large in {', '.join(broken[:3])}")
    return _pinned(stored, weights) or _noted(stored, weights, source, source_sha256)


def named(state: Mapping[str, Tensor], weights: Weights) -> dict[str, Tensor]:
    """Return the layers that are used, by the names that our network gives them."""
    names = {name: name.removeprefix(weights.prefix) for name in used(dict.fromkeys(state, ()), weights)}
    return {ours: state[theirs] for theirs, ours in names.items()}


def _stored(tensor: Tensor, half: bool) -> Stored:
    dtype = torch.float16 if half and tensor.dim() > 1 else torch.float32
    numbers = tensor.detach().to(dtype).contiguous().numpy()
    return Stored(
        "F16" if dtype == torch.float16 else "F32",
        tuple(tensor.shape),
        numbers.astype(numbers.dtype.newbyteorder("<"), copy=False).tobytes(),
    )


def _pinned(stored: Mapping[str, Stored], weights: Weights) -> Converted | None:
    """Return the file whose checksum is known, if that is what these layers give."""
    for file in weights.files:
        data = serialised(stored, dict(file.header)) if file.header else b""
        if data and hashlib.sha256(data).hexdigest() == file.sha256:
            return Converted(file.name, data)
    return None


def _noted(stored: Mapping[str, Stored], weights: Weights, source: str, source_sha256: str) -> Converted:
    file = weights.converted
    if file is None:
        raise WeightsRefused(f"{weights.name} are used only as the files whose checksums are known")
    metadata = {
        "albumen": SCHEMA,
        "weights": weights.name,
        "source": source,
        "source_sha256": source_sha256,
        "kept": f"all layers but {', '.join(weights.unused)}",
        "licence": weights.licence,
        CONTENT: content_sum(stored),
    }
    return Converted(file.name, serialised(stored, metadata))
