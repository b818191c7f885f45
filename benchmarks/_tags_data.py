"""Photos with their tags for the tags benchmark: of a file, checked, and cut into folds that share no event."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from plugins.features.vgg16 import MAP
from plugins.tags import Floats, IntArray, Seconds, Stock, Vectors

MAP_DIM: Final = int(np.prod(MAP))
NEEDED: Final = ("vectors", "tags", "group")
OPTIONAL: Final = ("content", "post", "taken_at", "truth")
AT_ONCE: Final = 256
"""Maps that are worked on at a time: 100 MB in float32."""

Words: TypeAlias = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class SavedVectors:
    """Vectors of unit length in a file of numpy's, read row by row."""

    path: Path

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (n, d)."""
        return tuple(np.load(self.path, mmap_mode="r", allow_pickle=False).shape)

    def __getitem__(self, rows: IntArray, /) -> Floats:
        """Return these rows, float32, shape (len(rows), d)."""
        return np.asarray(np.load(self.path, mmap_mode="r", allow_pickle=False)[rows], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of vectors, in any order."""

    vectors: Vectors
    rows: IntArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (len(rows), d)."""
        return (len(self.rows), *self.vectors.shape[1:])

    def __getitem__(self, rows: IntArray, /) -> Floats:
        """Return these of the rows, float32."""
        return self.vectors[self.rows[rows]]


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """n photos: what methods are given, and the truth, which they are not.

    `vectors` are pooled, `maps` the whole VGG16 maps where there are any; `tags` are the words that the user put on
    each, perhaps none, and `truth` those that it should have, if anybody knows. Photos with one number in `together`
    are of one event, or the same picture, directly or through others: no fold parts them. Those with one number in
    `post` count as one.
    """

    vectors: Floats
    maps: Vectors | None
    tags: Words
    truth: Words | None
    together: IntArray
    post: IntArray
    taken_s: Seconds

    @property
    def pairs(self) -> int:
        """Return how many photos there are."""
        return len(self.tags)

    def stock(self, rows: IntArray, of_maps: bool) -> Stock:
        """Return some photos as what a method learns from, with their maps for vectors if those are wanted."""
        vectors = Part(self.maps, rows) if of_maps and self.maps is not None else self.vectors[rows]
        return Stock.of(vectors, [self.tags[row] for row in rows.tolist()], self.post[rows], self.taken_s[rows])

    def folds(self, n: int, seed: int) -> IntArray:
        """Return the fold of each photo, shape (n,): n of them, or as many as there are parts that stay together.

        Parts are dealt out by lot, the largest first, each to the fold that has the fewest photos by then.
        """
        _, part, size = np.unique(self.together, return_inverse=True, return_counts=True)
        order = np.random.default_rng(seed).permutation(len(size))
        fold, filled = np.zeros(len(size), dtype=np.int64), np.zeros(min(n, len(size)), dtype=np.int64)
        for one in order[np.argsort(-size[order], kind="stable")].tolist():
            fold[one] = filled.argmin()
            filled[fold[one]] += size[one]
        return fold[part]


def read_npz(path: Path, work: Path) -> Tagged:
    """Read a file of photos; whole maps are laid down in the folder `work`, to be read row by row.

    Raises:
        ValueError: an array is missing, is not what it must be, or the lengths differ.
    """
    file = np.load(path, allow_pickle=False)
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise ValueError("it holds one array and not those by name of an npz file")
    with file:
        if missing := [name for name in NEEDED if name not in file]:
            raise ValueError(f"no array {' or '.join(missing)} in it, but {', '.join(sorted(file)) or 'none'}")
        return tagged({name: _array(file, name) for name in (*NEEDED, *OPTIONAL) if name in file}, work)


def tagged(arrays: dict[str, NDArray[Any]], work: Path) -> Tagged:
    """Return the photos that arrays as in a file speak of.

    Raises:
        ValueError: as of `read_npz`.
    """
    vectors = _checked_vectors(arrays["vectors"])
    n = len(vectors)
    tags = words_of(arrays["tags"], "tags", n)
    truth = words_of(arrays["truth"], "truth", n) if "truth" in arrays else None
    if not any(tags):
        raise ValueError("no photo has a tag: there is nothing to learn from and nothing to score")
    numbered = {name: _numbered(arrays[name], name, n) for name in ("group", "content", "post") if name in arrays}
    content = numbered.get("content", _same(vectors))
    together = _connected(numbered["group"], content)
    if together.max() == 0:
        raise ValueError("all photos are of one group, directly or by the same pictures: there is nothing to hold out")
    taken_s = _times(arrays["taken_at"], n) if "taken_at" in arrays else np.full(n, np.nan)
    pooled, maps = _pooled(vectors, work) if vectors.shape[1] == MAP_DIM else (unit(vectors), None)
    return Tagged(pooled, maps, tags, truth, together, numbered.get("post", content), taken_s)


def words_of(array: NDArray[Any], name: str, n: int) -> Words:
    """Return the words of each of n photos from one JSON string.

    Raises:
        ValueError: it is no JSON list of n lists of strings.
    """
    if array.dtype.kind not in "US" or array.size != 1:
        raise ValueError(f"{name} {array.shape} of {array.dtype} must be one JSON string: a list of lists of words")
    try:
        found = json.loads(array.item())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is not JSON: {error}") from error
    if not isinstance(found, list) or not all(isinstance(said, list) for said in found):
        raise ValueError(f"{name} must be a list of lists of words")
    if not all(isinstance(word, str) for said in found for word in said):
        raise ValueError(f"{name} has something in it that is no word")
    if len(found) != n:
        raise ValueError(f"{name} speaks of {len(found)} photos, and there are {n} vectors")
    return tuple(frozenset(said) for said in found)


def unit(vectors: NDArray[Any]) -> Floats:
    """Return vectors, shape (n, d), with length 1, float32; those of zeros stay so."""
    wide = np.asarray(vectors, dtype=np.float32)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.divide(wide, length, out=np.zeros_like(wide), where=length > 0)


def _array(file: Any, name: str) -> NDArray[Any]:
    try:
        return np.asarray(file[name])
    except ValueError as error:
        raise ValueError(f"{name} cannot be read: {error}") from error


def _checked_vectors(vectors: NDArray[Any]) -> NDArray[Any]:
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or not vectors.size:
        raise ValueError(f"vectors {vectors.shape} of {vectors.dtype} must be numbers, (n, d)")
    bad = [row for row in range(len(vectors)) if not np.isfinite(vectors[row]).all()]
    if bad:
        raise ValueError(f"the vector of photo {bad[0]} has numbers that are not finite, so have {len(bad)} in all")
    return vectors


def _of_length(array: NDArray[Any], name: str, n: int) -> NDArray[Any]:
    if array.shape != (n,):
        raise ValueError(f"{name} {array.shape} must be ({n},), as there are {n} vectors")
    return array


def _numbered(array: NDArray[Any], name: str, n: int) -> IntArray:
    """Return numbers for numbers or names of any kind."""
    return np.unique(_of_length(array, name, n), return_inverse=True)[1].astype(np.int64)


def _times(array: NDArray[Any], n: int) -> Seconds:
    if array.dtype.kind not in "fiu":
        raise ValueError(f"taken_at of {array.dtype} must be seconds since 1970 UTC")
    return _of_length(array, "taken_at", n).astype(np.float64)


def _same(vectors: NDArray[Any]) -> IntArray:
    """Number photos so that those of identical vectors share a number."""
    keys = [hashlib.sha256(np.ascontiguousarray(row).tobytes()).hexdigest() for row in vectors]
    return np.unique(np.array(keys), return_inverse=True)[1].astype(np.int64)


def _connected(*labels: IntArray) -> IntArray:
    """Number photos so that those that share any label, directly or through others, share a number."""
    n = len(labels[0])
    ends = [np.unique(label, return_index=True, return_inverse=True)[1:] for label in labels]
    first = np.concatenate([index[inverse] for index, inverse in ends])
    graph = sparse.csr_matrix((np.ones(len(first)), (np.tile(np.arange(n), len(labels)), first)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _pooled(maps: NDArray[Any], work: Path) -> tuple[Floats, Vectors]:
    """Lay whole maps down in a file, with length 1; return their means over the 14 × 14 places, and the file."""
    file = np.lib.format.open_memmap(work / "maps.npy", mode="w+", dtype=np.float16, shape=maps.shape)
    pooled = np.empty((len(maps), MAP[2]), dtype=np.float32)
    for first in range(0, len(maps), AT_ONCE):
        part = unit(maps[first : first + AT_ONCE])
        file[first : first + len(part)] = part
        pooled[first : first + len(part)] = unit(part.reshape(-1, MAP[0] * MAP[1], MAP[2]).mean(axis=1))
    file.flush()
    return pooled, SavedVectors(work / "maps.npy")
