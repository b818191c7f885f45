"""Photos as small pictures, and frames of videos: fetched from the gallery and decoded apart from this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from PIL import Image

from plugins.decoding import decoders
from plugins.galleries import Gallery, NotReady, PhotoGone
from plugins.pages.contact_sheets import CELL_PX
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.records import Photo
from tasks.context import Opened

MB: Final = 1_000_000


def picture_of(gallery: Gallery, photo: Photo, px: int) -> Image.Image:
    """Return a photo with at least `px` on its shorter side where it has that.

    Raises:
        GalleryError: the gallery has no such photo, or cannot be asked.
        UnreadablePicture, PictureNotThere: it cannot be decoded.
    """
    return decoders().decode(gallery.preview(photo, px).source)[0].picture


def frames_of(here: Opened, video: Photo, moments: Iterable[float]) -> Iterator[tuple[float, Image.Image]]:
    """Yield the frames that a video shows at some moments; those that cannot be had are left out.

    The video is fetched once, and not at all where a server would have to send more than the settings allow.

    Raises:
        GalleryError: the gallery cannot be asked.
    """
    try:
        film = here.gallery.video(video, here.config.covers.video_mb * MB)
    except (PhotoGone, NotReady):
        return
    if film is None:
        return
    for at_s in moments:
        with suppress(UnreadablePicture, PictureNotThere):
            yield at_s, decoders().frame_at(film, at_s)


def cell_of(gallery: Gallery, photo: Photo | None) -> Image.Image | None:
    """Return a photo as small as a cell of a contact sheet needs it, None where there is nothing to show.

    Raises:
        GalleryError: the gallery cannot be asked.
    """
    if photo is None:
        return None
    try:
        return for_cell(picture_of(gallery, photo, CELL_PX))
    except (PhotoGone, NotReady, UnreadablePicture, PictureNotThere):
        return None


def for_cell(picture: Image.Image) -> Image.Image:
    """Return a picture made smaller, so that a sheet's pictures are never all there at their full size."""
    picture.thumbnail((2 * CELL_PX, 2 * CELL_PX))
    return picture
