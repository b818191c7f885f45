"""Covers: the photo that our method chose for each event and trip."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from plugins.store.database import Database
from plugins.store.tables import covers


class Covers:
    """The chosen covers of each library, by event or trip key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, chosen: Mapping[str, str]) -> None:
        """Make these (key to photo id) the covers of the library."""
        with self._database.transaction() as connection:
            connection.execute(covers.delete().where(covers.c.library == library))
            self._database.insert(covers, ({"library": library, "key": k, "photo": p} for k, p in chosen.items()))

    def all(self, library: str) -> dict[str, str]:
        """Return the chosen photo id by event or trip key."""
        query = sa.select(covers.c.key, covers.c.photo).where(covers.c.library == library)
        with self._database.reading() as connection:
            return {row.key: row.photo for row in connection.execute(query)}
