"""What the fake server knows: users, keys, assets, tags, albums, people, faces, and jobs that are still to run."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakes.immich.workflows import Workflow

ALL_VISIBLE = ("timeline", "archive", "hidden")


@dataclass
class User:
    id: str
    name: str
    email: str
    created: datetime
    is_admin: bool = False
    color: str = "green"
    preferences: dict[str, dict[str, Any]] = field(default_factory=dict)
    partners: set[str] = field(default_factory=set)
    """Users whose photos are in this user's timeline."""
    group: str = ""
    """Users of one group share their people; everybody has one, alone in it at first."""

    def __post_init__(self) -> None:
        self.group = self.group or self.id


@dataclass
class Key:
    id: str
    secret: str
    user: User
    permissions: tuple[str, ...]
    created: datetime
    name: str = "Albumen"

    def may(self, permission: str) -> bool:
        return "all" in self.permissions or permission in self.permissions


@dataclass(slots=True)
class Asset:
    id: str
    owner: str
    file_name: str
    taken: datetime
    local: datetime
    created: datetime
    updated: datetime
    modified: datetime
    path: str = ""
    mime: str = "image/jpeg"
    type: str = "IMAGE"
    checksum: str = ""
    thumbhash: str | None = "ZmFrZSB0aHVtYiBoYXNoIGhlcmU="
    width: int | None = 640
    height: int | None = 480
    duration_ms: int | None = None
    favourite: bool = False
    visibility: str = "timeline"
    trashed: datetime | None = None
    offline: bool = False
    edited: bool = False
    library: str | None = None
    live_video: str | None = None
    duplicate: str | None = None
    stack: str | None = None
    exif: dict[str, Any] | None = None
    retimed: datetime | None = None
    """A date that the user gave, which holds once the file is read again."""
    tags: set[str] = field(default_factory=set)
    sidecar: tuple[str, ...] = ()
    """The tags' values that the XMP file beside the original holds."""
    faces: list[str] = field(default_factory=list)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)
    source: Path | None = None
    shown: dict[tuple[bool, bool, int], str] = field(default_factory=dict)
    """JSON of it as a search answers it, until it changes."""

    def touch(self, now: datetime) -> None:
        self.updated = max(now, self.updated + timedelta(milliseconds=1))
        self.shown.clear()


@dataclass
class Tag:
    id: str
    owner: str
    value: str
    parent: str | None
    created: datetime
    updated: datetime
    color: str | None = None
    assets: set[str] = field(default_factory=set)


@dataclass
class Album:
    id: str
    owner: str
    name: str
    created: datetime
    updated: datetime
    description: str = ""
    cover: str | None = None
    members: dict[str, None] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    order: str = "desc"
    activity: bool = True


@dataclass
class Person:
    id: str
    owner: str
    name: str
    created: datetime
    updated: datetime
    birth: str | None = None
    hidden: bool = False
    favourite: bool = False
    color: str | None = None
    feature: str | None = None
    """The face of the thumbnail."""
    has_thumbnail: bool = False


@dataclass
class Face:
    id: str
    asset: str
    person: str | None
    box: tuple[int, int, int, int]
    image: tuple[int, int]
    source: str = "machine-learning"
    deleted: bool = False
    looks: str = ""
    """Whose face it is for the recogniser, which sees the same in no other's; empty for one that it cannot tell."""


@dataclass
class State:
    """All of it; whoever reads or writes holds the server's lock."""

    seed: int = 0
    users: dict[str, User] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    tag_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    albums: dict[str, Album] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    faces: dict[str, Face] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)
    """Assets of each stack, the primary one first."""
    links: list[dict[str, Any]] = field(default_factory=list)
    memories: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    min_faces: int = 3
    revision: int = 0
    """Goes up with every request that may write, so that a search can be kept from page to page."""
    _random: random.Random = field(default_factory=random.Random)
    _now: datetime = datetime(2024, 1, 1, tzinfo=UTC)

    def __post_init__(self) -> None:
        self._random.seed(self.seed)

    def new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def shuffled(self, items: list[Asset]) -> list[Asset]:
        return self._random.sample(items, len(items)) if len(items) > 1 else items

    def now(self) -> datetime:
        """Return the time, later than every time given before."""
        self._now = max(datetime.now(UTC), self._now + timedelta(microseconds=1))
        return self._now

    def owned(self, ids: Iterable[str], user: User, visibilities: tuple[str, ...] = ALL_VISIBLE) -> list[str]:
        """Return those of the ids that are the user's own assets and may be changed by a key, in order, each once."""
        return [i for i in dict.fromkeys(ids) if self.may_change(i, user, visibilities)]

    def may_change(self, asset: str, user: User, visibilities: tuple[str, ...] = ALL_VISIBLE) -> bool:
        found = self.assets.get(asset)
        return found is not None and found.owner == user.id and found.visibility in visibilities

    def may_read(self, asset: str, user: User) -> bool:
        """Say whether a user sees an asset: an own one, a partner's, or through an album that is shared."""
        found = self.assets.get(asset)
        if found is None:
            return False
        if found.owner == user.id:
            return True
        shares = found.owner in user.partners and found.visibility == "timeline" and not found.trashed
        return shares or any(asset in a.members and user.id in a.users for a in self.albums.values())

    def may_open(self, album: str, user: User) -> bool:
        found = self.albums.get(album)
        return found is not None and (found.owner == user.id or user.id in found.users)

    def faces_of(self, asset: Asset) -> list[Face]:
        return [self.faces[f] for f in asset.faces if not self.faces[f].deleted]

    def drop_face(self, face: Face) -> None:
        """Forget a face for good."""
        self.assets[face.asset].faces.remove(face.id)
        del self.faces[face.id]

    def drop_asset(self, asset: Asset) -> None:
        """Forget an asset for good, wherever it is named."""
        for tag in asset.tags:
            self.tags[tag].assets.discard(asset.id)
        for album in self.albums.values():
            album.members.pop(asset.id, None)
            album.cover = None if album.cover == asset.id else album.cover
        for face in asset.faces:
            del self.faces[face]
        for members in self.stacks.values():
            if asset.id in members:
                members.remove(asset.id)
        del self.assets[asset.id]
