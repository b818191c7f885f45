"""Which files of a folder tree are photos and videos, and which files beside them speak of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from plugins.galleries import GalleryUnreachable
from plugins.galleries.folder.index import Beside
from plugins.galleries.folder.takeout import takeout_json_of
from plugins.pictures import HEAD_BYTES, container_of

PICTURES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".heic", ".heif", ".hif", ".avif", ".tif", ".tiff", ".webp")
)
VIDEOS = frozenset([".mp4", ".mov", ".m4v", ".qt", ".avi", ".mkv", ".webm", ".3gp", ".3g2"])
SKIPPED_FOLDERS = frozenset(
    ("@eaDir", "@Recycle", "#recycle", "#snapshot", "$RECYCLE.BIN", "System Volume Information", "lost+found")
)
"""What NAS systems and Windows put into every share; folders whose names begin with a dot are skipped too."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, by its path below the root (never unprintable), and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is worth a look: path below the root with slashes, size, time, and the names of what lies beside."""

    path: str
    size: int
    mtime_ns: int
    sidecars: tuple[str, ...] = ()
    takeout: str | None = None
    beside: Beside = ()


@dataclass(slots=True)
class Walk:
    """One walk through a folder tree; `problems` fill while it goes.

    Links to folders are not followed: what they show inside the root is walked anyway, and nothing else is ours. A
    linked file counts once, and only if it lies inside the root.
    """

    root: Path
    skipped: frozenset[Path] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _links: list[tuple[str, Found]] = field(default_factory=list)

    def files(self) -> Iterator[Found]:
        """Yield every photo and video, each once.

        Raises:
            GalleryUnreachable: the root is not there, or cannot be listed.
        """
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            entries = self._entries(folder)
            waiting += sorted((path for path, entry in entries.items() if self._is_folder(path, entry)), reverse=True)
            yield from self._photos(entries)
        for real, found in self._links:
            if real not in self._seen:
                self._seen.add(real)
                yield found

    def _entries(self, folder: str) -> dict[str, os.DirEntry[str]]:
        """List a folder by path; entries whose names are hidden or no text are left out."""
        try:
            with os.scandir(self.root / folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise GalleryUnreachable(f"the folder {self.root} cannot be read: {error.strerror}") from error
            self._report(folder, f"the folder cannot be read: {error.strerror}")
            return {}
        return {f"{folder}/{e.name}" if folder else e.name: e for e in entries if self._has_name(folder, e)}

    def _has_name(self, folder: str, entry: os.DirEntry[str]) -> bool:
        if entry.name.startswith("."):
            return False
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            self._report(f"{folder}/{entry.name}", "its name is not UTF-8 text and cannot be stored: rename it")
            return False
        return True

    def _is_folder(self, path: str, entry: os.DirEntry[str]) -> bool:
        if entry.name in SKIPPED_FOLDERS or self.root / path in self.skipped:
            return False
        if entry.is_symlink():  # a Path says False of a link to itself, an entry raises
            if Path(entry.path).is_dir() and self._real(path) is None:
                self._report(path, "it is a link to a folder outside: not followed")
            return False
        return entry.is_dir(follow_symlinks=False)

    def _photos(self, entries: Mapping[str, os.DirEntry[str]]) -> Iterator[Found]:
        names = {e.name: e for path, e in entries.items() if not e.is_symlink() or self._real(path)}
        by_case = {name.casefold(): name for name in names if name.casefold().endswith(".xmp")}
        has_json = any(name.endswith(".json") for name in names)
        for path, entry in entries.items():
            if not _may_be_photo(entry):
                continue
            sidecars = _sidecars_of(entry.name, by_case)
            takeout = takeout_json_of(entry.name, names.keys()) if has_json else None
            beside = _stats([names[name] for name in (*sidecars, *((takeout,) if takeout else ()))])
            if found := self._found(path, entry, sidecars, takeout, beside):
                yield found

    def _found(
        self, path: str, entry: os.DirEntry[str], sidecars: tuple[str, ...], takeout: str | None, beside: Beside
    ) -> Found | None:
        """Return a regular file at once, keep a link for later, and report what leads nowhere."""
        try:
            info = entry.stat()
        except OSError as error:
            self._report(path, f"it cannot be read: {error.strerror}")
            return None
        if not stat.S_ISREG(info.st_mode):
            return None
        found = Found(path, info.st_size, info.st_mtime_ns, sidecars, takeout, beside)
        real = self._real(path) if entry.is_symlink() else str(self.root / path)
        if real is None:
            self._report(path, "it is a link to a file outside the folder: not followed")
            return None
        if entry.is_symlink():
            self._links.append((real, found))
            return None
        self._seen.add(real)
        return found

    def _real(self, path: str) -> str | None:
        """Return where a link leads, or None if that is outside the root."""
        real = Path(os.path.realpath(self.root / path))
        return str(real) if real.is_relative_to(self.root) else None

    def _report(self, path: str, reason: str) -> None:
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace").lstrip("/")
        self.problems.append(Problem(shown, reason))


def suffix_of(name: str) -> str:
    """Return a file name's suffix in lower case, with its dot."""
    return PurePosixPath(name).suffix.lower()


def _may_be_photo(entry: os.DirEntry[str]) -> bool:
    """Say whether a file is worth a look: by its suffix, or by its first bytes where it has none."""
    suffix = suffix_of(entry.name)
    if suffix or not entry.is_file(follow_symlinks=False):
        return suffix in PICTURES or suffix in VIDEOS
    try:
        with open(entry.path, "rb") as file:  # noqa: PTH123 a Path would have to be made first
            return container_of(file.read(HEAD_BYTES)) != ""
    except OSError:
        return False


def _sidecars_of(name: str, by_case: Mapping[str, str]) -> tuple[str, ...]:
    """Return `photo.jpg.xmp` and `photo.xmp` (as Lightroom has it), in this order, of those that are there."""
    if not by_case:
        return ()
    wanted = (f"{name}.xmp", f"{PurePosixPath(name).stem}.xmp")
    return tuple(dict.fromkeys(by_case[key] for want in wanted if (key := want.casefold()) in by_case))


def _stats(entries: list[os.DirEntry[str]]) -> Beside:
    found = []
    for entry in entries:
        try:
            info = entry.stat()
        except OSError:
            found.append((entry.name, -1, -1))
        else:
            found.append((entry.name, info.st_size, info.st_mtime_ns))
    return tuple(sorted(found))
