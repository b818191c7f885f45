"""Faces whose vectors the database has not kept whole: which ones these are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.tables import faces
from plugins.store.vectors import whole_size

LENGTH: Final = sa.func.length(faces.c.vector)
ALL_FROM: Final = 50_000
"""Contents from which all faces of an extractor are gone through at once: a tenth of the time of content by content."""


class WholeFaces:
    """How long the vectors of an extractor's faces are, and which are not so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def size(self, content_keys: Collection[str], extractor: str, version: str, dim: int | None) -> int:
        """Return how many bytes a whole vector of these contents' faces has; see `whole_size`."""
        if dim is not None:
            return whole_size({}, dim)
        sizes = Counter[int]()
        query = sa.select(LENGTH, sa.func.count()).where(*_of(extractor, version)).group_by(LENGTH)
        with self._database.reading() as connection:
            for part in chunks(content_keys):
                sizes.update(dict(connection.execute(query.where(faces.c.content_key.in_(part))).tuples().all()))
        return whole_size(sizes)

    def cut(self, content_keys: Collection[str], extractor: str, version: str, size: int) -> list[str]:
        """Return the content of each face of these whose vector has not so many bytes."""
        if len(content_keys) >= ALL_FROM:
            wanted = frozenset(content_keys)
            return [key for key in self.all_cut(extractor, version, size) if key in wanted]
        query = _cut(extractor, version, size)
        with self._database.reading() as connection:
            of_each = (query.where(faces.c.content_key.in_(part)) for part in chunks(content_keys))
            return [key for of_part in of_each for key in connection.scalars(of_part)]

    def all_cut(self, extractor: str, version: str, size: int) -> list[str]:
        """Return the content of each face whose vector has not so many bytes, sorted."""
        with self._database.reading() as connection:
            return sorted(connection.scalars(_cut(extractor, version, size)))


def _cut(extractor: str, version: str, size: int) -> sa.Select[tuple[str]]:
    return sa.select(faces.c.content_key).where(*_of(extractor, version), sa.literal(size) != LENGTH)


def _of(extractor: str, version: str) -> tuple[sa.ColumnElement[bool], ...]:
    return faces.c.extractor == extractor, faces.c.version == version
