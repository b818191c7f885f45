"""Problems: content that an extractor could not read, so that it is tried again only when the content changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.tables import photos, unreadable


@dataclass(frozen=True, slots=True)
class Problem:
    """A photo that could not be read: by which extractor, and why."""

    photo: str
    name: str
    extractor: str
    reason: str


class Problems:
    """What could not be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, extractor: str, version: str, reasons: Iterable[tuple[str, str]]) -> None:
        """Remember (content key, reason) pairs that this version of an extractor could not read."""
        mark = {"extractor": extractor, "version": version, "found_at": datetime.now(UTC)}
        self._database.upsert(unreadable, [{"content_key": key, "reason": why, **mark} for key, why in reasons])

    def supersede(self, extractor: str, version: str, content_keys: Iterable[str]) -> None:
        """Forget what other versions of an extractor said of contents that this version has now looked at."""
        others = (unreadable.c.extractor == extractor, unreadable.c.version != version)
        with self._database.transaction() as connection:
            for part in chunks(content_keys):
                connection.execute(unreadable.delete().where(*others, unreadable.c.content_key.in_(part)))

    def among(self, content_keys: Sequence[str], extractor: str, version: str) -> dict[str, str]:
        """Return the reason for each of these contents that is known to be unreadable."""
        of_this = (unreadable.c.extractor == extractor, unreadable.c.version == version)
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for part in chunks(content_keys):
                query = sa.select(unreadable.c.content_key, unreadable.c.reason).where(
                    *of_this, unreadable.c.content_key.in_(part)
                )
                found.update((key, reason) for key, reason in connection.execute(query))
        return found

    def all(self, library: str) -> list[Problem]:
        """Return the library's photos that could not be read, by name."""
        query = (
            sa.select(photos.c.id, photos.c.name, unreadable.c.extractor, unreadable.c.reason)
            .join(unreadable, unreadable.c.content_key == photos.c.content_key)
            .where(photos.c.library == library)
        )
        with self._database.reading() as connection:
            found = [Problem(*row) for row in connection.execute(query)]
        return sorted(found, key=lambda problem: (problem.name, problem.extractor))

    def forget(self, extractor: str) -> None:
        """Forget what one extractor could not read, in all versions, so that it is tried again."""
        with self._database.transaction() as connection:
            connection.execute(unreadable.delete().where(unreadable.c.extractor == extractor))
