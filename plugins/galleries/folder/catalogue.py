"""The folder gallery's albums: one readable TOML file an album, which the user may edit, rename in and delete."""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Array, Item

from plugins.atomic import delete_durably, write_atomically
from plugins.galleries import GalleryBug, GalleryRefused, GalleryUnreachable
from plugins.records import Marker

VERSION = 1
MAX_BYTES = 64_000_000  # a million photo lines
_KEY = re.compile(r"[a-z0-9-]{1,120}")
_ORDER = ("title", "description", "cover", "photos")
_FIELDS = frozenset((*_ORDER, "albumen"))
_SETTLED_NS = 2_000_000_000  # the coarsest clock of a file system: a younger file may change and look the same
_NEW = """\
# An album that Albumen made. Everything here is yours to change, and what you change stays:
# another title, a description, a cover, photos taken out or put in (paths below the folder).
# Delete the file to delete the album; the photos stay. README.txt, one folder up, says more.
title = ""
description = ""
photos = [
]

# These lines say that Albumen keeps this album up to date. Delete them, and the album is yours alone.
[albumen]
kind = ""
key = ""
v = 1
"""


@dataclass(frozen=True, slots=True)
class AlbumFile:
    """One album file: `id` is its name without `.toml`; `cover` and `photos` are paths as they are written in it.

    `marker` is None in an album of the user's. `foreign` says that the user has put fields of their own into it.
    """

    id: str
    title: str = ""
    description: str = ""
    cover: str | None = None
    photos: tuple[str, ...] = ()
    marker: Marker | None = None
    foreign: bool = False


class Catalogue:
    """The album files in one folder; a file is read again whenever it has changed: the user may edit it at any time.

    A file that cannot be read stops whoever asks (`GalleryRefused` names file and line): taking a broken album of
    ours for a deleted one would forget it for ever, so nothing is planned until it is mended or moved away.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, tuple[tuple[int, int, int], AlbumFile]] = {}

    def albums(self) -> Iterator[AlbumFile]:
        """Yield every album, in the order of the file names.

        Of two files with one marker (the user copied an album) the one named by its key is ours, else the first;
        the other is the user's.
        """
        files = [self.read(name) for name in self._names()]
        seen = {file.marker.key for file in files if file.marker and file.marker.key == file.id}
        for file in files:
            marker = file.marker
            if marker and marker.key != file.id and marker.key in seen:
                yield AlbumFile(file.id, file.title, file.description, file.cover, file.photos, None, file.foreign)
                continue
            if marker:
                seen.add(marker.key)
            yield file

    def find(self, key: str) -> AlbumFile | None:
        """Return the album of ours with this key, wherever the user has moved it; None when there is none."""
        named = self.read(key) if _KEY.fullmatch(key) and self.path(key).is_file() else None
        if named is not None and named.marker and named.marker.key == key:
            return named
        return next((file for file in self.albums() if file.marker and file.marker.key == key), None)

    def read(self, name: str) -> AlbumFile:
        """Return one album file.

        Raises:
            GalleryRefused: it is not TOML, a field has the wrong kind, or a newer Albumen wrote it.
            FileNotFoundError: there is none of that name.
        """
        info = self.path(name).stat()
        state = (info.st_mtime_ns, info.st_size, info.st_ino)
        known = self._read.get(name)
        if known is not None and known[0] == state:
            return known[1]
        file = _parse(name, self._text(name), self.path(name))
        if 0 <= info.st_mtime_ns < time.time_ns() - _SETTLED_NS:
            self._read[name] = (state, file)
        return file

    def create(self, file: AlbumFile) -> None:
        """Write a new album file, explained to the user in comments."""
        if not _KEY.fullmatch(file.id):
            raise GalleryRefused(f"{file.id!r} cannot name an album file: keys are small letters, digits and hyphens")
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path(file.id), self._changed(_NEW, AlbumFile(file.id), file).encode())

    def save(self, old: AlbumFile, new: AlbumFile) -> None:
        """Bring an album file from `old` to `new`; the user's comments, order and own fields stay.

        Raises:
            GalleryUnreachable: the user has changed the file since `old` was read, and that comes first.
        """
        before = self._text(old.id)
        if _parse(old.id, before, self.path(old.id)) != old:
            raise self._just_changed(old.id)
        after = self._changed(before, old, new)
        if self._text(old.id) != before:
            raise self._just_changed(old.id)
        write_atomically(self.path(new.id), after.encode())

    def delete(self, name: str) -> None:
        """Delete an album file."""
        delete_durably(self.path(name))

    def path(self, name: str) -> Path:
        """Return where the album file of that name is."""
        return self.folder / f"{name}.toml"

    def _names(self) -> list[str]:
        try:
            found = [p for p in self.folder.iterdir() if p.suffix == ".toml" and not p.name.startswith(".")]
        except FileNotFoundError:
            return []
        return sorted(p.stem for p in found if p.is_file())

    def _text(self, name: str) -> str:
        path = self.path(name)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise _unreadable(path, f"it is larger than {MAX_BYTES // 1_000_000} MB")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise _unreadable(path, f"it is not UTF-8 text (at line {line}); save it as UTF-8") from error

    def _changed(self, text: str, old: AlbumFile, new: AlbumFile) -> str:
        after = tomlkit.dumps(_merge(edit_toml(text, self.path(new.id)), old, new))
        if _parse(new.id, after, self.path(new.id)) != new:
            raise GalleryBug(
                f"{self.path(new.id)}: the album could not be written so that it reads back: {after[:500]}"
            )
        return after

    def _just_changed(self, name: str) -> GalleryUnreachable:
        return GalleryUnreachable(f"{self.path(name)} was changed by somebody just now; it will be tried again")


def read_toml(text: str, path: Path) -> dict[str, Any]:
    """Return a TOML document as plain data.

    Raises:
        GalleryRefused: it is not TOML; the text names file and line, and says what to do.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits are a plain ValueError
        raise _unreadable(path, f"{error}") from error


