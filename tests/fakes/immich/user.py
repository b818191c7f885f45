"""What the user does by hand in the web pages, and what the tests put on the server; at once, all jobs done."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fakes.immich import library, shapes, tagging, workflows
from fakes.immich.albums import mend_covers
from fakes.immich.jobs import Jobs
from fakes.immich.people import forget
from fakes.immich.state import Album, Asset, Face, Person, State, User
from fakes.shots import numbered

_NO_EXIF = [
    "make",
    "model",
    "exifImageWidth",
    "exifImageHeight",
    "fileSizeInByte",
    "orientation",
    "dateTimeOriginal",
    "modifyDate",
    "timeZone",
    "lensModel",
    "fNumber",
    "focalLength",
    "iso",
    "exposureTime",
    "latitude",
    "longitude",
    "city",
    "state",
    "country",
]


class UserActions:
    """Everything here names assets and people by id, albums by id or name, tags by their whole value."""

    state: State
    jobs: Jobs
    lock: threading.RLock
    user: User
    calls_out: bool

    # --- photos -----------------------------------------------------------------------------------------------------

    def add_asset(
        self,
        name: str,
        taken: datetime,
        *,
        owner: User | None = None,
        local: datetime | None = None,
        exif: dict[str, Any] | None = None,
        **fields: Any,
    ) -> str:
        """Put a photo on the server with thumbnail and EXIF read; return its id.

        `taken` is aware, `local` the naive wall time (that of UTC if None); `exif` are fields of `exifInfo`; `fields`
        are those of `Asset`. For one that is not worked in yet: `thumbhash=None`, and `exif={}` set to None after.
        """
        with self.lock:
            now = self.state.now()
            wall = (local or taken.astimezone(UTC)).replace(tzinfo=UTC)
            taken, who = taken.astimezone(UTC), owner or self.user
            checksum = base64.b64encode(hashlib.sha1(name.encode()).digest()).decode()  # noqa: S324 (Immich's own)
            plain = {"created": now, "updated": now, "modified": taken, "checksum": checksum}
            plain |= {"path": f"/data/upload/{who.name}/{name}"} | fields
            asset_id = plain.pop("id", None) or self.state.new_id()
            asset = Asset(asset_id, who.id, name.rsplit("/", 1)[-1], taken, wall, **plain)
            asset.exif = dict.fromkeys(_NO_EXIF) | {"description": "", "projectionType": None, "rating": None}
            asset.exif |= {"dateTimeOriginal": shapes.us(taken), "exifImageWidth": asset.width}
            asset.exif |= {"exifImageHeight": asset.height, "fileSizeInByte": 100_000} | (exif or {})
            self.state.assets[asset.id] = asset
            self.state.revision += 1
            if self.calls_out:
                workflows.call_out(self, asset, who)  # type: ignore[arg-type]
            return asset.id

    upload = add_asset

    def add_photos(self, what: int | Path | Iterable[dict[str, Any]], **fields: Any) -> list[str]:
        """Put photos on the server; return their ids in order.

        A number: so many, ten minutes apart in runs of ten a day. A folder: all of its photos. Else a list of what
        `add_asset` takes. `fields` hold for all of them.
        """
        if isinstance(what, Path):
            return self.add_library(what, **fields)
        if isinstance(what, int):
            what = numbered(what)
        return [self.add_asset(**one, **fields) for one in what]

    def add_library(self, folder: Path, *, with_user: bool = False, **fields: Any) -> list[str]:
        """Put the photos of a folder on the server, with what the user did by hand if `user_state.json` says so."""
        found = library.assets_of(folder)
        ids = [self.add_asset(**one, **fields) for one in found]
        if with_user:
            library.live(self, folder, dict(zip((one["name"] for one in found), ids, strict=True)))
        return ids

    def change_asset(self, asset: str, **fields: Any) -> None:
        """Set fields of an asset: `favourite`, `visibility`, `trashed`, `thumbhash`, `exif`, `live_video`, …"""
        with self.lock:
            for name, value in fields.items():
                setattr(self.state.assets[asset], name, value)
            self._touch(asset)

    def favourite(self, *assets: str) -> None:
        for asset in assets:
            self.change_asset(asset, favourite=True)

    def rate(self, asset: str, rating: int | None) -> None:
        self.change_asset(asset, exif=(self.state.assets[asset].exif or {}) | {"rating": rating})

    def trash_asset(self, *assets: str) -> None:
        for asset in assets:
            self.change_asset(asset, trashed=self.state.now())

    def restore_asset(self, *assets: str) -> None:
        for asset in assets:
            self.change_asset(asset, trashed=None)

    def delete_asset(self, *assets: str) -> None:
        with self.lock:
            self.state.revision += 1
            for asset in assets:
                self.state.drop_asset(self.state.assets[asset])
            mend_covers(self.state)

    def stack(self, assets: Sequence[str]) -> str:
        """Stack photos, the first on top; return the stack's id."""
        with self.lock:
            stack = self.state.new_id()
            self.state.stacks[stack] = list(assets)
            for asset in assets:
                self.change_asset(asset, stack=stack)
            return stack

    # --- albums -----------------------------------------------------------------------------------------------------

    def album(self, album: str) -> Album:
        """Return the album of this id or name."""
        found = [a for a in self.state.albums.values() if album in {a.id, a.name}]
        assert len(found) == 1, f"{len(found)} albums are {album!r}"
        return found[0]

    def add_album(self, name: str, assets: Iterable[str] = (), description: str = "", owner: User | None = None) -> str:
        with self.lock:
            now = self.state.now()
            made = Album(self.state.new_id(), (owner or self.user).id, name, now, now, description)
            self.state.albums[made.id] = made
            self.add_to_album(made.id, *assets)
            return made.id

    def rename_album(self, album: str, name: str) -> None:
        self._change_album(album, name=name)

    def describe_album(self, album: str, description: str) -> None:
        self._change_album(album, description=description)

    def set_cover(self, album: str, asset: str) -> None:
        self._change_album(album, cover=asset)

    def add_to_album(self, album: str, *assets: str) -> None:
        found = self.album(album)
        self._change_album(found.id, members=found.members | dict.fromkeys(assets))

    def remove_from_album(self, album: str, *assets: str) -> None:
        found = self.album(album)
        self._change_album(found.id, members={a: None for a in found.members if a not in assets})

    def delete_album(self, album: str) -> None:
        with self.lock:
            del self.state.albums[self.album(album).id]
            self.state.revision += 1

    def share_album(self, album: str, user: User, role: str = "viewer") -> None:
        self._change_album(album, users=self.album(album).users | {user.id: role})

    def _change_album(self, album: str, **fields: Any) -> None:
        with self.lock:
            found = self.album(album)
            for name, value in fields.items():
                setattr(found, name, value)
            found.updated = self.state.now()
            self.state.revision += 1
            mend_covers(self.state)

    # --- tags -------------------------------------------------------------------------------------------------------

    def tag(self, value: str, *assets: str) -> None:
        self._tag(value, assets, add=True)

    def untag(self, value: str, *assets: str) -> None:
        self._tag(value, assets, add=False)

    def tags_of(self, asset: str) -> set[str]:
        with self.lock:
            return {self.state.tags[t].value for t in self.state.assets[asset].tags}

    def _tag(self, value: str, assets: Iterable[str], add: bool) -> None:
        with self.lock:
            for asset in (self.state.assets[a] for a in assets):
                tag = tagging.upsert(self.state, asset.owner, value)
                assert tag
                (tagging.put if add else tagging.take)(tag, asset)
                self.jobs.settle(asset)
                self._touch(asset.id)

    # --- people -----------------------------------------------------------------------------------------------------

    def add_face(
        self, asset: str, box: tuple[int, int, int, int], person: str | None = None, source: str = "machine-learning"
    ) -> str:
        """Let the server find a face: left, top, right, bottom in pixels of the asset; return its id."""
        with self.lock:
            found = self.state.assets[asset]
            size = (found.width or 640, found.height or 480)
            face = Face(self.state.new_id(), asset, None, box, size, source)
            self.state.faces[face.id] = face
            found.faces.append(face.id)
            self.move_face(face.id, person)
            return face.id

    def add_person(self, name: str = "", owner: User | None = None, **fields: Any) -> str:
        with self.lock:
            now = self.state.now()
            made = Person(self.state.new_id(), (owner or self.user).id, name, now, now, **fields)
            self.state.people[made.id] = made
            return made.id

    def name_person(self, person: str, name: str) -> None:
        self.change_person(person, name=name)

    def change_person(self, person: str, **fields: Any) -> None:
        """Set fields of a person: `name`, `birth`, `hidden`, `favourite`."""
        with self.lock:
            for name, value in fields.items():
                setattr(self.state.people[person], name, value)
            self.state.people[person].updated = self.state.now()
            self.state.revision += 1

    def move_face(self, face: str, person: str | None) -> None:
        with self.lock:
            self.state.faces[face].person = person
            if person and self.state.people[person].feature is None:
                self.change_person(person, feature=face, has_thumbnail=True)
            self.state.revision += 1

    def delete_person(self, person: str) -> None:
        with self.lock:
            forget(self.state, self.state.people[person])
            self.state.revision += 1

    # --- other signals ----------------------------------------------------------------------------------------------

    def share_link(self, *assets: str, album: str | None = None) -> None:
        """Share photos, or an album, by a link."""
        plain = dict.fromkeys(("description", "expiresAt", "password", "slug"))
        link = {"id": self.state.new_id(), "key": "c2hhcmVk", "type": "ALBUM" if album else "INDIVIDUAL"}
        link |= plain | {"userId": self.user.id, "createdAt": shapes.ms(self.state.now()), "assets": list(assets)}
        link |= dict.fromkeys(("allowDownload", "showMetadata"), True) | {"allowUpload": False}
        self.state.links.append(link | {"albumId": self.album(album).id if album else None})

    def like(self, album: str, asset: str | None = None, user: User | None = None) -> None:
        shape = {"id": self.state.new_id(), "createdAt": shapes.ms(self.state.now()), "type": "like", "comment": None}
        shape |= {"user": shapes.short_user(user or self.user), "assetId": asset, "albumId": self.album(album).id}
        self.state.activities.append(shape)

    def save_memory(self, *assets: str, saved: bool = True) -> None:
        now = shapes.ms(self.state.now())
        times = dict.fromkeys(("createdAt", "updatedAt", "memoryAt"), now)
        shape = {"id": self.state.new_id(), "ownerId": self.user.id, "type": "on_this_day", "data": {"year": 2020}}
        self.state.memories.append(shape | times | {"isSaved": saved, "assets": list(assets)})

    def _touch(self, asset: str) -> None:
        self.state.assets[asset].touch(self.state.now())
        self.state.revision += 1
