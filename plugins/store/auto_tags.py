"""Auto tags: what the tag method is sure enough of to set without asking."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from plugins.store.database import Database
from plugins.store.differences import replace_rows
from plugins.store.tables import auto_tags


class AutoTags:
    """The tags of each library that nobody needs to be asked about, by the photo's content."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, sure: Iterable[tuple[str, str]]) -> None:
        """Make these (content key, tag) the auto tags of the library."""
        rows = ({"library": library, "content_key": key, "tag": tag} for key, tag in sorted(set(sure)))
        replace_rows(self._database, auto_tags, {"library": library}, rows)

    def all(self, library: str) -> frozenset[tuple[str, str]]:
        """Return the (content key, tag) pairs."""
        query = sa.select(auto_tags.c.content_key, auto_tags.c.tag).where(auto_tags.c.library == library)
        with self._database.reading() as connection:
            return frozenset((row.content_key, row.tag) for row in connection.execute(query))
