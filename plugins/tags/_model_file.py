"""The file of a tag model: safetensors with one line of facts. What comes from a store is not trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

Arrays = Mapping[str, NDArray[Any]]
FACTS: Final = "albumen"  # one entry only: the library writes several in another order each time
WORDS: Final = "words"
LARGEST: Final = 2 * 1024**3  # bytes; strict mode's 150 centres of 100,352 numbers have 60 MB
COUNTS: Final = ("posts", "aged", "cluster", "tag", "support", "share", "refused")
ARRAYS: Final = {
    "centres": np.dtype(np.float32),
    "means": np.dtype(np.float32),
    "look": np.dtype(np.float32),
    "posts": np.dtype(np.int64),
    "aged": np.dtype(np.float64),
    "cluster": np.dtype(np.int64),
    "tag": np.dtype(np.int64),
    "support": np.dtype(np.int64),
    "share": np.dtype(np.float64),
    "refused": np.dtype(np.float64),
}
ROUNDING: Final = 1e-6
MOST: Final = 1e12  # no count and no number of a vector is beyond it, and sums of such are still numbers
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
        ModelRefused: it is no whole file of this kind, or a number in it cannot be.
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
        is_sound = array.dtype.kind in "fi" and bool((np.abs(array) <= MOST).all())
        require(is_sound, f"{name!r:.50} has what is no number that can be")
    return arrays, tuple(words), facts


def require(holds: bool, what: str) -> None:
    """Refuse a model of which something does not hold.

    Raises:
        ModelRefused: it does not hold; `what` says what is wrong.
    """
    if not holds:
        raise ModelRefused(f"this is no model of tags that can be used: {what}: train anew")


def check_centres(arrays: Arrays, dim: int | None) -> None:
    """Refuse centres, means and a look that do not belong together or to vectors of `dim`, and arrays of other kinds.

    Raises:
        ModelRefused: they do not; the text says which.
    """
    require({name: array.dtype for name, array in arrays.items()} == ARRAYS, "it has other arrays")
    centres, means, look = arrays["centres"], arrays["means"], arrays["look"]
    require(centres.ndim == 2 and centres.shape[1] > 0, "its centres are no vectors")
    d = centres.shape[1]
    require(dim in {None, d}, f"its vectors have {d} numbers, those here have {dim}")
    require(look.shape in {(0,), (d,)}, "its look is of other vectors")
    require(means.shape == ((0, d) if not len(look) else centres.shape), "its means are of others")


def check_counts(arrays: Arrays, n_tags: int) -> None:
    """Refuse counts of clusters or tags that are not there, and counts that cannot be.

    Raises:
        ModelRefused: they are of such; the text says which.
    """
    posts, aged, cluster, tag = arrays["posts"], arrays["aged"], arrays["cluster"], arrays["tag"]
    support, share, refused = arrays["support"], arrays["share"], arrays["refused"]
    require(posts.shape == aged.shape == arrays["centres"].shape[:1], "it has other clusters than centres")
    require(bool((posts > 0).all() and (aged > 0).all() and (aged <= posts + ROUNDING).all()), "its posts cannot be")
    entries = [a.shape for a in (cluster, tag, support, share, refused)]
    require(cluster.ndim == 1 and len(set(entries)) == 1, "its counts are not whole")
    require(_is_below(cluster, len(posts)) and _is_below(tag, n_tags), "a count is of what is not there")
    require(bool((np.diff(cluster * n_tags + tag) > 0).all()), "its counts are in no order")
    require(_is_below(support, posts[cluster] + 1), "a tag is on more posts than there are")
    require(bool((share >= 0).all() and (share <= aged[cluster] + ROUNDING).all()), "a tag has more than its share")
    require(bool((refused >= 0).all()), "a refusal counts less than nothing")


def _is_below(numbers: NDArray[Any], end: int | NDArray[Any]) -> bool:
    return bool((numbers >= 0).all() and (numbers < end).all())


def number(said: object, name: str, least: float = -np.inf) -> float:
    """Return a number that the facts say.

    Raises:
        ModelRefused: it is none, too large, or less than that.
    """
    require(type(said) in {int, float} and abs(cast(float, said)) <= MOST, f"its {name} is no number that can be")
    found = float(cast(float, said))
    require(found >= least, f"its {name} is {found}")
    return found
