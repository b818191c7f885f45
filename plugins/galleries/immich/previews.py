"""Previews of photos and videos, as Immich made them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from plugins.galleries import NotReady, PhotoGone
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.parsing import StatePart, read
from plugins.galleries.immich.shaping import EDITED
from plugins.records import Photo, Preview

KEPT_BYTES: Final = 32_000_000
"""Previews that are kept while a library is open: a report shows what an album page has just shown."""


class Previews:
    """Asks for previews; one that is asked for again is sent only when it has changed. Usable by several threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._size = 0

    def of(self, photo: Photo) -> Preview:
        """Return the preview of a photo, or of a video's first picture: upright, its shorter side 1,440 px by default.

        Raises:
            PhotoGone: the photo is gone, or Immich has lost its preview.
            NotReady: Immich has made none yet.
        """
        with self._lock:
            etag, data = self._kept.get(photo.content_key, ("", b""))
        # Boxes of an edited photo are in the edited picture, so that is the one to look at.
        edited = {"edited": True} if photo.content_key.startswith(EDITED) else {}
        answer = self._client.raw(f"/assets/{photo.id}/thumbnail", {"size": "preview", **edited}, etag)
        if answer.status == 404:
            raise self._why_not(photo)
        if answer.status == 200:
            data = answer.body
            self._keep(photo.content_key, answer.headers.get("etag", ""), data)
        return Preview(data, photo.content_key)

    def _why_not(self, photo: Photo) -> NotReady | PhotoGone:
        """Say why there is no preview: the 404 itself does not tell "wait" from "never"."""
        found = read(StatePart, self._client.get(f"/assets/{photo.id}"), "GET /assets/{id}")
        if found.isTrashed or found.isOffline:
            return PhotoGone(f"{photo.name} is in Immich's bin or its file is offline: it is skipped")
        if found.thumbhash is None:
            return NotReady(f"Immich has made no preview of {photo.name} yet: it comes with a later run")
        return PhotoGone(
            f"Immich has lost the preview of {photo.name}: let its administrator generate missing thumbnails"
        )

    def _keep(self, key: str, etag: str, data: bytes) -> None:
        if not etag or len(data) > KEPT_BYTES // 4:
            return
        with self._lock:
            self._size += len(data) - len(self._kept.pop(key, ("", b""))[1])
            self._kept[key] = (etag, data)
            while self._size > KEPT_BYTES:
                self._size -= len(self._kept.popitem(last=False)[1][1])
