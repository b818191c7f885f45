"""Positions: where photos were taken as far as we found out; beside the snapshot, so that a refresh keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from plugins.records import PlaceOrigin, Position
from plugins.store.database import Database
from plugins.store.tables import positions

AT_ONCE: Final = 10_000
"""Rows that are read at a time."""
_COLUMNS: Final = (positions.c.photo, positions.c.lat, positions.c.lon, positions.c.radius_m, positions.c.origin)


class Positions:
    """The resolved position of each photo, with its origin."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, found: Mapping[str, Position]) -> None:
        """Make these the positions of the library, by photo id; photos that the store does not know are refused."""
        rows = (
            {"library": library, "photo": id_, "lat": p.lat, "lon": p.lon, "radius_m": p.radius_m, "origin": p.origin}
            for id_, p in found.items()
        )
        with self._database.transaction() as connection:
            connection.execute(positions.delete().where(positions.c.library == library))
            self._database.insert(positions, rows)

    def all(self, library: str) -> dict[str, Position]:
        """Return the positions by photo id; a photo that is gone has none."""
        query = sa.select(*_COLUMNS).where(positions.c.library == library)
        origins: dict[str, PlaceOrigin] = {}
        with self._database.reading() as connection:
            found = connection.execute(query).yield_per(AT_ONCE)
            return {
                photo: Position(lat, lon, radius_m, origins.setdefault(origin, origin))
                for photo, lat, lon, radius_m, origin in found
            }

    def count(self, library: str) -> int:
        """Return how many photos have a position."""
        query = sa.select(sa.func.count()).select_from(positions).where(positions.c.library == library)
        with self._database.reading() as connection:
            return connection.scalar(query) or 0

    def fingerprint(self, library: str) -> str:
        """Return 32 hexadecimal digits that change when any position does; the order does not matter."""
        total = 0
        with self._database.reading() as connection:
            found = connection.execute(sa.select(*_COLUMNS).where(positions.c.library == library))
            for rows in found.yield_per(AT_ONCE).partitions():
                for row in rows:
                    said = repr(tuple(row)).encode("utf-8", "surrogatepass")
                    total += int.from_bytes(hashlib.blake2b(said, digest_size=16).digest())
        return f"{total % (1 << 128):032x}"
