"""Videos as Immich plays them."""

from __future__ import annotations

from plugins.galleries.http.parts import in_parts
from plugins.galleries.immich.client import Client
from plugins.records import Photo


def video_of(client: Client, photo: Photo, most_bytes: int) -> bytes | None:
    """Return what Immich plays of a video: often smaller than the original; None where it has more bytes than that.

    Raises:
        PhotoGone: it is not there any more, or Immich has lost its file.
        GalleryUnreachable: it breaks off, or a proxy cuts it, or sends another part than was asked for.
    """
    path = f"/assets/{photo.id}/video/playback"
    return in_parts(lambda part: client.raw(path, part=part), photo.name, client.server, most_bytes)
