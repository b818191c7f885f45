"""The folder that contact sheets are written into: nothing of anybody else's is replaced, and old sheets go."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.labels import must_have_folder
from app.messages import WrongUse
from plugins.settings import load_settings

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

_OUR_PAGE: Final = b'<meta name="generator" content="Albumen">'
_HEAD_BYTES: Final = 4096


def ready(folder: Path, library: str, files: Iterable[str]) -> Path:
    """Make the folder where it is missing, and return its path; `files` are those that will be written into it.

    Raises:
        WrongUse: it holds somebody else's files of these names, is among the photos of a library, or cannot be made.
    """
    folder = folder.expanduser().absolute()
    _must_be_free(folder, load_settings().library(library), files)
    _make(folder)
    return folder


def _must_be_free(folder: Path, library: LibrarySettings, files: Iterable[str]) -> None:
    """Check that nothing of anybody else's would be replaced, and that no sheet becomes a photo of a library."""
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder} is no folder: name a new one for the sheets")
    must_have_folder(folder)
    for other in (library, *load_settings().libraries.values()):
        if other.path is not None and _is_among_photos(folder.resolve(), other.path.resolve()):
            raise WrongUse(f"{folder} is among the photos of {other.name}: name a folder elsewhere for the sheets")
    for name in files:
        if os.path.lexists(folder / name) and not _is_ours(folder / name):
            raise WrongUse(f"{folder / name} is not of Albumen's making: name another folder for the sheets")


def _is_among_photos(folder: Path, photos: Path) -> bool:
    """Say whether pictures in a folder would be taken for photos; those in hidden folders are not."""
    return folder.is_relative_to(photos) and not any(p.startswith(".") for p in folder.relative_to(photos).parts)


def _is_ours(file: Path) -> bool:
    """Say whether we made a file: a sheet by its comment, a page by the name of its maker; never behind a link."""
    from plugins.pages.contact_sheets import is_sheet  # noqa: PLC0415

    try:
        if file.is_symlink() or not file.is_file():
            return False
        with file.open("rb") as opened_file:
            head = opened_file.read(_HEAD_BYTES)
    except OSError:
        return False
    return _OUR_PAGE in head if file.suffix == ".html" else is_sheet(head)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise WrongUse(f"{folder} cannot be made: {error.strerror or error}") from error


def delete_old(folder: Path, sheets: str, kept: Collection[str]) -> None:
    """Delete the sheets of ours, by the pattern of their names, that are not among the kept: they mean nothing now."""
    for file in folder.glob(sheets):
        if file.name not in kept and _is_ours(file):
            with suppress(OSError):  # it is in nobody's way
                file.unlink()
