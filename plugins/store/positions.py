"""Positions: where photos were taken as far as we found out; beside the snapshot, so that a refresh keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa

from plugins.records import Position
from plugins.store.database import Database
from plugins.store.tables import positions


class Positions:
    """The resolved position of each photo, with its origin."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, found: Mapping[str, Position]) -> None:
        """Make these the positions of the library, by photo id; photos that the store does not know are refused."""
        rows = [
            {"library": library, "photo": id_, "lat": p.lat, "lon": p.lon, "radius_m": p.radius_m, "origin": p.origin}
            for id_, p in found.items()
        ]
        with self._database.transaction() as connection:
            connection.execute(positions.delete().where(positions.c.library == library))
            self._database.insert(positions, rows)

    def all(self, library: str) -> dict[str, Position]:
        """Return the positions by photo id; a photo that is gone has none."""
        columns = (positions.c.photo, positions.c.lat, positions.c.lon, positions.c.radius_m, positions.c.origin)
        query = sa.select(*columns).where(positions.c.library == library)
        with self._database.reading() as connection:
            return {photo: Position(lat, lon, r, origin) for photo, lat, lon, r, origin in connection.execute(query)}

    def fingerprint(self, library: str) -> str:
        """Return 32 hexadecimal digits that change when any position does."""
        said = repr(sorted(self.all(library).items(), key=lambda pair: pair[0]))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
