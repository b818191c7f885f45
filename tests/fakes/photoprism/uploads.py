"""Photos that come to the server, change there and go: what its indexer does, not what its user does by hand."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fakes.photoprism import library
from fakes.photoprism.records import File, Photo
from fakes.photoprism.state import State
from fakes.shots import numbered

IMPORTED = datetime(2024, 6, 1, tzinfo=UTC)
"""When the photos came that were there from the beginning."""
_WITH_PICTURE = ("image", "live")
"""Types whose original is a picture that browsers show; of others a JPEG is made, which is the primary file."""


class Uploads:
    """Everything here names photos by UID."""

    state: State
    lock: threading.RLock
    indexing: int

    def emit(self, event: str, data: dict[str, Any] | None = None) -> None:
        raise NotImplementedError

    def add_photo(
        self,
        name: str,
        taken: datetime,
        *,
        local: datetime | None = None,
        type: str = "image",  # noqa: A002 (the server's own word)
        created: datetime = IMPORTED,
        size: tuple[int, int] = (640, 480),
        source: Path | None = None,
        video: Path | None = None,
        **fields: Any,
    ) -> str:
        """Put a photo on the server with its files; return its UID.

        Args:
            name: path below the originals.
            taken: aware; `local` is the naive wall time, that of UTC if None.
            type: "image", "live", "raw" or "video": how many files it has, and which one is the primary one.
            created: when it came; in whole seconds.
            size: of the picture, width and height.
            source: the picture itself; None for one that is drawn.
            video: the moving part of a video or a live photo.
            fields: of `Photo`.
        """
        with self.lock:
            wall = (local or taken.astimezone(UTC)).replace(tzinfo=UTC)
            came = created.replace(microsecond=0)
            plain: dict[str, Any] = {"type": type, "updated": came} | fields
            stem = name.rpartition(".")[0] or name
            uid = self.state.new_uid("p")
            photo = Photo(uid, self.state.new_id(), stem, taken.astimezone(UTC), wall, came, **plain)
            self.state.photos[photo.uid] = photo
            self._add_files(photo, name, size, source, video)
            self.state.revision += 1
            return photo.uid

    def _add_files(
        self, photo: Photo, name: str, size: tuple[int, int], source: Path | None, video: Path | None
    ) -> None:
        """Give a photo its files: the picture that is shown first, then what it was made of or what moves."""
        width, height = size
        plain: dict[str, Any] = {"width": width, "height": height}
        if photo.type in _WITH_PICTURE:
            self.add_file(photo.uid, name, source=source, **plain)
        else:
            self.add_file(photo.uid, f"{name}.jpg", root="sidecar", source=source, **plain)
        if photo.type == "raw":
            self.add_file(photo.uid, name, media="raw", type="raw", **plain)
        elif photo.type in {"video", "live"}:
            moving = name if photo.type == "video" else f"{photo.name}.mov"
            self.add_file(photo.uid, moving, media="video", type="mp4", source=video, **plain)
            self.state.files[photo.files[-1]].duration_ns = photo.duration_ns

    def add_file(self, photo: str, name: str, source: Path | None = None, **fields: Any) -> str:
        """Put one more file into a photo's stack, of which the first is the primary one; return its UID."""
        with self.lock:
            whole = source.read_bytes() if source else name.encode()
            digest = hashlib.sha1(whole).hexdigest()  # noqa: S324 (PhotoPrism's own)
            owner = self.state.photos[photo]
            plain = {"primary": not owner.files, "source": source} | fields
            file = File(self.state.new_uid("f"), self.state.new_id(), photo, digest, name, **plain)
            self.state.files[file.uid] = file
            self.state.by_hash[digest] = file.uid
            owner.files.append(file.uid)
            self.state.changed(owner)
            return file.uid

    def add_photos(self, what: int | Path | Iterable[dict[str, Any]], **fields: Any) -> list[str]:
        """Put photos on the server; return their UIDs in order.

        A number: so many, ten minutes apart in runs of ten a day. A folder: all of its photos. Else a list of what
        `add_photo` takes. `fields` hold for all of them.
        """
        if isinstance(what, Path):
            return self.add_library(what, **fields)
        found = numbered(what) if isinstance(what, int) else what
        return [self.add_photo(**one, **fields) for one in found]

    def add_library(self, folder: Path, *, with_user: bool = False, **fields: Any) -> list[str]:
        """Put the photos of a folder on the server, with what the user did by hand if `user_state.json` says so."""
        found = library.photos_of(folder)
        uids = [self.add_photo(**one, **fields) for one in found]
        if with_user:
            library.live(self, folder, dict(zip((one["name"] for one in found), uids, strict=True)))  # type: ignore[arg-type]
        return uids

    def upload(self, what: int | Iterable[dict[str, Any]] = 1, **fields: Any) -> list[str]:
        """Let the user upload photos now, and the server say so; return their UIDs."""
        found = numbered(what, start=len(self.state.photos)) if isinstance(what, int) else what
        uids = self.add_photos(found, **{"created": self.state.now()} | fields)
        self.emit("upload.completed", {"uid": "", "path": "", "files": len(uids)})
        self.emit("photos.created", {"entities": [{"UID": uid} for uid in uids]})
        self.emit("index.completed", {"uid": "", "action": "", "path": "/", "seconds": 1})
        return uids

    def let_one_come_in(self) -> None:
        """Index the next photo of those that `indexing` counts; after the last one say that all is done."""
        if self.indexing:
            self.indexing -= 1
            self.add_photos(numbered(1, start=len(self.state.photos)), created=self.state.now())
            self.emit("index.indexing", {"fileName": "", "baseName": ""})
            if not self.indexing:
                self.emit("index.completed", {"uid": "", "action": "", "path": "/", "seconds": 1})

    def edit(self, photo: str, **fields: Any) -> None:
        """Edit a photo as the web pages do, which is an update: `title`, `caption`, `lat`, `taken`, …"""
        with self.lock:
            found = self.state.photos[photo]
            self.change_photo(photo, edited=self.state.now(), **fields)
            self.state.touch(found)

    def change_photo(self, photo: str, **fields: Any) -> None:
        """Set fields of a photo without it being an update: `quality`, `place_src`, `created`, …"""
        with self.lock:
            found = self.state.photos[photo]
            for name, value in fields.items():
                setattr(found, name, value)
            self.state.changed(found)

    def change_file(self, photo: str, **fields: Any) -> None:
        """Set fields of a photo's primary file: `missing`, `error`, `width`, `source`, …"""
        with self.lock:
            found = self.state.photos[photo]
            for name, value in fields.items():
                setattr(self.state.primary(found), name, value)
            self.state.changed(found)

    def replace_original(self, photo: str, source: Path | None = None) -> str:
        """Let the primary file be another picture from now on, as after an edit outside; return its hash."""
        with self.lock:
            found = self.state.photos[photo]
            file = self.state.primary(found)
            del self.state.by_hash[file.hash]
            file.hash, file.source = self.state.new_hash(), source
            self.state.by_hash[file.hash] = file.uid
            self.state.touch(found)
            return file.hash

    def delete_photo(self, *photos: str) -> None:
        """Delete photos for good, wherever they are named."""
        with self.lock:
            for photo in photos:
                self.state.drop_photo(self.state.photos[photo])
