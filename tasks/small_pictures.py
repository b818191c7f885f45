"""Photos as small pictures, and frames of videos: fetched from the gallery and decoded apart from this process."""

from __future__ import annotations

from PIL import Image

from plugins.decoding import decoders
from plugins.galleries import Gallery, NotReady, PhotoGone
from plugins.pages.contact_sheets import CELL_PX
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.records import Photo


def picture_of(gallery: Gallery, photo: Photo, px: int, at_s: float | None = None) -> Image.Image:
    """Return a photo with at least `px` on its shorter side where it has that; of a video the frame at `at_s`.

    A gallery that shows a picture of its own for a video has that one shown.

    Raises:
        GalleryError: the gallery has no such photo, or cannot be asked.
        UnreadablePicture, PictureNotThere: it cannot be decoded.
    """
    source = gallery.preview(photo, px).source
    if at_s is not None:
        try:
            return decoders().frame_at(source, at_s)
        except UnreadablePicture:
            pass  # no video, or none with a frame there
    return decoders().decode(source)[0].picture


def cell_of(gallery: Gallery, photo: Photo | None, at_s: float | None = None) -> Image.Image | None:
    """Return a photo as small as a cell of a contact sheet needs it, None where there is nothing to show.

    Raises:
        GalleryError: the gallery cannot be asked.
    """
    if photo is None:
        return None
    try:
        picture = picture_of(gallery, photo, CELL_PX, at_s)
    except (PhotoGone, NotReady, UnreadablePicture, PictureNotThere):
        return None
    picture.thumbnail((2 * CELL_PX, 2 * CELL_PX))  # so that a sheet's pictures are never all there at their full size
    return picture
