"""Files of tensors in the safetensors format, read and written without torch, always to the same bytes.

The library writes the metadata in any order; ours is fixed, so that a checksum can pin the result of a conversion.
Source: https://github.com/huggingface/safetensors, section Format.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

BYTES_OF: Final = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_FLOATS: Final = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
_MOST_HEADER_BYTES: Final = 10_000_000

Shape = tuple[int, ...]


class NotTensors(ValueError):
    """The bytes are no whole safetensors file: take another file; the text says what is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """One tensor as it lies in a file: type of its numbers, shape, and the numbers in C order, little-endian."""

    dtype: str
    shape: Shape
    data: bytes | memoryview


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a file holds: its metadata, and its tensors by name."""

    metadata: Mapping[str, str]
    tensors: Mapping[str, Stored]

    @property
    def shapes(self) -> dict[str, Shape]:
        """Return the shape of each tensor."""
        return {name: tensor.shape for name, tensor in self.tensors.items()}


def parsed(data: bytes) -> Contents:
    """Read a whole safetensors file.

    Raises:
        NotTensors: it is cut off, has bytes too many, or is something else.
    """
    if len(data) < 8 or (length := int(struct.unpack("<Q", data[:8])[0])) > _MOST_HEADER_BYTES or data[8:9] != b"{":
        raise NotTensors("is no safetensors file")
    if 8 + length > len(data):
        raise NotTensors("is truncated")
    try:
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        body = memoryview(data)[8 + length :]
        tensors = {str(name): _tensor(entry, body) for name, entry in header.items()}
        ends = [int(entry["data_offsets"][1]) for entry in header.values()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotTensors(f"is no safetensors file: {type(error).__name__}") from error
    if max(ends, default=0) != len(body):
        raise NotTensors(f"is truncated or longer than it says: {len(body)} bytes for {max(ends, default=0)}")
    return Contents({str(k): str(v) for k, v in dict(metadata).items()}, tensors)


def _tensor(entry: Mapping[str, Any], body: memoryview) -> Stored:
    dtype, shape = str(entry["dtype"]), tuple(int(side) for side in entry["shape"])
    start, end = (int(offset) for offset in entry["data_offsets"])
    if not 0 <= start <= end or min(shape, default=0) < 0 or end - start != math.prod(shape) * BYTES_OF[dtype]:
        raise ValueError("offsets and shape do not agree")
    return Stored(dtype, shape, body[start:end])


def serialised(tensors: Mapping[str, Stored], metadata: Mapping[str, str]) -> bytes:
    """Return a safetensors file: numbers of more bytes first, then by name; the metadata in the order given."""
    order = sorted(tensors, key=lambda name: (-BYTES_OF[tensors[name].dtype], name))
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    offset = 0
    for name in order:
        tensor, start = tensors[name], offset
        offset += len(tensor.data)
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [start, offset]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *(tensors[name].data for name in order)])


def content_sum(tensors: Mapping[str, Stored]) -> str:
    """Return the SHA-256 of names, types, shapes and numbers, whatever the file around them says."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.data)
    return digest.hexdigest()


def not_finite(tensors: Mapping[str, Stored]) -> list[str]:
    """Return the names of the tensors that hold NaN or infinity."""
    return sorted(name for name, tensor in tensors.items() if not _is_finite(tensor))


def _is_finite(tensor: Stored) -> bool:
    if tensor.dtype == "BF16":  # numpy has no such type: all eight bits of the exponent set
        exponent = np.uint16(0x7F80)
        return not bool(((np.frombuffer(tensor.data, "<u2") & exponent) == exponent).any())
    if tensor.dtype not in _FLOATS:
        return True
    return bool(np.isfinite(np.frombuffer(tensor.data, _FLOATS[tensor.dtype])).all())


def fingerprint(shapes: Mapping[str, Iterable[int]]) -> str:
    """Return 16 hexadecimal digits that stand for the names and shapes of layers."""
    lines = (f"{name} {list(shape)}\n" for name, shape in sorted(shapes.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]
