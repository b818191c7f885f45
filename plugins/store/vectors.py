"""Vectors as the store keeps them, and matrices of them that are read when they are indexed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import sqlalchemy as sa
from numpy.typing import ArrayLike, NDArray

from plugins.chunking import CHUNK, chunks
from plugins.half_vectors import HalfVectors
from plugins.store.database import Database, StoreBusy
from plugins.store.tables import features

Floats: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int64]

STORED: Final = np.dtype("<f2")
"""Vectors are stored as little-endian float16: half the room, and a cosine is off by less than 0.001."""

READ_BYTES: Final = 1 << 24
"""Most bytes of vectors to one statement: a database client may hold a whole answer before it gives the first row."""


WHOLE_UP_TO: Final = 50_000
"""Vectors of faces up to which they are in single precision together: 100 MB of 512 numbers."""


class StoredVectors:
    """Vectors of one extractor and version, shape (n, d); no more of them are in memory than are asked for at once.

    Args:
        database: where they are.
        content_keys: whose vectors they are, in order.
        extractor: name of the extractor.
        version: its version.
        dim: numbers to a vector.
    """

    def __init__(self, database: Database, content_keys: Sequence[str], extractor: str, version: str, dim: int) -> None:
        self._database = database
        self._keys = content_keys
        self._of_this = (features.c.extractor == extractor, features.c.version == version)
        self._dim = dim

    @property
    def shape(self) -> tuple[int, int]:
        """Return (n, d)."""
        return len(self._keys), self._dim

    def __getitem__(self, rows: IntArray, /) -> Floats:
        """Return these rows, float32, of unit length, shape (len(rows), d); the same row may be asked for twice.

        Raises:
            StoreBusy: another process removed one of them or changed its length meanwhile: begin again.
        """
        keys = [self._keys[row] for row in np.asarray(rows).tolist()]
        places: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            places.setdefault(key, []).append(place)
        found = np.empty((len(keys), self._dim), np.float32)
        n_read = 0
        for key, vector in self._read(list(places)):
            found[places[key]] = self._numbers(vector)
            n_read += 1
        if n_read < len(places):
            raise StoreBusy(f"{len(places) - n_read} picture vectors were removed while they were read: run again")
        return _unit(found)

    def _read(self, keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        query = sa.select(features.c.content_key, features.c.vector).where(*self._of_this)
        size = min(CHUNK, max(1, READ_BYTES // max(1, self._dim * STORED.itemsize)))
        with self._database.reading() as connection:
            for part in chunks(keys, size):
                for row in connection.execute(query.where(features.c.content_key.in_(part))):
                    yield row.content_key, row.vector

    def _numbers(self, vector: bytes) -> NDArray[np.float16]:
        if len(vector) != self._dim * STORED.itemsize:
            raise StoreBusy("picture vectors were replaced by others while they were read: run again")
        return np.frombuffer(vector, STORED)


def packed(vector: ArrayLike) -> bytes:
    """Return a vector of shape (d,) as the bytes of its unit vector; a zero vector stays zero.

    Raises:
        ValueError: it is empty or has a number that is not finite.
    """
    numbers = np.asarray(vector, dtype=np.float64).ravel()
    if not numbers.size or not np.isfinite(numbers).all():
        raise ValueError("a feature vector must have numbers, and finite ones only")
    length = float(np.linalg.norm(numbers))
    return (numbers / length if length else numbers).astype(STORED).tobytes()


def whole_size(sizes: Mapping[int, int], dim: int | None = None) -> int:
    """Return how many bytes a whole vector has: as its extractor's `dim` says, else as most of the stored ones have.

    Of sizes that are as frequent the largest counts, as vectors are cut short rather than grown; 0 where none can be.

    Args:
        sizes: how many of the stored vectors have so many bytes.
        dim: numbers of the extractor's vectors; None where nobody knows.
    """
    if dim is not None:
        return dim * STORED.itemsize
    counts = {size: n for size, n in sizes.items() if size and not size % STORED.itemsize}
    return max(counts, key=lambda size: (counts[size], size), default=0)


def cut_short(n: int, extractor: str, version: str) -> str:
    """Return what the user is told of vectors that are not whole, as a database that lost part of a page has them."""
    few = "One stored vector" if n == 1 else f"{n} stored vectors"
    return f"{few} of {extractor} {version} cannot be used: not whole. The next extraction makes it anew"


def unpacked(vectors: Sequence[bytes]) -> Floats:
    """Return whole stored vectors as one float32 array, shape (n, d), of unit length again; (0, 0) for none."""
    if not vectors:
        return np.zeros((0, 0), np.float32)
    return _unit(np.frombuffer(b"".join(vectors), STORED).reshape(len(vectors), -1).astype(np.float32))


def held(vectors: bytearray, n: int) -> Floats | HalfVectors:
    """Return n whole stored vectors, one after the other, as `unpacked` does; very many in half precision, uncopied."""
    if not n:
        return np.zeros((0, 0), np.float32)
    stored = np.frombuffer(vectors, STORED).reshape(n, -1)
    return HalfVectors(stored) if n > WHOLE_UP_TO else _unit(stored.astype(np.float32))


def _unit(vectors: Floats) -> Floats:
    """Make rows of unit length again, in place; zero stays zero."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    vectors /= np.where(lengths > 0, lengths, 1)
    return vectors
