"""Photo ids and the paths that album files call them by; ids follow a moved file, and so do the album files."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from plugins.atomic import write_atomically
from plugins.galleries.folder.catalogue import Catalogue
from plugins.records import Photo


class PathBook:
    """Which photo a path in an album file means.

    An id is the path where a photo was first seen. `moved` keeps, for photos that have moved since, the path by which
    the album files know them; it is brought up to date together with the files (`mend`), so reading changes nothing.
    `ever` returns the ids of all photos that ever were in the library.
    """

    def __init__(self, file: Path, photos: Iterable[Photo], ever: Callable[[], Collection[str]] = tuple) -> None:
        self._file = file
        self._ever = ever
        self.path_by_id = {photo.id: photo.name for photo in photos}
        self._id_by_path = {path: photo for photo, path in self.path_by_id.items()}
        self._id_by_plain = {_plain(path): photo for path, photo in self._id_by_path.items()}
        self._moved = _read_moved(file)
        self._id_by_former = {path: photo for photo, path in self._moved.items()}

    def id_of(self, text: str) -> str | None:
        """Return the id of the photo that a path in an album file means; None when no photo of the library is meant."""
        before = self._id_by_former.get(text, text if text not in self._moved else None)
        if before in self.path_by_id:
            return before
        return self._id_by_path.get(text) or self._id_by_plain.get(_plain(text))

    def is_gone(self, text: str) -> bool:
        """Say whether a path means a photo that once was in the library and is not there now."""
        return self.id_of(text) is None and self._id_by_former.get(text, text) in self._ever()

    def text_of(self, photo: str) -> str:
        """Return what an album file calls a photo that is there; its id when it is gone."""
        return self.path_by_id.get(photo, self._moved.get(photo, photo))

    def former_paths(self, photo: str) -> tuple[str, ...]:
        """Return where a photo was before, latest first, without where it is now."""
        now = self.path_by_id.get(photo)
        return tuple(path for path in dict.fromkeys((self._moved.get(photo, photo), photo)) if path != now)

    def mend(self, catalogue: Catalogue) -> None:
        """Rewrite the lines of photos that have moved, in every album file, and remember the new paths."""
        moved = {photo: path for photo, path in self.path_by_id.items() if path != photo}
        moved |= {photo: path for photo, path in self._moved.items() if photo not in self.path_by_id}
        if moved == self._moved:
            return
        for album in list(catalogue.albums()):
            photos = tuple(dict.fromkeys(self._now(text) for text in album.photos))
            cover = self._now(album.cover) if album.cover else None
            if (photos, cover) != (album.photos, album.cover):
                old = catalogue.read(album.id)
                catalogue.save(old, replace(old, photos=photos, cover=cover))
        self._remember(moved)

    def _now(self, text: str) -> str:
        photo = self.id_of(text)
        return text if photo is None else self.text_of(photo)

    def _remember(self, moved: dict[str, str]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._file, json.dumps(moved, indent=1, sort_keys=True).encode())
        self._moved, self._id_by_former = moved, {path: photo for photo, path in moved.items()}


def _plain(path: str) -> str:
    """Return a path as people type it: `./a.jpg` is `a.jpg`, and Macs store ü as u and two dots."""
    return unicodedata.normalize("NFC", str(PurePosixPath(path)))


def _read_moved(file: Path) -> dict[str, str]:
    """Return what `mend` remembered; without it paths are found by their present names and by ids alone."""
    if not file.is_file():  # reading a pipe would wait for ever
        return {}
    try:
        data = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(photo): str(path) for photo, path in data.items()} if isinstance(data, dict) else {}
