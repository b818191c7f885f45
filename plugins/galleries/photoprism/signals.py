"""What the user likes, as far as PhotoPrism knows."""

from __future__ import annotations

from typing import Final

from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.marker import marker_of
from plugins.galleries.photoprism.parsing import VISION, AlbumPart
from plugins.galleries.photoprism.reading import Reader
from plugins.records import Signals

CHOSEN: Final = "manual"
"""`ThumbSrc` of a cover that a person chose in PhotoPrism; ours say `vision`, and its own nothing."""


def signals_of(reader: Reader, known: Known) -> Signals:
    """Return favourites as of the last sweep, and the covers that the user chose for albums of their own making.

    PhotoPrism has no stars; its `Quality` says how much is known of a photo, not how good it is.
    """
    parts = [part for part in reader.album_parts() if _is_theirs(part, known) and marker_of(part) is None]
    reader.resolve(part.Thumb for part in parts)
    covers = ((part.UID, reader.cover(part)) for part in parts)
    return Signals(known.favourites(), covers=tuple((album, cover) for album, cover in covers if cover))


def _is_theirs(album: AlbumPart, known: Known) -> bool:
    """Say whether the user chose an album's cover: in PhotoPrism, or by asking us for it."""
    return album.ThumbSrc == CHOSEN or (album.ThumbSrc == VISION and album.Thumb == known.asked_cover(album.UID))
