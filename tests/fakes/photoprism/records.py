"""The records of the fake server: users, sessions, photos, files, markers, faces, subjects, labels, albums."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

BLOCKED = 100
"""The uncertainty of a label that the user has taken off: the row stays, and no search finds it."""


@dataclass
class User:
    uid: str
    name: str
    role: str = "admin"
    password: str = ""
    passcode: str = ""
    """The second factor of a login; empty for none."""
    preview_token: str = ""


@dataclass
class Session:
    """What lets somebody in: an app password, a login, or an access token (which may have no user)."""

    token: str
    user: User | None
    scope: str = "*"
    kind: str = "app"
    """"app", "login" or "client"."""
    name: str = "Albumen"
    expired: bool = False


@dataclass(slots=True)
class Marker:
    """A region of a file; `looks` is whose face it is for the recogniser."""

    uid: str
    file: str
    x: float
    y: float
    w: float
    h: float
    created: datetime
    type: str = "face"
    src: str = "image"
    name: str = ""
    subject: str = ""
    subject_src: str = ""
    face: str = ""
    face_distance: float = -1.0
    q: int = 100
    size: int = 200
    score: int = 50
    review: bool = False
    invalid: bool = False
    thumb: str = ""
    looks: str = ""


@dataclass(slots=True)
class File:
    uid: str
    id: int
    photo: str
    hash: str
    name: str
    width: int = 640
    height: int = 480
    root: str = "/"
    primary: bool = True
    media: str = "image"
    type: str = "jpg"
    duration_ns: int = 0
    orientation: int = 1
    error: str = ""
    missing: bool = False
    source: Path | None = None
    markers: list[str] = field(default_factory=list)

    @property
    def is_sidecar(self) -> bool:
        """Whether it is no medium at all, as an XMP file; a JPEG made of a RAW is none of these."""
        return self.media == "sidecar"


@dataclass(slots=True)
class PhotoLabel:
    """A label on a photo."""

    label: int
    src: str
    uncertainty: int = 0
    topicality: int = 0


@dataclass(slots=True)
class Photo:
    uid: str
    id: int
    name: str
    """Its path without the extension, as in `2024/05/IMG_0001`."""
    taken: datetime
    local: datetime
    """The wall time, kept as if it were UTC, which is what makes its Z false."""
    created: datetime
    updated: datetime
    type: str = "image"
    time_zone: str = "Local"
    title: str = ""
    title_src: str = ""
    caption: str = ""
    caption_src: str = ""
    favorite: bool = False
    private: bool = False
    quality: int = 4
    stack: int = 0
    lat: float = 0.0
    lng: float = 0.0
    altitude: int = 0
    place_src: str = ""
    city: str = "Unknown"
    state: str = "Unknown"
    country: str = "zz"
    camera_make: str = ""
    camera_model: str = "Unknown"
    duration_ns: int = 0
    edited: datetime | None = None
    deleted: datetime | None = None
    """When it was archived."""
    files: list[str] = field(default_factory=list)
    """Its files, the primary one first."""
    labels: dict[int, PhotoLabel] = field(default_factory=dict)
    keywords: str = ""
    faces: int = 0
    """How many valid faces the last count found."""
    shown: dict[str, str] = field(default_factory=dict)
    """JSON of it as a search answers it, until it changes."""


@dataclass
class Face:
    """A cluster of faces."""

    id: str
    created: datetime
    src: str = ""
    subject: str = ""
    hidden: bool = False
    samples: int = 5
    radius: float = 0.3
    collisions: int = 0


@dataclass
class Subject:
    uid: str
    name: str
    slug: str
    created: datetime
    updated: datetime
    src: str = "manual"
    alias: str = ""
    bio: str = ""
    notes: str = ""
    favorite: bool = False
    hidden: bool = False
    private: bool = False
    excluded: bool = False
    thumb: str = ""
    thumb_src: str = ""
    deleted: datetime | None = None


@dataclass
class Label:
    id: int
    uid: str
    slug: str
    name: str
    created: datetime
    updated: datetime
    custom_slug: str = ""
    priority: int = 0
    favorite: bool = False
    description: str = ""
    notes: str = ""
    thumb: str = ""
    thumb_src: str = ""
    categories: set[int] = field(default_factory=set)
    """Labels of which a search for this one finds the photos too."""
    deleted: datetime | None = None


@dataclass(slots=True)
class Membership:
    """A photo in an album, or one that was in it: a removed photo's row stays, hidden."""

    photo: str
    created: datetime
    updated: datetime
    hidden: bool = False


@dataclass
class Album:
    uid: str
    title: str
    slug: str
    created: datetime
    updated: datetime
    type: str = "album"
    location: str = ""
    category: str = ""
    caption: str = ""
    description: str = ""
    notes: str = ""
    filter: str = ""
    order: str = "oldest"
    country: str = "zz"
    year: int = 0
    month: int = 0
    day: int = 0
    favorite: bool = False
    private: bool = False
    thumb: str = ""
    thumb_src: str = ""
    created_by: str = ""
    deleted: datetime | None = None
    members: dict[str, Membership] = field(default_factory=dict)
    """By photo, hidden ones too."""

    def shown(self) -> list[str]:
        """Return the photos whose membership is not hidden."""
        return [uid for uid, row in self.members.items() if not row.hidden]
