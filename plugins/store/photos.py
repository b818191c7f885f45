"""Photos: the snapshot of each library as its gallery last told it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.records import Photo
from plugins.store.database import Database
from plugins.store.photo_rows import read, reading, row_of
from plugins.store.tables import photos

_SPAN = 1 << 128
_TAKEN_AT: Final = attrgetter("taken_at")
_NAME_AND_ID: Final = attrgetter("name", "id")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found: the ids of photos that are new, changed and gone, and how many are the same."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    same: int = 0


class Photos:
    """The photos of each library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, library: str, found: Iterable[Photo]) -> Refreshed:
        """Make these the library's photos; what is not among them is forgotten, at the very end.

        Taken in chunks of one commit each: a source that fails midway leaves what it had brought, and forgets nothing.
        """
        seen: set[str] = set()
        new, changed = self._take(library, found, seen)
        gone = tuple(id_ for id_ in self.ids(library) if id_ not in seen)
        self.forget(library, gone)
        return Refreshed(new, changed, gone, same=len(seen) - len(new) - len(changed))

    def update(self, library: str, found: Iterable[Photo]) -> Refreshed:
        """Add or renew these photos and leave the others as they are."""
        seen: set[str] = set()
        new, changed = self._take(library, found, seen)
        return Refreshed(new, changed, same=len(seen) - len(new) - len(changed))

    def _take(self, library: str, found: Iterable[Photo], seen: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        new: list[str] = []
        changed: list[str] = []
        for part in chunks(found):
            rows = {photo.id: row_of(library, photo) for photo in part if photo.id not in seen}
            seen.update(rows)
            with self._database.transaction():
                known = self._fingerprints(library, rows)
                different = [row for id_, row in rows.items() if known.get(id_) != row["fingerprint"]]
                self._database.upsert(photos, different)
            new += (row["id"] for row in different if row["id"] not in known)
            changed += (row["id"] for row in different if row["id"] in known)
        return tuple(new), tuple(changed)

    def _fingerprints(self, library: str, ids: Iterable[str]) -> dict[str, bytes]:
        query = sa.select(photos.c.id, photos.c.fingerprint).where(photos.c.library == library)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(photos.c.id.in_(list(ids))))
            return {row.id: row.fingerprint for row in rows}

    def forget(self, library: str, ids: Iterable[str]) -> None:
        """Remove photos from the snapshot; what was computed from their content stays."""
        for part in chunks(ids):
            with self._database.transaction() as connection:
                connection.execute(photos.delete().where(photos.c.library == library, photos.c.id.in_(part)))

    def all(self, library: str) -> list[Photo]:
        """Return all photos by time, then name, then id."""
        return [*self.each(library)]

    def each(self, library: str) -> Iterator[Photo]:
        """Yield all photos by time, then name, then id; no more than a few are held, so that a million need not be."""
        query = reading().where(photos.c.library == library).order_by(photos.c.taken_at)
        with self._database.reading() as connection:
            for _, together in groupby(read(connection, query), _TAKEN_AT):
                yield from sorted(together, key=_NAME_AND_ID)  # databases differ in how they sort text

    def get(self, library: str, ids: Iterable[str]) -> dict[str, Photo]:
        """Return photos by id; those that the store does not know are left out."""
        found: dict[str, Photo] = {}
        with self._database.reading() as connection:
            for part in chunks(ids):
                query = reading().where(photos.c.library == library, photos.c.id.in_(part))
                found.update((photo.id, photo) for photo in read(connection, query))
        return found

    def showing(self, library: str, content_key: str) -> Photo | None:
        """Return a photo that has this content, None where there is none; of several the first by id."""
        of_this = (photos.c.content_key == content_key, photos.c.library == library)
        query = reading().where(*of_this).order_by(photos.c.id).limit(1)
        with self._database.reading() as connection:
            return next(read(connection, query), None)

    def of_contents(self, library: str, contents: Iterable[str]) -> dict[str, Photo]:
        """Return photos by content; of several that show one the first by id, contents that none shows are left out."""
        found: dict[str, Photo] = {}
        with self._database.reading() as connection:
            for part in chunks(dict.fromkeys(contents)):
                query = reading().where(photos.c.content_key.in_(part), photos.c.library == library)
                rows = read(connection, query.order_by(sa.desc(photos.c.id)))
                found.update((photo.content_key, photo) for photo in rows)
        return found

    def words(self, library: str) -> dict[str, int]:
        """Return on how many photos each tag is, as it is written there."""
        query = sa.select(photos.c.tags, sa.func.count()).where(photos.c.library == library).group_by(photos.c.tags)
        counts: dict[str, int] = {}
        with self._database.reading() as connection:
            for tags, n in connection.execute(query):
                for tag in tags:
                    counts[tag] = counts.get(tag, 0) + n
        return counts

    def ids(self, library: str) -> list[str]:
        """Return the ids of all photos, in no order."""
        with self._database.reading() as connection:
            return list(connection.scalars(sa.select(photos.c.id).where(photos.c.library == library)))

    def count(self, library: str) -> int:
        """Return how many photos there are."""
        query = sa.select(sa.func.count()).select_from(photos).where(photos.c.library == library)
        with self._database.reading() as connection:
            return connection.scalar(query) or 0

    def libraries(self) -> list[str]:
        """Return the libraries that have photos, sorted."""
        with self._database.reading() as connection:
            return sorted(connection.scalars(sa.select(photos.c.library).distinct()))

    def fingerprint(self, library: str) -> str:
        """Return 32 hexadecimal digits that change when any photo does, comes or goes; the order does not matter."""
        total, count = 0, 0
        query = sa.select(photos.c.fingerprint).where(photos.c.library == library)
        with self._database.reading() as connection:
            for mark in connection.scalars(query):
                total, count = (total + int.from_bytes(mark)) % _SPAN, count + 1
        return hashlib.sha256(f"{count} {total}".encode()).hexdigest()[:32]
