"""Purging: what nothing refers to any more; first counted, then removed, by one and the same condition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.tables import (
    changes,
    face_scans,
    faces,
    features,
    measures,
    photos,
    runs,
    unreadable,
    video_frames,
)

OF_CONTENT: Final[Mapping[sa.Table, sa.Column[bytes] | None]] = {
    features: features.c.vector,
    faces: faces.c.vector,
    face_scans: None,
    measures: None,
    video_frames: None,
    unreadable: None,
}
"""What is known of a picture by its content alone, whatever library shows it; and the column that takes the room."""


@dataclass(frozen=True, slots=True)
class Room:
    """So many things, and about so many bytes that they take."""

    n: int = 0
    n_bytes: int = 0

    def __add__(self, other: Room) -> Room:
        return Room(self.n + other.n, self.n_bytes + other.n_bytes)


class Purging:
    """Finds and removes what the store keeps for nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def contents_without_photo(self) -> set[str]:
        """Return the contents of which something is kept and that no photo of any library has."""
        shown = sa.select(photos.c.content_key)
        found: set[str] = set()
        with self._database.reading() as connection:
            for table in OF_CONTENT:
                query = sa.select(table.c.content_key).where(table.c.content_key.not_in(shown)).distinct()
                found.update(connection.scalars(query))
        return found

    def room_of_contents(self, contents: Iterable[str]) -> Room:
        """Return how many vectors there are of these contents, and the bytes that they take."""
        room = Room()
        with self._database.reading() as connection:
            for part in chunks(contents):
                for table, vector in OF_CONTENT.items():
                    if vector is not None:
                        sizes = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(vector)), 0))
                        n, n_bytes = connection.execute(sizes.where(table.c.content_key.in_(part))).one()
                        room += Room(n, n_bytes)
        return room

    def forget_contents(self, contents: Iterable[str]) -> None:
        """Remove what is known of these contents, but of none that a photo has (again) by now; one commit a chunk."""
        shown = sa.select(photos.c.content_key)
        for part in chunks(contents):
            with self._database.transaction() as connection:
                for table in OF_CONTENT:
                    mine = table.c.content_key
                    connection.execute(table.delete().where(mine.in_(part), mine.not_in(shown)))

    def room_of_runs(self, names: Sequence[str]) -> Room:
        """Return how many changes these runs have, and about the bytes that they and the runs' summaries take."""
        room = Room()
        with self._database.reading() as connection:
            for part in chunks(names):
                sized = sa.func.coalesce(sa.func.sum(sa.func.length(sa.cast(changes.c.change, sa.Text))), 0)
                n, n_bytes = connection.execute(sa.select(sa.func.count(), sized).where(changes.c.run.in_(part))).one()
                told = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(sa.cast(runs.c.summary, sa.Text))), 0))
                room += Room(n, n_bytes + (connection.scalar(told.where(runs.c.id.in_(part))) or 0))
        return room

    def unfinished(self, library: str) -> set[str]:
        """Return the runs of a library with changes that are planned or on their way."""
        query = sa.select(changes.c.run).where(changes.c.library == library, changes.c.state != "confirmed").distinct()
        with self._database.reading() as connection:
            return set(connection.scalars(query))

    def forget_runs(self, library: str, names: Collection[str]) -> None:
        """Remove runs of a library and their changes, but none that works or has changes to be made."""
        kept = sa.select(changes.c.run).where(changes.c.library == library, changes.c.state != "confirmed")
        for part in chunks(sorted(names)):
            of_these = (runs.c.library == library, runs.c.id.in_(part), runs.c.status != "running")
            with self._database.transaction() as connection:
                going = list(connection.scalars(sa.select(runs.c.id).where(*of_these, runs.c.id.not_in(kept))))
                connection.execute(changes.delete().where(changes.c.run.in_(going)))
                connection.execute(runs.delete().where(runs.c.id.in_(going)))
