"""The line in an album's notes that says that the album is ours; PhotoPrism keeps notes and does not show them."""

from __future__ import annotations

import re
from typing import Final

from plugins.galleries import GalleryRefused
from plugins.galleries.photoprism.parsing import AlbumPart
from plugins.records import Marker

VERSION: Final = 1
_LINE: Final = re.compile(r"managed-by=albumen;key=([a-z0-9-]{1,120});kind=([a-z]{1,40});v=([0-9]{1,9})")
_CATEGORIES: Final = {"event": "Events", "trip": "Trips", "pile": "People"}


def notes_of(marker: Marker) -> str:
    """Return the notes of an album that is ours."""
    return f"managed-by=albumen;key={marker.key};kind={marker.kind};v={VERSION}"


def marker_in(notes: str) -> Marker | None:
    """Return what the notes of an album say; None in an album of the user's. The last such line counts.

    Raises:
        GalleryRefused: a newer Albumen wrote it.
    """
    found = next(filter(None, (_LINE.fullmatch(line.strip()) for line in reversed(notes.split("\n")))), None)
    if found is None:
        return None
    key, kind, version = found.groups()
    if int(version) > VERSION:
        raise GalleryRefused(f"a newer Albumen made the album with the key {key!r}: use that one")
    return Marker(kind, key)


def marker_of(album: AlbumPart) -> Marker | None:
    """Return what the notes of an album say; None of one of the user's, as is one that they have made a search.

    Raises:
        GalleryRefused: a newer Albumen wrote it.
    """
    return None if album.Filter else marker_in(album.Notes)


def category_of(kind: str) -> str:
    """Return the category of an album of ours, by which PhotoPrism's own page of albums can be narrowed down."""
    return _CATEGORIES.get(kind, "Albumen")
