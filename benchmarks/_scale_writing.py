"""What changes do to the counting gallery; each is one commit, and doing it twice is doing it once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from plugins.changes import (
    AddMembers,
    AddTags,
    AlbumChange,
    AssignFace,
    Change,
    CreateAlbum,
    CreatePerson,
    DeleteAlbum,
    DescribeAlbum,
    NamePerson,
    Outcome,
    PersonChange,
    RemoveMembers,
    RemovePerson,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    TagChange,
    UnassignFace,
)
from plugins.drawn import drawn_at


class Writer:
    """Writes into the gallery's file; `names` are the people's, None after one has come or changed."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.names: dict[str, str] | None = None

    def apply(self, change: Change) -> Outcome:
        """Make one change."""
        with self._database:
            self._database.execute("BEGIN")
            if isinstance(change, TagChange):
                return self._tag(change)
            if isinstance(change, SetAlbumCover):
                return self._cover(number(change.album), change.photo)
            if isinstance(change, AlbumChange):
                return self._album(change)
            if isinstance(change, PersonChange):
                return self._person(change)
        return Outcome("refused", "this gallery does not take such changes")

    def _run(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> int:
        return self._database.executemany(statement, rows).rowcount

    def _one(self, query: str, *values: Any) -> Any:
        found = self._database.execute(query, values).fetchone()
        return None if found is None else found[0]

    def _tag(self, change: TagChange) -> Outcome:
        pairs = [(tag, number(photo)) for tag in change.tags for photo in change.photos]
        if isinstance(change, AddTags):
            return _done(self._run("INSERT OR IGNORE INTO tags VALUES (?, ?)", pairs))
        return _done(self._run("DELETE FROM tags WHERE tag = ? AND photo = ?", pairs))

    def _album(self, change: AlbumChange) -> Outcome:
        found = self._one("SELECT id FROM albums WHERE key = ?", change.key)
        if isinstance(change, CreateAlbum) and found is None:
            row = (change.key, change.kind, change.title, change.description)
            made = self._database.execute(
                "INSERT INTO albums (key, kind, title, description) VALUES (?, ?, ?, ?)", row
            ).lastrowid
            self._put_in(made or 0, change.photos)
            return Outcome("done", gallery_id=f"a{made}")
        if found is None:
            return Outcome("gone", "there is no such album")
        match change:
            case CreateAlbum() | AddMembers():
                return _done(self._put_in(found, change.photos), f"a{found}")
            case RemoveMembers():
                rows = [(found, number(photo)) for photo in change.photos]
                return _done(self._run("DELETE FROM members WHERE album = ? AND photo = ?", rows), f"a{found}")
            case RenameAlbum():
                return _done(self._run("UPDATE albums SET title = ? WHERE id = ?", [(change.title, found)]))
            case DescribeAlbum():
                return _done(self._run("UPDATE albums SET description = ? WHERE id = ?", [(change.description, found)]))
            case SetCover():
                return self._cover(found, change.photo)
            case DeleteAlbum():
                self._run("DELETE FROM members WHERE album = ?", [(found,)])
                return _done(self._run("DELETE FROM albums WHERE id = ?", [(found,)]))

    def _put_in(self, album: int, photos: Iterable[str]) -> int:
        rows = [(album, number(photo)) for photo in photos]
        return self._run("INSERT OR IGNORE INTO members (album, photo) VALUES (?, ?)", rows)

    def _cover(self, album: int, photo: str | None) -> Outcome:
        cover = None if photo is None else number(photo)
        return _done(self._run("UPDATE albums SET cover = ? WHERE id = ?", [(cover, album)]), f"a{album}")

    def _person(self, change: PersonChange) -> Outcome:
        if not isinstance(change, AssignFace | UnassignFace):
            self.names = None
        match change:
            case CreatePerson():
                id_ = f"ours-{change.key}"
                made = self._run("INSERT OR IGNORE INTO people VALUES (?, ?, ?)", [(id_, change.key, change.name)])
                return _done(made, id_)
            case RemovePerson():
                return _done(self._run("DELETE FROM people WHERE id = ?", [(self._id(change.key),)]))
            case NamePerson():
                named = self._run("UPDATE people SET name = ? WHERE id = ?", [(change.name, self._id(change.key))])
                return _done(named, self._id(change.key))
            case AssignFace():
                return self._give(change.face, self._id(change.person))
            case UnassignFace():
                return self._give(change.face, "")

    def _id(self, person: str) -> str:
        return self._one("SELECT id FROM people WHERE key = ?", person) or person

    def _give(self, face: str, person: str) -> Outcome:
        place = drawn_at(face)
        if place is not None:
            photo = number(place[0])
            last = self._one("SELECT max(face) FROM faces WHERE photo = ?", photo)
            made = 0 if last is None else last + 1
            self._run("INSERT INTO faces VALUES (?, ?, ?, ?)", [(photo, made, json.dumps(place[1]), person)])
            return Outcome("done", gallery_id=f"{place[0]}#{made}")
        photo_id, _, face_number = face.partition("#")
        held = (person, number(photo_id), int(face_number))
        given = self._run("UPDATE faces SET person = ? WHERE photo = ? AND face = ?", [held])
        return Outcome("done", gallery_id=face) if given else Outcome("gone", "there is no such face")


def number(id_: str) -> int:
    """Return the number of a photo or an album from its id."""
    return int(id_[1:])


def _done(n: int, id_: str = "") -> Outcome:
    return Outcome("done" if n else "already", gallery_id=id_)
