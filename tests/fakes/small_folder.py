"""A folder of a few small pictures with a time each, and a library made of it: for tests of tasks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from plugins.changes import AddMembers, Change, CreateAlbum
from tasks.context import opened

START = datetime(2024, 5, 3, 10)
_TAKEN, _EXIF_BLOCK = 0x9003, 0x8769


def draw(folder: Path, names: Iterable[str], size: tuple[int, int] = (600, 400)) -> None:
    """Draw pictures, each of its own colour and a minute after the one before it."""
    for n, name in enumerate(names):
        exif = Image.Exif()
        exif.get_ifd(_EXIF_BLOCK)[_TAKEN] = f"{START + timedelta(minutes=n):%Y:%m:%d %H:%M:%S}"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (37 * n % 256, 101 * n % 256, 200)).save(path, "JPEG", exif=exif)


def refresh(library: str) -> None:
    """Bring the store's photos up to date."""
    with opened(library) as here:
        here.store.photos.replace(here.name, here.gallery.photos())


def write(library: str, *changes: Change) -> None:
    """Make changes in the gallery, each of which must succeed."""
    with opened(library) as here:
        for change in changes:
            outcome = here.gallery.apply(change)
            assert outcome.status == "done", outcome


def album(key: str, title: str, photos: Iterable[str], kind: str = "event") -> tuple[Change, Change]:
    """Return the changes that make an album."""
    return CreateAlbum(key, kind, title), AddMembers(key, tuple(photos))
