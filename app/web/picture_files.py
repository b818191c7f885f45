"""Pictures for the pages: fetched from the galleries by us, decoded apart, and kept small on the disk for a while."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image

from plugins.atomic import private_folder
from plugins.decoding import DecoderCannotStart
from plugins.galleries import GalleryError, GalleryUnreachable, PhotoGone
from plugins.pages.thumbs import cut_out, thumbnail
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.records import Box, Photo
from plugins.settings import Settings, SettingsWrong
from plugins.store import Store
from tasks.context import Opened
from tasks.small_pictures import frames_of, picture_of

SIZES: Final = frozenset({96, 192, 384, 960})
MOST_BYTES: Final = 500_000_000
"""What the pictures may take on the disk; those not asked for the longest go first."""
AGAIN_S: Final = 15.0
"""After a gallery did not answer it is left alone so long: a page of pictures must not wait for each of them."""
STALE_S: Final = 60.0
"""A folder's index may be older than a photo by so much before it is read anew for it."""
_SEEN_S: Final = 3600.0
_FORM: Final = "1"
"""Changes when the same request gives other bytes."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be seen: a photo of a library (or a moment of a video, in seconds), all of it or a box, in a size."""

    library: str
    content_key: str
    px: int
    box: Box | None = None
    at_s: float | None = None

    @property
    def name(self) -> str:
        """Return what this picture is called on the disk and in ETags: it tells nothing, and no path is in it."""
        said = repr((_FORM, self.library, self.content_key, self.px, self.box, self.at_s))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class _Gallery:
    here: Opened
    since: float = field(default_factory=time.monotonic)
    quiet_until: float = 0.0


class PictureFiles:
    """Small pictures of all libraries, kept in `review/pictures` of the data folder. Usable by several threads."""

    def __init__(self, settings: Settings, store: Store, most_bytes: int = MOST_BYTES) -> None:
        self._settings = settings
        self._store = store
        self._folder = settings.data_dir / "review" / "pictures"
        self._most = most_bytes
        self._size: int | None = None
        self._lock = threading.Lock()
        self._galleries: dict[str, _Gallery] = {}

    def kept(self, shown: Shown) -> bytes | None:
        """Return a picture that was made before."""
        path = self._path(shown)
        try:
            data = path.read_bytes()
            if time.time() - path.stat().st_mtime > _SEEN_S:
                os.utime(path)
        except OSError:
            return None
        return data

    def made(self, shown: Shown, photo: Photo) -> bytes | None:
        """Return a picture, fetched and decoded now; None where it cannot be had."""
        gallery = self._gallery(shown.library)
        if gallery is None or time.monotonic() < gallery.quiet_until:
            return None
        try:
            image = self._image(gallery, shown, photo)
        except GalleryUnreachable:
            gallery.quiet_until = time.monotonic() + AGAIN_S
            return None
        except (GalleryError, UnreadablePicture, PictureNotThere, DecoderCannotStart):
            return None
        if image is None:
            return None
        data = thumbnail(image if shown.box is None else cut_out(image, shown.box), shown.px)
        self._keep(shown, data)
        return data

    def close(self) -> None:
        """Close the galleries."""
        with self._lock:
            for gallery in self._galleries.values():
                gallery.here.gallery.__exit__(None, None, None)
            self._galleries.clear()

    def _image(self, gallery: _Gallery, shown: Shown, photo: Photo) -> Image.Image | None:
        if shown.at_s is not None:
            return next((image for _, image in frames_of(gallery.here, photo, [shown.at_s])), None)
        try:
            return picture_of(gallery.here.gallery, photo, shown.px)
        except PhotoGone:
            if time.monotonic() - gallery.since < STALE_S:
                raise
            anew = self._gallery(shown.library, anew=True)
            return picture_of(anew.here.gallery, photo, shown.px) if anew else None

    def _gallery(self, library: str, *, anew: bool = False) -> _Gallery | None:
        """Return the gallery of a library, opened once; None where the settings give no way to it."""
        with self._lock:
            if library not in self._galleries or anew:
                config = self._settings.library(library)
                # Somebody looks at an empty frame meanwhile: one more attempt is enough.
                retry = config.retry.model_copy(update={"attempts": min(config.retry.attempts, 2)})
                here = Opened(self._settings, config.model_copy(update={"retry": retry}), self._store)
                try:
                    _ = here.gallery
                except (GalleryError, SettingsWrong):
                    return None
                self._galleries[library] = _Gallery(here)  # threads may still use the one before: it is not closed
            return self._galleries[library]

    def _path(self, shown: Shown) -> Path:
        return self._folder / shown.name[:2] / f"{shown.name}.jpg"

    def _keep(self, shown: Shown, data: bytes) -> None:
        """Keep a picture, for this user alone; one that cannot be kept is no reason not to show it."""
        path = self._path(shown)
        with suppress(OSError):
            private_folder(path.parent)
            number, name = tempfile.mkstemp(dir=path.parent)  # mode 0600; a lost picture is made again, so no fsync
            with os.fdopen(number, "wb") as file:
                file.write(data)
            Path(name).replace(path)
            self._make_room(len(data))

    def _make_room(self, more: int) -> None:
        with self._lock:
            if self._size is None:
                self._size = sum(size for _, size in self._files().values())
            else:
                self._size += more
            if self._size <= self._most:
                return
            files = self._files()
            left = sum(size for _, size in files.values())
            for path, (_, size) in sorted(files.items(), key=lambda one: one[1]):
                if left <= 0.9 * self._most:
                    break
                path.unlink(missing_ok=True)
                left -= size
            self._size = left

    def _files(self) -> Mapping[Path, tuple[float, int]]:
        """Return what is on the disk: when each was last asked for, and its size."""
        found = {}
        for path in self._folder.glob("*/*"):
            with suppress(OSError):
                known = path.stat()
                found[path] = (known.st_mtime, known.st_size)
        return found
