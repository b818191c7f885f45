"""Videos as PhotoPrism plays them, in a format that browsers know."""

from __future__ import annotations

from plugins.galleries import PhotoGone
from plugins.galleries.photoprism.client import Client
from plugins.records import Photo


def video_of(client: Client, photo: Photo, most_bytes: int) -> bytes | None:
    """Return what PhotoPrism plays of a video; None where it has more bytes than that.

    It is asked for by the picture that stands for it, as searches tell no other hash.

    Raises:
        PhotoGone: it is not there any more, or PhotoPrism has lost its file.
        GalleryUnreachable: it breaks off.
    """
    try:
        return client.video(photo.content_key, most_bytes)
    except PhotoGone as error:
        raise PhotoGone(f"PhotoPrism cannot play {photo.name}: it is skipped ({error})") from None
