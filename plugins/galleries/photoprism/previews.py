"""Pictures of photos and videos, as PhotoPrism makes them: upright, in sizes that fit into a box."""

from __future__ import annotations

from typing import Final

from plugins.galleries import NotReady, PhotoGone
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.parsing import PhotoPart, read
from plugins.records import Photo, Preview

SIZES: Final = (
    ("fit_720", 720, 720),
    ("fit_1280", 1280, 1024),
    ("fit_1600", 1600, 900),
    ("fit_1920", 1920, 1200),
    ("fit_2560", 2560, 1600),
    ("fit_4096", 4096, 4096),
    ("fit_7680", 7680, 4320),
)
"""Sizes with the width and height of their boxes in pixels, from `internal/thumb/sizes.go` of 2025-11.

A server that makes no pictures while it is asked gives the largest that it has (1,920 by default) for those above it.
"""


def size_of(width: int, height: int, min_px: int) -> str:
    """Return the smallest size in which a picture is at least so large on its shorter side.

    Args:
        width, height: of the upright original in pixels; 0 where nobody knows, then it is taken for a square of four
            thirds, upright or not.
        min_px: of the shorter side; what the original does not have, no size has.
    """
    known = width > 0 and height > 0
    shapes = [(width, height)] if known else [(4, 3), (3, 4)]
    least = min(min_px, width, height) if known else min_px
    for name, box_width, box_height in SIZES:
        if all(_shorter(shape, box_width, box_height) >= least for shape in shapes):
            return name
    return SIZES[-1][0]


def _shorter(shape: tuple[int, int], box_width: int, box_height: int) -> int:
    """Return the shorter side of a shape that fills a box, in whole pixels."""
    width, height = shape
    scale = min(box_width / width, box_height / height)
    return round(scale * min(width, height))


def preview_of(client: Client, known: Known, photo: Photo, min_px: int) -> Preview:
    """Return the picture of a photo, of a video its cover, at least `min_px` on its shorter side where it has that.

    Raises:
        PhotoGone: the photo is gone, or PhotoPrism cannot show it.
        NotReady: its file is another one since the last sweep.
    """
    try:
        data = client.picture(photo.content_key, size_of(photo.width, photo.height, min_px))
    except PhotoGone as error:
        raise _why_not(client, known, photo, error) from None
    return Preview(data, photo.content_key)


def _why_not(client: Client, known: Known, photo: Photo, error: PhotoGone) -> NotReady | PhotoGone:
    """Say why there is no picture: the answer itself does not tell a file that has changed from one that is broken.

    The photo is asked for to find out, once for each file that is broken: every run wants its picture again.
    """
    if not known.is_unshown(photo.content_key):
        primary = read(PhotoPart, client.get(f"/photos/{photo.id}"), "GET /photos/{uid}").primary
        if primary is not None and primary.Hash not in {"", photo.content_key}:
            return NotReady(f"the file of {photo.name} has changed: it comes with the next run")
        known.keep_unshown(photo.content_key)
    return PhotoGone(f"PhotoPrism cannot show {photo.name}; its file is missing or broken: it is skipped ({error})")
