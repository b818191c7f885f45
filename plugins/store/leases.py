"""Leases: names that one process holds for a while, by the database's clock; a dead holder's run out by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from plugins.store.database import Database, inserting
from plugins.store.tables import leases

LAST = "\U0010ffff"
"""The character behind all others."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A name, who holds it until when by the database's clock, and what the holder says of it."""

    name: str
    holder: str
    until: datetime
    facts: Mapping[str, Any]


class Leases:
    """Names that are held by one process at a time, of whatever machine."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, holder: str, for_s: float, facts: Mapping[str, Any] | None = None) -> bool:
        """Hold a name that is free or whose time is over, for so many seconds; say whether it is held now.

        A holder that asks again holds it on, with these facts.
        """
        dialect = self._database.engine.dialect.name
        insert, now = inserting(leases, dialect), _now(dialect)
        mine = {"holder": holder, "until": now + _span(for_s), "facts": dict(facts or {})}
        free = sa.or_(leases.c.until < now, leases.c.holder == holder)
        statement = insert.values(name=name, **mine).on_conflict_do_update(
            index_elements=["name"], set_={column: insert.excluded[column] for column in mine}, where=free
        )
        with self._database.transaction(alone=False) as connection:
            return connection.execute(statement.returning(leases.c.name)).first() is not None

    def renew(self, name: str, holder: str, for_s: float) -> bool:
        """Hold a name for so many seconds from now on, and say whether it was still this holder's.

        One whose time was over is held on where nobody has taken it since.
        """
        until = _now(self._database.engine.dialect.name) + _span(for_s)
        statement = leases.update().where(leases.c.name == name, leases.c.holder == holder).values(until=until)
        with self._database.transaction(alone=False) as connection:
            return connection.execute(statement).rowcount == 1

    def give_back(self, name: str, holder: str) -> None:
        """Let a name go; where it is somebody else's by now, nothing happens."""
        with self._database.transaction(alone=False) as connection:
            connection.execute(leases.delete().where(leases.c.name == name, leases.c.holder == holder))

    def held(self, name: str) -> Lease | None:
        """Return who holds a name now; None where nobody does."""
        return next(self._found(leases.c.name == name), None)

    def below(self, prefix: str) -> dict[str, Lease]:
        """Return the names with this beginning that somebody holds now."""
        return {lease.name: lease for lease in self._found(_begins(prefix))}

    def forget_below(self, prefix: str) -> None:
        """Let the names with this beginning go, whoever holds them, also those whose time is over."""
        with self._database.transaction(alone=False) as connection:
            connection.execute(leases.delete().where(_begins(prefix)))

    def _found(self, which: sa.ColumnElement[bool]) -> Iterator[Lease]:
        with self._database.reading() as connection:
            now = _now(connection.dialect.name)
            rows = connection.execute(sa.select(leases).where(which, leases.c.until >= now)).all()
        yield from (Lease(row.name, row.holder, row.until, row.facts) for row in rows)


def _begins(prefix: str) -> sa.ColumnElement[bool]:
    return sa.and_(leases.c.name >= prefix, leases.c.name < f"{prefix}{LAST}")


def _now(dialect: str) -> sa.ColumnElement[Any]:
    """Return the database's time as the store keeps it: one clock for all machines."""
    said = (
        "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
        if dialect == "postgresql"
        else "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
    )
    return sa.literal_column(said, sa.BigInteger)


def _span(seconds: float) -> int:
    return timedelta(seconds=seconds) // timedelta(microseconds=1)
