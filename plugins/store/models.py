"""Models: which extractor or trained head a library has chosen; it stays until told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from plugins.store.database import Database
from plugins.store.tables import models


@dataclass(frozen=True, slots=True)
class Model:
    """A chosen part by kind (`embedder`, `picture`, …), name and version."""

    kind: str
    name: str
    version: str
    chosen_at: datetime


class Models:
    """The models of each library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def choose(self, library: str, kind: str, name: str, version: str) -> None:
        """Make this the library's model of its kind."""
        row = {"library": library, "kind": kind, "name": name, "version": version, "chosen_at": datetime.now(UTC)}
        self._database.upsert(models, [row])

    def chosen(self, library: str, kind: str) -> Model | None:
        """Return the library's model of a kind, or None where it has not chosen yet."""
        columns = (models.c.kind, models.c.name, models.c.version, models.c.chosen_at)
        query = sa.select(*columns).where(models.c.library == library, models.c.kind == kind)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Model(*row)

    def forget(self, library: str, kind: str) -> None:
        """Let the library choose again."""
        with self._database.transaction() as connection:
            connection.execute(models.delete().where(models.c.library == library, models.c.kind == kind))
