"""The ledger's tables: what we last published and what the user did since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.publishing.ledger import (
    Ledger,
    LedgerAlbum,
    LedgerCover,
    LedgerFace,
    LedgerPerson,
    LedgerPoster,
    Membership,
    TagState,
)
from plugins.store.columns import as_given, as_stored
from plugins.store.database import Database
from plugins.store.tables import (
    ledger_albums,
    ledger_covers,
    ledger_faces,
    ledger_members,
    ledger_people,
    ledger_posters,
    ledger_tags,
)


class Ledgers:
    """The ledger of each library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, library: str) -> Ledger:
        """Return all that we know of a library."""
        with self._database.reading() as connection:
            members = self._members(connection, library)
            rows = connection.execute(sa.select(ledger_albums).where(ledger_albums.c.library == library)).mappings()
            albums = {row["key"]: _album(row, members.get(row["key"], {})) for row in rows}
            return Ledger(
                albums,
                _tags(connection, library),
                _people(connection, library),
                _faces(connection, library),
                _posters(connection, library),
                _covers(connection, library),
            )

    def of_people(self, library: str) -> Ledger:
        """Return what we know of the people and faces of a library, and nothing of the rest."""
        with self._database.reading() as connection:
            return Ledger(people=_people(connection, library), faces=_faces(connection, library))

    def of_tags(self, library: str) -> dict[tuple[str, str], TagState]:
        """Return what we know of the tags of a library, by photo and tag."""
        with self._database.reading() as connection:
            return _tags(connection, library)

    def albums(self, library: str, keys: Iterable[str]) -> dict[str, LedgerAlbum]:
        """Return albums by our keys; those that we do not know are left out."""
        found: dict[str, LedgerAlbum] = {}
        with self._database.reading() as connection:
            for part in chunks(keys):
                members = self._members(connection, library, part)
                of_these = (ledger_albums.c.library == library, ledger_albums.c.key.in_(part))
                rows = connection.execute(sa.select(ledger_albums).where(*of_these)).mappings()
                found.update((row["key"], _album(row, members.get(row["key"], {}))) for row in rows)
        return found

    def holding(self, library: str, photos: Iterable[str]) -> dict[str, str]:
        """Return the album of an event or a trip, by its key, that each of these photos is in; others are left out."""
        albums, members = ledger_albums.c, ledger_members.c
        joined = sa.and_(albums.library == members.library, albums.key == members.album)
        live = (albums.state == "live", albums.kind != "pile", members.state != "removed")
        query = sa.select(members.photo, albums.key).join(ledger_albums, joined)
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for part in chunks(photos):
                of_part = (members.library == library, members.photo.in_(part))
                found.update((photo, key) for photo, key in connection.execute(query.where(*live, *of_part)))
        return found

    def covers(self, library: str, keys: Iterable[str]) -> dict[str, LedgerCover]:
        """Return what is known of these covers of the user's albums, and of these notes of picked ones."""
        wanted = set(keys)
        with self._database.reading() as connection:
            return {key: cover for key, cover in _covers(connection, library).items() if key in wanted}

    def deleted_albums(self, library: str, most: int, offset: int = 0) -> tuple[list[tuple[str, str]], int]:
        """Return key and title of albums that are not made again, by title, and how many there are."""
        of_these = (ledger_albums.c.library == library, ledger_albums.c.state == "deleted")
        columns = (ledger_albums.c.key, ledger_albums.c.title)
        query = sa.select(*columns).where(*of_these).order_by(ledger_albums.c.title, ledger_albums.c.key)
        with self._database.reading() as connection:
            found = [(key, title) for key, title in connection.execute(query.limit(most).offset(offset))]
            n = connection.scalar(sa.select(sa.func.count()).select_from(ledger_albums).where(*of_these))
        return found, n or 0

    def _members(
        self, connection: sa.Connection, library: str, albums: Iterable[str] | None = None
    ) -> Mapping[str, dict[str, Membership]]:
        columns = (as_stored(ledger_members.c[name]) for name in ("album", "photo", "state"))
        query = sa.select(*columns).where(ledger_members.c.library == library)
        if albums is not None:
            query = query.where(ledger_members.c.album.in_(list(albums)))
        found: dict[str, dict[str, Membership]] = defaultdict(dict)
        words = lru_cache(maxsize=None)(as_given)
        for album, photo, state in connection.execute(query):
            found[words(album)][as_given(photo)] = words(state)  # type: ignore[assignment]
        return found

    def save_albums(self, library: str, albums: Iterable[LedgerAlbum]) -> None:
        """Write these albums as they are now; other albums stay. Only members that differ are touched."""
        for part in chunks(albums):
            with self._database.transaction() as connection:
                self._database.upsert(ledger_albums, [_album_row(library, album) for album in part])
                before = self._members(connection, library, [album.key for album in part])
                for album in part:
                    self._save_members(library, album, before.get(album.key, {}))

    def _save_members(self, library: str, album: LedgerAlbum, before: Mapping[str, Membership]) -> None:
        of_this = (ledger_members.c.library == library, ledger_members.c.album == album.key)
        with self._database.transaction() as connection:
            for part in chunks(sorted(before.keys() - album.members.keys())):
                connection.execute(ledger_members.delete().where(*of_this, ledger_members.c.photo.in_(part)))
            self._database.upsert(
                ledger_members,
                [
                    {"library": library, "album": album.key, "photo": photo, "state": state}
                    for photo, state in album.members.items()
                    if before.get(photo) != state
                ],
            )

    def remove_album(self, library: str, key: str) -> None:
        """Forget an album and its members altogether; a deleted album that must not come back is kept instead."""
        with self._database.transaction() as connection:
            connection.execute(
                ledger_albums.delete().where(ledger_albums.c.library == library, ledger_albums.c.key == key)
            )

    def save_tags(self, library: str, tags: Mapping[tuple[str, str], TagState | None]) -> None:
        """Write the state of (photo, tag) pairs; None forgets one. Other pairs stay."""
        self._save(
            ledger_tags,
            library,
            [
                ({"photo": photo, "tag": tag}, None if state is None else {"state": state})
                for (photo, tag), state in tags.items()
            ],
        )

    def save_people(self, library: str, people: Mapping[str, LedgerPerson | None]) -> None:
        """Write people by their keys; None forgets one. Others stay."""
        self._save(
            ledger_people,
            library,
            [
                ({"key": key}, None if p is None else {"gallery_id": p.gallery_id, "name": p.name, "state": p.state})
                for key, p in people.items()
            ],
        )

    def save_faces(self, library: str, faces: Mapping[tuple[str, str], LedgerFace | None]) -> None:
        """Write what became of (face, person) pairs; None forgets one. Other pairs stay."""
        self._save(
            ledger_faces,
            library,
            [
                ({"face": face, "person": person}, None if kept is None else {"state": kept.state, "box": kept.box})
                for (face, person), kept in faces.items()
            ],
        )

    def save_posters(self, library: str, posters: Mapping[str, LedgerPoster | None]) -> None:
        """Write what became of the posters of videos, by their ids; None forgets one. Others stay."""
        rows = [
            ({"photo": photo}, None if kept is None else {"at_s": kept.at_s, "state": kept.state})
            for photo, kept in posters.items()
        ]
        self._save(ledger_posters, library, rows)

    def save_covers(self, library: str, covers: Mapping[str, LedgerCover | None]) -> None:
        """Write what became of covers of the user's own albums, by their ids; None forgets one. Others stay."""
        rows = [
            ({"album": album}, None if kept is None else {"photo": kept.photo, "state": kept.state})
            for album, kept in covers.items()
        ]
        self._save(ledger_covers, library, rows)

    def _save(
        self, table: sa.Table, library: str, rows: Iterable[tuple[dict[str, Any], dict[str, Any] | None]]
    ) -> None:
        """Write rows given by key and the rest; where that is None the row is forgotten."""
        kept, forgotten = list[dict[str, Any]](), list[dict[str, Any]]()
        for key, rest in rows:
            if rest is None:
                forgotten.append({f"key_{name}": value for name, value in key.items()})
            else:
                kept.append({"library": library, **key, **rest})
        if not kept and not forgotten:
            return
        columns = [column for column in table.primary_key if column.name != "library"]
        one = table.delete().where(
            table.c.library == library, *(column == sa.bindparam(f"key_{column.name}") for column in columns)
        )
        with self._database.transaction() as connection:
            self._database.upsert(table, kept)
            for part in chunks(forgotten):
                connection.execute(one, part)


