"""Small trained heads in safetensors files: written with what they were trained on, read only where they fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from plugins.atomic import write_atomically
from plugins.features.weights import WeightsRefused

__all__ = ["Head", "WeightsRefused", "load_head", "save_head"]
REQUIRED: Final = ("kind", "schema", "channels")
LARGEST: Final = 4 * 1024 * 1024  # bytes; our largest head has 150 KB
SIZE_BYTES: Final = 8  # a safetensors file begins with the length of its header, little-endian


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A trained head: `tensors` in float32 by name, and `facts` of how it was made and what it needs."""

    tensors: Mapping[str, NDArray[np.float32]]
    facts: Mapping[str, str]


def save_head(path: Path | None, tensors: Mapping[str, NDArray[Any]], facts: Mapping[str, str]) -> bytes:
    """Write a head in half precision; return the bytes of its file, the same for the same head.

    Args:
        path: where to write it, all or nothing; None only returns the bytes.
        tensors: arrays of finite numbers by name.
        facts: `kind`, `schema` and `channels` (a JSON list of names), and anything else worth knowing.
    """
    if missing := [name for name in REQUIRED if name not in facts]:
        raise ValueError(f"a head must say its {', '.join(missing)}")
    halves = {name: np.ascontiguousarray(tensors[name], dtype="<f2") for name in sorted(tensors)}
    payload = b"".join(half.tobytes() for half in halves.values())
    header = json.dumps(_header(halves, {**facts, "sha256": hashlib.sha256(payload).hexdigest()})).encode()
    header += b" " * (-len(header) % SIZE_BYTES)
    data = len(header).to_bytes(SIZE_BYTES, "little") + header + payload
    if path is not None:
        write_atomically(path, data)
    return data


def _header(halves: Mapping[str, NDArray[np.float16]], facts: Mapping[str, str]) -> dict[str, object]:
    """Describe the tensors as safetensors does; its own writer puts the facts in another order each time."""
    header: dict[str, object] = {"__metadata__": dict(sorted(facts.items()))}
    end = 0
    for name, half in halves.items():
        start, end = end, end + half.nbytes
        header[name] = {"dtype": "F16", "shape": list(half.shape), "data_offsets": [start, end]}
    return header


def load_head(data: bytes | Path, kind: str, schema: str, channels: Sequence[str]) -> Head:
    """Read a head, and make sure that it fits the code that will use it.

    Args:
        data: a safetensors file or its bytes; never trusted.
        kind: what the head does, such as "affinity_gcn".
        schema: version of its layout.
        channels: names of its inputs, in order.

    Raises:
        WeightsRefused: it is not whole, or made for something else; the text says which.
    """
    raw = _bytes_of(data)
    facts, tensors = _parsed(raw)
    wanted = {"kind": kind, "schema": schema, "channels": json.dumps(list(channels))}
    for name, value in wanted.items():
        if facts.get(name) != value:
            raise WeightsRefused(
                f"these weights have {name} {facts.get(name)!r:.200}, needed is {value!r:.200}: train anew"
            )
    _check_numbers(tensors, facts)
    return Head({name: tensor.astype(np.float32) for name, tensor in tensors.items()}, facts)


def _bytes_of(data: bytes | Path) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        if data.stat().st_size > LARGEST:
            raise WeightsRefused(f"{data.name} has {data.stat().st_size} bytes, more than any head of ours: train anew")
        return data.read_bytes()
    except OSError as error:
        raise WeightsRefused(f"{data.name} cannot be read: {error.strerror}") from error


def _parsed(raw: bytes) -> tuple[dict[str, str], dict[str, NDArray[Any]]]:
    """Return the facts and the tensors of a file; safetensors checks that its layout is sound."""
    if len(raw) > LARGEST:
        raise WeightsRefused(f"these weights have {len(raw)} bytes, more than any head of ours: train anew")
    try:
        tensors: dict[str, NDArray[Any]] = load_tensors(raw)
        header = json.loads(raw[SIZE_BYTES : SIZE_BYTES + int.from_bytes(raw[:SIZE_BYTES], "little")])
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise WeightsRefused(f"this is no whole safetensors file ({error!s:.200}): train anew") from error
    return dict(header.get("__metadata__") or {}), tensors


def _check_numbers(tensors: Mapping[str, NDArray[Any]], facts: Mapping[str, str]) -> None:
    payload = b"".join(np.ascontiguousarray(tensors[name]).tobytes() for name in sorted(tensors))
    if hashlib.sha256(payload).hexdigest() != facts.get("sha256"):
        raise WeightsRefused("the numbers of these weights are not those that were written: train anew")
    if bad := [name for name, tensor in tensors.items() if not np.isfinite(tensor).all()]:
        raise WeightsRefused(f"the weights {bad[0]!r:.100} are not all finite numbers: train anew")
