"""Features: one vector for a picture's content, extractor and version; a renamed photo costs nothing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import ArrayLike

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.tables import features, unreadable
from plugins.store.vectors import STORED, Floats, StoredVectors, cut_short, packed, whole_size

LENGTH = sa.func.length(features.c.vector)
log = logging.getLogger("albumen.store")


class CutShort:
    """Tells of vectors that are not whole, once of each extractor and version."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def tell(self, n: int, extractor: str, version: str) -> None:
        """Tell of so many vectors, where there are any and nobody has been told yet."""
        if n and (extractor, version) not in self._told:
            self._told.add((extractor, version))
            log.warning("%s", cut_short(n, extractor, version))


class Features:
    """Picture vectors by content.

    A vector that is not whole counts as missing: it is left out of what is read, of which the user is told once, and
    made again. `dim` says how many numbers one has; without it the length of most of those that are asked for does.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cut_short = CutShort()

    def missing(self, content_keys: Iterable[str], extractor: str, version: str, dim: int | None = None) -> list[str]:
        """Return those that have neither a whole vector nor a note that they cannot be read; in order, each once."""
        wanted = list(dict.fromkeys(content_keys))
        there = set(self._whole(wanted, extractor, version, dim)[0])
        left = [key for key in wanted if key not in there]
        return not_dealt_with(self._database, None, left, extractor, version)

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

    def matrix(
        self, content_keys: Iterable[str], extractor: str, version: str, dim: int | None = None
    ) -> tuple[list[str], Floats]:
        """Return the keys that have a vector, in the order given and each once, and their unit vectors, shape (n, d).

        d is 0 where there is none.

        Raises:
            StoreBusy: as `StoredVectors` does.
        """
        keys, stored = self.stored(content_keys, extractor, version, dim)
        return keys, stored[np.arange(len(keys))]

    def stored(
        self, content_keys: Iterable[str], extractor: str, version: str, dim: int | None = None
    ) -> tuple[list[str], StoredVectors]:
        """Return what `matrix` does, but with vectors that are read when they are indexed; shape (0, 0) for none."""
        keys, size = self._whole(list(dict.fromkeys(content_keys)), extractor, version, dim)
        return keys, StoredVectors(self._database, keys, extractor, version, size // STORED.itemsize if keys else 0)

    def _whole(self, wanted: Sequence[str], extractor: str, version: str, dim: int | None) -> tuple[list[str], int]:
        """Return those of these contents that have a whole vector, in order, and how many bytes such a one has."""
        size = whole_size({} if dim else self._sizes(wanted, extractor, version), dim)
        keys, n_cut = list[str](), 0
        query = sa.select(features.c.content_key, LENGTH).where(*_of(extractor, version))
        with self._database.reading() as connection:
            for part in chunks(wanted):
                sizes = dict(connection.execute(query.where(features.c.content_key.in_(part))).tuples().all())
                whole = [key for key in part if sizes.get(key) == size]
                n_cut += len(sizes) - len(whole)
                keys += whole
        self._cut_short.tell(n_cut, extractor, version)
        return keys, size

    def _sizes(self, wanted: Sequence[str], extractor: str, version: str) -> Counter[int]:
        """Return how many of these contents have a vector of so many bytes."""
        found = Counter[int]()
        query = sa.select(LENGTH, sa.func.count()).where(*_of(extractor, version)).group_by(LENGTH)
        with self._database.reading() as connection:
            for part in chunks(wanted):
                found.update(dict(connection.execute(query.where(features.c.content_key.in_(part))).tuples().all()))
        return found

    def counts(self) -> dict[tuple[str, str], int]:
        """Count the vectors by (extractor, version)."""
        query = sa.select(features.c.extractor, features.c.version, sa.func.count())
        with self._database.reading() as connection:
            rows = connection.execute(query.group_by(features.c.extractor, features.c.version))
            return {(extractor, version): n for extractor, version, n in rows}

    def forget(self, extractor: str, version: str) -> None:
        """Remove all vectors of one version of an extractor."""
        with self._database.transaction() as connection:
            connection.execute(features.delete().where(*_of(extractor, version)))


def _of(extractor: str, version: str) -> tuple[sa.ColumnElement[bool], ...]:
    return features.c.extractor == extractor, features.c.version == version


def not_dealt_with(
    database: Database, results: sa.Table | None, content_keys: Iterable[str], extractor: str, version: str
) -> list[str]:
    """Return the contents with neither a row in `results` nor a note that they cannot be read; in order, each once."""
    wanted = list(dict.fromkeys(content_keys))
    known: set[str] = set()
    with database.reading() as connection:
        for table in (unreadable,) if results is None else (results, unreadable):
            of_this = (table.c.extractor == extractor, table.c.version == version)
            for part in chunks(wanted):
                query = sa.select(table.c.content_key).where(*of_this, table.c.content_key.in_(part))
                known.update(connection.scalars(query))
    return [key for key in wanted if key not in known]
