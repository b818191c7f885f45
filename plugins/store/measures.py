"""Measures: single numbers of a picture's content, such as its sharpness, by name and version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.tables import measures

SHARPNESS: Final = ("sharpness", "2")
EXPOSURE: Final = ("exposure", "1")
"""Measures by name, and by the version of how they are taken."""


class Measures:
    """Numbers by content."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, version: str, found: Iterable[tuple[str, float]]) -> None:
        """Store (content key, value) pairs; what was there is replaced."""
        for part in chunks(found):
            rows = [{"content_key": key, "name": name, "version": version, "value": value} for key, value in part]
            self._database.upsert(measures, rows)

    def among(self, content_keys: Sequence[str], name: str, version: str) -> dict[str, float]:
        """Return the value of each of these contents that has one."""
        found: dict[str, float] = {}
        of_this = (measures.c.name == name, measures.c.version == version)
        with self._database.reading() as connection:
            for part in chunks(content_keys):
                query = sa.select(measures.c.content_key, measures.c.value)
                rows = connection.execute(query.where(*of_this, measures.c.content_key.in_(part)))
                found.update({row.content_key: row.value for row in rows})
        return found
