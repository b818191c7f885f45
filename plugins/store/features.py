"""Features: one vector for a picture's content, extractor and version; a renamed photo costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from numpy.typing import ArrayLike

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.tables import features, unreadable
from plugins.store.vectors import STORED, UNLIKE, Floats, StoredVectors, packed, unpacked


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

    def stored(self, content_keys: Iterable[str], extractor: str, version: str) -> tuple[list[str], StoredVectors]:
        """Return what `matrix` does, but with vectors that are read when they are indexed; shape (0, 0) for none.

        Raises:
            ValueError: the vectors are not all of one length: two models share a name and a version.
        """
        wanted = list(dict.fromkeys(content_keys))
        sizes = dict(self._sizes(wanted, extractor, version))
        if len(set(sizes.values())) > 1:
            raise ValueError(UNLIKE)
        keys = [key for key in wanted if key in sizes]
        dim = max(sizes.values(), default=0) // STORED.itemsize
        return keys, StoredVectors(self._database, keys, extractor, version, dim)

    def _sizes(self, keys: Sequence[str], extractor: str, version: str) -> Iterator[tuple[str, int]]:
        of_this = (features.c.extractor == extractor, features.c.version == version)
        with self._database.reading() as connection:
            for part in chunks(keys):
                query = sa.select(features.c.content_key, sa.func.length(features.c.vector))
                found = connection.execute(query.where(*of_this, features.c.content_key.in_(part)))
                yield from ((key, size) for key, size in found)

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
