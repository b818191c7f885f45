"""The file of a tag model: safetensors with one line of facts. What comes from a store is not trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

Arrays = Mapping[str, NDArray[Any]]
FACTS: Final = "albumen"  # one entry only: the library writes several in another order each time
WORDS: Final = "words"
LARGEST: Final = 2 * 1024**3  # bytes; strict mode's 150 centres of 100,352 numbers have 60 MB
LENGTH_BYTES: Final = 8  # a safetensors file begins with the length of its header, little-endian


class ModelRefused(ValueError):
    """The bytes are no model of tags that can be used: train anew; the text says what is wrong."""


def written(arrays: Arrays, words: Sequence[str], facts: Mapping[str, object]) -> bytes:
    """Return a file of arrays, words and facts; the same bytes for the same of each."""
    text = np.frombuffer(json.dumps(list(words), ensure_ascii=False).encode(), dtype=np.uint8)
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()} | {WORDS: text}
    return bytes(save(tensors, {FACTS: json.dumps(facts, sort_keys=True)}))


def read(data: bytes) -> tuple[dict[str, NDArray[Any]], tuple[str, ...], dict[str, Any]]:
    """Return the arrays, words and facts of a file; that they make sense together is for the caller to see.

    Raises:
        ModelRefused: it is no whole file of this kind, or a number in it is not finite.
    """
    require(len(data) <= LARGEST, f"it has {len(data)} bytes, more than any model")
    try:
        arrays: dict[str, NDArray[Any]] = load(data)
        header = json.loads(data[LENGTH_BYTES : LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "little")])
        facts = json.loads(header["__metadata__"][FACTS])
        words = json.loads(arrays.pop(WORDS).tobytes())
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelRefused(
            f"this is no model of tags: no whole file of ours ({type(error).__name__}): train anew"
        ) from error
    require(isinstance(facts, dict), "its facts are no table")
    require(isinstance(words, list) and all(isinstance(word, str) and word for word in words), "its words are no words")
    require(len(set(words)) == len(words), "a word is in it twice")
    for name, array in arrays.items():
        require(array.dtype.kind in "fi" and bool(np.isfinite(array).all()), f"{name!r:.50} has what is no number")
    return arrays, tuple(words), facts


def require(holds: bool, what: str) -> None:
    """Refuse a model of which something does not hold.

    Raises:
        ModelRefused: it does not hold; `what` says what is wrong.
    """
    if not holds:
        raise ModelRefused(f"this is no model of tags that can be used: {what}: train anew")