def _tags(connection: sa.Connection, library: str) -> dict[tuple[str, str], TagState]:
    columns = (as_stored(ledger_tags.c[name]) for name in ("photo", "tag", "state"))
    found = connection.execute(sa.select(*columns).where(ledger_tags.c.library == library))
    words = lru_cache(maxsize=None)(as_given)  # few, each on many photos: one object for all
    return {(as_given(photo), words(tag)): words(state) for photo, tag, state in found}  # type: ignore[misc]


def _people(connection: sa.Connection, library: str) -> dict[str, LedgerPerson]:
    columns = (ledger_people.c[name] for name in ("key", "gallery_id", "name", "state"))
    found = connection.execute(sa.select(*columns).where(ledger_people.c.library == library))
    return {row.key: LedgerPerson(*row) for row in found}


def _faces(connection: sa.Connection, library: str) -> dict[tuple[str, str], LedgerFace]:
    columns = (as_stored(ledger_faces.c[name]) for name in ("face", "person", "state"))
    found = connection.execute(sa.select(*columns, ledger_faces.c.box).where(ledger_faces.c.library == library))
    words = lru_cache(maxsize=None)(as_given)
    return {
        (as_given(face), words(person)): LedgerFace(words(state), tuple(box) if box else None)  # type: ignore[arg-type]
        for face, person, state, box in found
    }


def _posters(connection: sa.Connection, library: str) -> dict[str, LedgerPoster]:
    columns = (ledger_posters.c[name] for name in ("photo", "state", "at_s"))
    found = connection.execute(sa.select(*columns).where(ledger_posters.c.library == library))
    return {photo: LedgerPoster(state, at_s) for photo, state, at_s in found}


def _covers(connection: sa.Connection, library: str) -> dict[str, LedgerCover]:
    columns = (ledger_covers.c[name] for name in ("album", "state", "photo"))
    found = connection.execute(sa.select(*columns).where(ledger_covers.c.library == library))
    return {album: LedgerCover(state, photo) for album, state, photo in found}


def _album_row(library: str, album: LedgerAlbum) -> dict[str, Any]:
    return {
        "library": library,
        "key": album.key,
        "kind": album.kind,
        "gallery_id": album.gallery_id,
        "state": album.state,
        "title": album.title,
        "description": album.description,
        "cover": album.cover,
        "user_title": album.user_title,
        "user_description": album.user_description,
        "user_cover": album.user_cover,
    }


def _album(row: sa.RowMapping, members: Mapping[str, Membership]) -> LedgerAlbum:
    own = {name: value for name, value in row.items() if name != "library"}
    return LedgerAlbum(**own, members=MappingProxyType(dict(members)))
