"""Features: one vector for a picture's content, extractor and version; a renamed photo costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import sqlalchemy as sa
from numpy.typing import ArrayLike, NDArray

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.tables import features, unreadable

Floats: TypeAlias = NDArray[np.float32]
STORED = np.dtype("<f2")
"""Vectors are stored as little-endian float16: half the room, and a cosine is off by less than 0.001."""


class Features:
    """Picture vectors by content."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def missing(self, content_keys: Iterable[str], extractor: str, version: str) -> list[str]:
        """Return those that have neither a vector nor a note that they cannot be read; in order, each once."""
        return not_dealt_with(self._database, features, content_keys, extractor, version)

    def put(self, extractor: str, version: str, vectors: Iterable[tuple[str, ArrayLike]]) -> None:
        """Store (content key, vector of shape (d,)) pairs, L2-normalised; one commit a thousand.

        Raises:
            ValueError: a vector is empty or has a number that is not finite.
        """
        for part in chunks(vectors):
            rows = [
                {"content_key": key, "extractor": extractor, "version": version, "vector": packed(vector)}
                for key, vector in part
            ]
            self._database.upsert(features, rows)

    def matrix(self, content_keys: Iterable[str], extractor: str, version: str) -> tuple[list[str], Floats]:
        """Return the keys that have a vector, in the order given and each once, and their unit vectors, shape (n, d).

        Raises:
            ValueError: the vectors are not all of one length: two models share a name and a version.
        """
        wanted = list(dict.fromkeys(content_keys))
        found = dict(self._rows(wanted, extractor, version))
        keys = [key for key in wanted if key in found]
        return keys, unpacked([found[key] for key in keys])

    def _rows(self, keys: Sequence[str], extractor: str, version: str) -> Iterator[tuple[str, bytes]]:
        of_this = (features.c.extractor == extractor, features.c.version == version)
        with self._database.reading() as connection:
            for part in chunks(keys):
                query = sa.select(features.c.content_key, features.c.vector)
                found = connection.execute(query.where(*of_this, features.c.content_key.in_(part)))
                yield from ((row.content_key, row.vector) for row in found)

    def counts(self) -> dict[tuple[str, str], int]:
        """Count the vectors by (extractor, version)."""
        query = sa.select(features.c.extractor, features.c.version, sa.func.count())
        with self._database.reading() as connection:
            rows = connection.execute(query.group_by(features.c.extractor, features.c.version))
            return {(extractor, version): n for extractor, version, n in rows}

    def forget(self, extractor: str, version: str) -> None:
        """Remove all vectors of one version of an extractor."""
        with self._database.transaction() as connection:
            connection.execute(
                features.delete().where(features.c.extractor == extractor, features.c.version == version)
            )


def not_dealt_with(
    database: Database, results: sa.Table, content_keys: Iterable[str], extractor: str, version: str
) -> list[str]:
    """Return the contents with neither a row in `results` nor a note that they cannot be read; in order, each once."""
    wanted = list(dict.fromkeys(content_keys))
    known: set[str] = set()
    with database.reading() as connection:
        for table in (results, unreadable):
            of_this = (table.c.extractor == extractor, table.c.version == version)
            for part in chunks(wanted):
                query = sa.select(table.c.content_key).where(*of_this, table.c.content_key.in_(part))
                known.update(connection.scalars(query))
    return [key for key in wanted if key not in known]


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


def unpacked(vectors: Sequence[bytes]) -> Floats:
    """Return stored vectors as one float32 array, shape (n, d), of unit length again; (0, 0) for none.

    Raises:
        ValueError: they are not all of one length.
    """
    if not vectors:
        return np.zeros((0, 0), np.float32)
    if len({len(vector) for vector in vectors}) > 1:
        raise ValueError("vectors of different length under one extractor and version: forget them and extract again")
    made = np.frombuffer(b"".join(vectors), STORED).reshape(len(vectors), -1).astype(np.float32)
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    made /= np.where(lengths > 0, lengths, 1)
    return made
