"""Heads trained on a library's own data: the one in use, and the one before it to go back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from plugins.store.database import Database
from plugins.store.tables import trained

ACTIVE: Final = "active"
PREVIOUS: Final = "previous"


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained head: what it is for (`people`, …), its version, its file as bytes, and what was measured of it."""

    kind: str
    version: str
    data: bytes
    facts: Mapping[str, object]
    made_at: datetime


class TrainedHeads:
    """The trained heads of each library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, library: str, kind: str, version: str, data: bytes, facts: Mapping[str, object]) -> None:
        """Put a head to use; the one in use until now becomes the previous, and the one before that is forgotten."""
        row = {"library": library, "kind": kind, "slot": ACTIVE, "version": version, "data": data, "facts": facts}
        with self._database.transaction() as connection:
            connection.execute(trained.delete().where(*_at(library, kind, PREVIOUS)))
            connection.execute(trained.update().where(*_at(library, kind, ACTIVE)).values(slot=PREVIOUS))
            connection.execute(trained.insert(), {**row, "made_at": datetime.now(UTC)})

    def active(self, library: str, kind: str) -> Trained | None:
        """Return the head in use, or None where the library has none of this kind."""
        columns = (trained.c.kind, trained.c.version, trained.c.data, trained.c.facts, trained.c.made_at)
        with self._database.reading() as connection:
            row = connection.execute(sa.select(*columns).where(*_at(library, kind, ACTIVE))).one_or_none()
        return None if row is None else Trained(*row)

    def roll_back(self, library: str, kind: str) -> bool:
        """Forget the head in use and put the previous one back; return whether there was a previous one.

        Where there was none the head in use stays.
        """
        with self._database.transaction() as connection:
            if connection.execute(sa.select(trained.c.kind).where(*_at(library, kind, PREVIOUS))).first() is None:
                return False
            connection.execute(trained.delete().where(*_at(library, kind, ACTIVE)))
            connection.execute(trained.update().where(*_at(library, kind, PREVIOUS)).values(slot=ACTIVE))
        return True


def _at(library: str, kind: str, slot: str) -> tuple[sa.ColumnElement[bool], ...]:
    return trained.c.library == library, trained.c.kind == kind, trained.c.slot == slot