def edit_toml(text: str, path: Path) -> tomlkit.TOMLDocument:
    """Return a TOML document to be changed, with all comments and spaces.

    Raises:
        GalleryRefused: it is not TOML, or nested deeper than anything that a person writes.
    """
    try:
        return tomlkit.parse(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"{error}") from error


def _unreadable(path: Path, what: str) -> GalleryRefused:
    return GalleryRefused(
        f"{path} cannot be read: {what}. Mend it or move it to another folder, and run again; "
        "nothing is changed until then."
    )


def _parse(name: str, text: str, path: Path) -> AlbumFile:
    data = read_toml(text, path)
    photos = data.get("photos", [])
    if not isinstance(photos, list) or not all(isinstance(photo, str) for photo in photos):
        raise _unreadable(path, "photos must be a list of paths in quotes")
    for field in ("title", "description", "cover"):
        if not isinstance(data.get(field, ""), str):
            raise _unreadable(path, f"{field} must be text in quotes")
    return AlbumFile(
        id=name,
        title=data.get("title", ""),
        description=data.get("description", ""),
        cover=data.get("cover") or None,
        photos=tuple(dict.fromkeys(photos)),
        marker=_marker(data.get("albumen"), path),
        foreign=bool(data.keys() - _FIELDS),
    )


def _marker(table: object, path: Path) -> Marker | None:
    """Return what says that an album is ours; a table without a key says nothing, so the album is the user's."""
    if not isinstance(table, dict) or not isinstance(table.get("key"), str) or not table["key"]:
        return None
    if not isinstance(table.get("v", VERSION), int) or table.get("v", VERSION) > VERSION:
        raise _unreadable(path, "a newer Albumen wrote it; use that one")
    return Marker(str(table.get("kind", "event")), table["key"])


def _merge(document: tomlkit.TOMLDocument, old: AlbumFile, new: AlbumFile) -> tomlkit.TOMLDocument:
    for field in ("title", "description", "cover"):
        if getattr(new, field) != getattr(old, field):
            document = _with_text(document, field, getattr(new, field))
    if new.marker and new.marker != old.marker:
        document["albumen"].update({"kind": new.marker.kind, "key": new.marker.key, "v": VERSION})
    return _with_photos(document, old.photos, new.photos) if new.photos != old.photos else document


def _with_text(document: tomlkit.TOMLDocument, field: str, text: str | None) -> tomlkit.TOMLDocument:
    if text is None:
        document.pop(field, None)
        return document
    if field in document:
        document[field] = text
        return document
    return _with_line(document, field, tomlkit.string(text).as_string())


def _with_line(document: tomlkit.TOMLDocument, field: str, value: str) -> tomlkit.TOMLDocument:
    """Write a field that is not there beside the others; appended, it would stand below the comment on the marker."""
    line, at = f"{field} = {value}", _ORDER.index(field)
    there = {n: item for n in _ORDER if n in document and isinstance(item := document.item(n), Item)}
    if (before := next((n for n in reversed(_ORDER[:at]) if n in there), None)) is not None:
        trivia = there[before].trivia
        end = trivia.trail or "\n"
        trivia.trail = f"{end}{line}{end}"
    elif (after := next((n for n in _ORDER[at:] if n in there), None)) is not None:
        there[after].trivia.indent += f"{line}\n"
    else:
        return tomlkit.parse(f"{line}\n{tomlkit.dumps(document)}")
    return tomlkit.parse(tomlkit.dumps(document))


def _with_photos(document: tomlkit.TOMLDocument, old: tuple[str, ...], new: tuple[str, ...]) -> tomlkit.TOMLDocument:
    listed, wanted = document.get("photos"), set(new)
    commented = isinstance(listed, Array) and "#" in listed.as_string()
    kept = tuple(photo for photo in old if photo in wanted)
    if isinstance(listed, Array) and commented and len(new) == len(old):
        now = dict(zip(old, new, strict=True))
        for i, photo in enumerate(list(listed)):
            if now[photo] != photo:
                listed[i] = now[photo]
        return document
    if not isinstance(listed, Array) or not commented or new[: len(kept)] != kept:
        # Nothing of the user's stands between the lines: one parse is 100 times faster than one call a photo.
        lines = "".join(f"    {tomlkit.string(photo).as_string()},\n" for photo in new)
        if "photos" not in document:
            return _with_line(document, "photos", f"[\n{lines}]")
        document["photos"] = tomlkit.parse(f"photos = [\n{lines}]\n")["photos"]
        return document
    for photo in [item for item in listed if item not in wanted]:
        listed.remove(photo)
    for photo in new[len(kept) :]:
        listed.add_line(photo)
    return document
