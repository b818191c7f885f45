"""The folder gallery's people: one TOML file with a table a person, whose names the user may edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomlkit

from plugins.atomic import delete_durably, write_atomically
from plugins.changes import AssignFace, CreatePerson, NamePerson, Outcome, PersonChange, RemovePerson, UnassignFace
from plugins.drawn import photo_of
from plugins.galleries import GalleryBug, GalleryRefused, GalleryUnreachable
from plugins.galleries.folder.catalogue import edit_toml, read_toml
from plugins.galleries.folder.holders import BY_NAME, Holders, PersonEntry
from plugins.galleries.folder.people_text import Tables
from plugins.records import Region

_HEAD = """\
# The people in your photos. Names are yours to change: another name here is kept, and shown from the next run on.
# Delete a person's table, and it is not made again.
"""


class PeopleFile:
    """`people.toml`: people by key. Every reading is fresh, since the user may edit it at any time.

    `found` returns the faces in a photo's metadata, by the names there.
    """

    def __init__(self, path: Path, found: Callable[[str], Sequence[Region]] = lambda _: ()) -> None:
        self.path = path
        self._found = found
        self._last: tuple[str, dict[str, PersonEntry]] = "", {}
        self._tables: Tables | None = None
        self._holders: Holders | None = None

    def read(self) -> dict[str, PersonEntry]:
        """Return the people by key, in the order of the file.

        Raises:
            GalleryRefused: the file is not TOML or not a list of people; nothing is changed until it is mended.
        """
        return self._parse(self._text())

    def holders(self) -> Holders:
        """Return whose faces are whose; the file is read afresh, and looked through again only if it has changed.

        Raises:
            GalleryRefused: as `read`.
        """
        people = self.read()
        if self._holders is None:
            self._holders = Holders(people)
        return self._holders

    def _save(self, text: str, new: Mapping[str, PersonEntry]) -> None:
        """Bring the file from its text to these people; comments and fields of the user's stay, an empty file goes."""
        if self._save_faces(text, new):
            return
        old, document = self._parse(text), edit_toml(text or _HEAD, self.path)
        for key in old.keys() - new.keys():
            del document[key]
        for key, entry in new.items():
            if key not in old:
                document[key] = tomlkit.table()
            if key not in old or entry.name != old[key].name:
                document[key]["name"] = entry.name
            if key not in old or entry.faces != old[key].faces:
                document[key]["faces"] = list(entry.faces)
                document[key]["faces"].multiline(True)
        self._check_same(text)
        self._write(tomlkit.dumps(document), new)

    def _save_faces(self, text: str, new: Mapping[str, PersonEntry]) -> bool:
        """Save people of whom only faces have changed, quickly; say whether that could be done."""
        if self._tables is None or self._tables.text != text:
            self._tables = Tables.of(text)
        tables = self._tables and self._tables.changed(self._parse(text), new)
        if tables is None:
            return False
        self._check_same(text)
        after = tables.text
        write_atomically(self.path, after.encode())
        self._tables, self._last, self._holders = tables, (after, dict(new)), None
        return True

    def _check_same(self, text: str) -> None:
        if self._text() != text:
            raise GalleryUnreachable(f"{self.path} was changed by somebody just now; it will be tried again")

    def apply(self, change: PersonChange) -> Outcome:
        """Make one change to the people, unless the user has decided otherwise since.

        Raises:
            GalleryRefused: the file is not TOML or not a list of people; nothing is changed until it is mended.
            GalleryUnreachable: the user changes the file at this very moment, and that comes first.
        """
        text = self._text()
        people = self._parse(text)
        match change:
            case CreatePerson():
                return self._create(change, people, text)
            case RemovePerson():
                return self._remove(change, people, text)
            case NamePerson():
                return self._call(change, people, text)
            case AssignFace():
                return self._assign(change, people, text)
            case UnassignFace():
                return self._unassign(change, people, text)

    def _create(self, change: CreatePerson, people: dict[str, PersonEntry], text: str) -> Outcome:
        if change.key in people:
            return Outcome("already", gallery_id=change.key)
        self._save(text, {**people, change.key: PersonEntry(change.name)})
        return Outcome("done", gallery_id=change.key)

    def _remove(self, change: RemovePerson, people: dict[str, PersonEntry], text: str) -> Outcome:
        found = people.pop(change.key, None)
        if found is None:
            return Outcome("gone")
        if found.faces:
            return Outcome("refused", f"the person still has {len(found.faces)} faces", change.key)
        if found.name not in {"", change.name}:
            return Outcome("refused", f"the user has named the person {found.name!r}", change.key)
        self._save(text, people)
        return Outcome("done", gallery_id=change.key)

    def _call(self, change: NamePerson, people: dict[str, PersonEntry], text: str) -> Outcome:
        """Give somebody a name, or take back the one that we gave; who is in the metadata alone has one there."""
        if change.key not in people:
            return Outcome("gone")
        entry = people[change.key]
        if entry.name == change.name:
            return Outcome("already", gallery_id=change.key)
        if entry.name != change.was:
            return Outcome("refused", f"the user has named the person {entry.name!r}", change.key)
        self._save(text, {**people, change.key: replace(entry, name=change.name)})
        return Outcome("done", gallery_id=change.key)

    def _assign(self, change: AssignFace, people: dict[str, PersonEntry], text: str) -> Outcome:
        if change.person not in people and not change.person.startswith(BY_NAME):
            return Outcome("gone")
        said = self._found(photo_of(change.face))
        holders = Holders(people)
        holder = holders.holder(change.face, said)
        if holder == change.person:
            return Outcome("already", gallery_id=change.person)
        if holder != change.was:
            called = people[holder].name if holder in people else (holder or "").removeprefix(BY_NAME)
            whose = f"given the face to {called or holder!r}" if holder else "taken the face off everybody"
            return Outcome("refused", f"the user has {whose}", holder or "")
        rest = _without(people, change.face)
        if holders.said(change.face, said) != change.person:  # else its metadata say so already
            entry = rest.get(change.person, PersonEntry(change.person.removeprefix(BY_NAME)))
            rest = {**rest, change.person: replace(entry, faces=(*entry.faces, change.face))}
        self._save(text, rest)
        return Outcome("done", gallery_id=change.person)

    def _unassign(self, change: UnassignFace, people: dict[str, PersonEntry], text: str) -> Outcome:
        if change.face in people.get(change.person, PersonEntry()).faces:
            self._save(text, _without(people, change.face))
            return Outcome("done", gallery_id=change.person)
        if Holders(people).holder(change.face, self._found(photo_of(change.face))) == change.person:
            reason = "the photo's own metadata name the face: change that with the program which wrote it"
            return Outcome("refused", reason, change.person)
        return Outcome("already" if change.person in people else "gone", gallery_id=change.person)

    def _write(self, text: str, new: Mapping[str, PersonEntry]) -> None:
        if self._parse(text) != dict(new):
            raise GalleryBug(f"{self.path}: the people could not be written so that they read back: {text[:500]}")
        if not text.replace(_HEAD, "").strip():
            delete_durably(self.path)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path, text.encode())

    def _text(self) -> str:
        if self.path.exists() and not self.path.is_file():  # reading a pipe would wait for ever
            raise self._refused("it is not a regular file")
        try:
            return self.path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise self._refused("it is not UTF-8 text; save it as UTF-8") from error

    def _parse(self, text: str) -> dict[str, PersonEntry]:
        if text != self._last[0]:
            self._holders = None
            self._last = text, {key: self._entry(key, table) for key, table in read_toml(text, self.path).items()}
        return dict(self._last[1])

    def _entry(self, key: str, table: Any) -> PersonEntry:
        if not isinstance(table, dict):
            raise self._refused(f"{key} must be a table, as [{key}]")
        name, faces = table.get("name", ""), table.get("faces", [])
        if not isinstance(name, str):
            raise self._refused(f"the name in [{key}] must be text in quotes")
        if not isinstance(faces, list) or not all(isinstance(face, str) for face in faces):
            raise self._refused(f"the faces in [{key}] must be a list of texts in quotes")
        return PersonEntry(name, tuple(faces))

    def _refused(self, what: str) -> GalleryRefused:
        return GalleryRefused(
            f"{self.path} cannot be read: {what}. Mend it, and run again; nothing is changed until then."
        )


def _without(people: Mapping[str, PersonEntry], face: str) -> dict[str, PersonEntry]:
    """Return the people with the face taken off; whom the metadata name keeps no table without a face of ours."""
    rest = {key: replace(entry, faces=tuple(f for f in entry.faces if f != face)) for key, entry in people.items()}
    return {key: e for key, e in rest.items() if e.faces or not people[key].faces or not _only_by_name(key, e)}


def _only_by_name(key: str, entry: PersonEntry) -> bool:
    return key == f"{BY_NAME}{entry.name}"
