"""Videos as Immich plays them, in parts, so that none is fetched that is larger than wanted."""

from __future__ import annotations

import re
from typing import Final

from plugins.galleries import GalleryUnreachable, PhotoGone
from plugins.galleries.immich.answers import Answer
from plugins.galleries.immich.client import Client
from plugins.records import Photo

FIRST_BYTES: Final = 64 << 10
"""The first part, which also says how large the whole is."""

PART_BYTES: Final = 8 << 20
"""Each later part: a second or two on a home network."""

_TOTAL: Final = re.compile(r"bytes \d+-\d+/(\d+)")


def video_of(client: Client, photo: Photo, most_bytes: int) -> bytes | None:
    """Return what Immich plays of a video: often smaller than the original; None where it has more bytes than that.

    Raises:
        PhotoGone: it is not there any more, or Immich has lost its file.
        GalleryUnreachable: it breaks off, or a proxy cuts it.
    """
    body = bytearray()
    while True:
        n = PART_BYTES if body else FIRST_BYTES
        part = f"bytes={len(body)}-{len(body) + n - 1}"
        answer = client.raw(f"/assets/{photo.id}/video/playback", part=part)
        if answer.status == 404:
            raise PhotoGone(f"Immich has lost the file of {photo.name}: it is skipped")
        total = _total(answer)
        if total > most_bytes:
            return None
        body = bytearray(answer.body) if answer.status == 200 else body + answer.body
        if len(body) >= total:
            return bytes(body)
        if not answer.body or answer.status == 200:
            raise GalleryUnreachable(f"{client.server} sent only a part of {photo.name}")


def _total(answer: Answer) -> int:
    """Return how large the whole file is, by an answer with a part of it or all."""
    found = _TOTAL.match(answer.headers.get("content-range", ""))
    return int(found[1]) if found else len(answer.body)
