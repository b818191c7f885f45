"""Events: what the clustering last found in each library, with trips and piles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from plugins.records import Event, Pile
from plugins.store.database import Database
from plugins.store.tables import events


class Events:
    """The events of each library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, found: Sequence[Event]) -> None:
        """Make these the library's events, in this order.

        Raises:
            ValueError: two events have one key.
        """
        if len({event.key for event in found}) < len(found):
            raise ValueError("two events have one key")
        with self._database.transaction() as connection:
            connection.execute(events.delete().where(events.c.library == library))
            self._database.insert(events, (_row(library, seq, event) for seq, event in enumerate(found)))

    def all(self, library: str) -> list[Event]:
        """Return the events in the order in which they were saved."""
        query = sa.select(events).where(events.c.library == library).order_by(events.c.seq)
        with self._database.reading() as connection:
            return [_event(row) for row in connection.execute(query).mappings()]


def _row(library: str, seq: int, event: Event) -> dict[str, Any]:
    return {
        "library": library,
        "key": event.key,
        "seq": seq,
        "title": event.title,
        "place": event.place,
        "trip": event.trip,
        "trip_title": event.trip_title,
        "away": event.away,
        "photos": event.photos,
        "piles": [[pile.people, pile.photos] for pile in event.piles],
    }


def _event(row: sa.RowMapping) -> Event:
    return Event(
        key=row["key"],
        photos=tuple(row["photos"]),
        title=row["title"],
        place=row["place"],
        trip=row["trip"],
        trip_title=row["trip_title"],
        away=row["away"],
        piles=tuple(Pile(tuple(people), tuple(photos)) for people, photos in row["piles"]),
    )
