"""What the fake server knows, with the indexes that make its searches quick."""

from __future__ import annotations

import random
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fakes.photoprism.records import (
    BLOCKED,
    Album,
    Face,
    File,
    Label,
    Marker,
    Photo,
    PhotoLabel,
    Session,
    Subject,
    User,
)

_BASE_36 = string.digits + string.ascii_lowercase


@dataclass
class State:
    """All of it; whoever reads or writes holds the server's lock."""

    seed: int = 0
    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    """By token."""
    photos: dict[str, Photo] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    by_hash: dict[str, str] = field(default_factory=dict)
    """Files by their hash."""
    markers: dict[str, Marker] = field(default_factory=dict)
    faces: dict[str, Face] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    label_slugs: dict[str, int] = field(default_factory=dict)
    labelled: dict[int, dict[str, None]] = field(default_factory=dict)
    """Photos that have a row of a label, blocked ones too."""
    albums: dict[str, Album] = field(default_factory=dict)
    revision: int = 0
    """Goes up with every write, so that a search can be kept from page to page."""
    _random: random.Random = field(default_factory=random.Random)
    _last_id: int = 0
    _of_subjects: tuple[int, dict[str, set[str]]] = (-1, {})
    """The revision that it is of, and the photos of each subject."""

    def __post_init__(self) -> None:
        self._random.seed(self.seed)

    def new_uid(self, prefix: str) -> str:
        """Return a UID: its letter (p, f, m, j, l, a, u) and 15 digits to the base of 36."""
        return prefix + self.new_text(15)

    def new_text(self, length: int, letters: str = _BASE_36) -> str:
        number = self._random.getrandbits(6 * length)
        picked = []
        for _ in range(length):
            number, digit = divmod(number, len(letters))
            picked.append(letters[digit])
        return "".join(picked)

    def new_hash(self) -> str:
        return f"{self._random.getrandbits(160):040x}"

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def shuffled(self, items: list[Any]) -> list[Any]:
        return self._random.sample(items, len(items))

    def now(self) -> datetime:
        """Return the time as the server keeps times: whole seconds."""
        return datetime.now(UTC).replace(microsecond=0)

    def touch(self, photo: Photo) -> None:
        """Note that a photo was updated: a save of it, not of its flags, its albums or its markers."""
        photo.updated = max(self.now(), photo.updated)
        self.changed(photo)

    def changed(self, *photos: Photo) -> None:
        """Forget what was answered before about photos that have changed, `updated` or not."""
        self.revision += 1
        for photo in photos:
            photo.shown.clear()

    def primary(self, photo: Photo) -> File:
        return self.files[photo.files[0]]

    def photo_of(self, marker: Marker) -> Photo:
        return self.photos[self.files[marker.file].photo]

    def markers_of(self, photo: Photo) -> list[Marker]:
        return [self.markers[m] for f in photo.files for m in self.files[f].markers]

    def add_marker(self, marker: Marker) -> None:
        """Put a marker on its file, and count the photo's faces."""
        marker.thumb = marker.thumb or f"{self.files[marker.file].hash}-{area(marker)}"
        self.markers[marker.uid] = marker
        self.files[marker.file].markers.append(marker.uid)
        self.count_faces(self.photo_of(marker))

    def count_faces(self, photo: Photo) -> None:
        photo.faces = sum(m.type == "face" and not m.invalid for m in self.markers_of(photo))
        self.changed(photo)

    def of_subjects(self, subjects: Iterable[str]) -> set[str]:
        """Return the photos on which a marker that is not rejected is one of some subjects."""
        if self._of_subjects[0] != self.revision:
            photos: dict[str, set[str]] = {}
            for marker in self.markers.values():
                if marker.subject and not marker.invalid:
                    photos.setdefault(marker.subject, set()).add(self.files[marker.file].photo)
            self._of_subjects = (self.revision, photos)
        return {photo for subject in subjects for photo in self._of_subjects[1].get(subject, ())}

    def put_label(self, photo: Photo, label: Label, src: str, uncertainty: int = 0, topicality: int = 0) -> PhotoLabel:
        """Give a photo a label, or give its row of that label other values."""
        row = photo.labels[label.id] = PhotoLabel(label.id, src, uncertainty, topicality)
        self.labelled.setdefault(label.id, {})[photo.uid] = None
        self.changed(photo)
        return row

    def drop_label(self, photo: Photo, label: int) -> None:
        """Take a row of a label off a photo."""
        del photo.labels[label]
        del self.labelled[label][photo.uid]
        self.changed(photo)

    def with_label(self, label: int) -> Iterator[Photo]:
        """Yield the photos of a label that nobody has blocked on them."""
        rows = (self.photos[uid] for uid in self.labelled.get(label, ()))
        return (photo for photo in rows if photo.labels[label].uncertainty < BLOCKED)

    def label_of(self, name: str) -> Label | None:
        """Return the label of a name, by its slug."""
        found = self.label_slugs.get(slug(name))
        return self.labels.get(found) if found is not None else None

    def make_label(self, name: str, priority: int = 0) -> Label:
        """Return the label of a name, made (or brought back) where there is none."""
        label = self.label_of(name)
        if label is None:
            now = self.now()
            label = Label(self.new_id(), self.new_uid("l"), slug(name), name, now, now, slug(name), priority)
            self.labels[label.id] = label
            self.label_slugs[label.slug] = label.id
        label.deleted = None
        self.revision += 1
        return label

    def subject_named(self, name: str) -> Subject | None:
        wanted = name.casefold()
        return next((s for s in self.subjects.values() if s.name.casefold() == wanted and not s.deleted), None)

    def make_subject(self, name: str, src: str = "manual") -> Subject:
        """Return the person of a name, made where there is none."""
        subject = self.subject_named(name)
        if subject is None:
            now = self.now()
            subject = Subject(self.new_uid("j"), name, slug(name), now, now, src)
            self.subjects[subject.uid] = subject
        self.revision += 1
        return subject

    def drop_photo(self, photo: Photo) -> None:
        """Forget a photo for good, wherever it is named."""
        for label in list(photo.labels):
            self.drop_label(photo, label)
        for album in self.albums.values():
            album.members.pop(photo.uid, None)
        for file in (self.files.pop(uid) for uid in photo.files):
            del self.by_hash[file.hash]
            for marker in file.markers:
                del self.markers[marker]
        del self.photos[photo.uid]
        self.revision += 1

    def albums_of(self, photo: str) -> list[Album]:
        """Return the albums that show a photo."""
        rows = ((a, a.members.get(photo)) for a in self.albums.values() if not a.deleted)
        return [album for album, row in rows if row is not None and not row.hidden]


def area(marker: Marker) -> str:
    """Return a marker's region as the 12 hex digits that name its crop: x, y, w and h in thousandths."""
    return "".join(f"{min(1000, max(0, round(1000 * part))):03x}" for part in (marker.x, marker.y, marker.w, marker.h))


def slug(text: str) -> str:
    """Return a text as the part of an address: plain letters and digits, with dashes between."""
    written = text.replace("&", "and").replace("@", "at").replace("ß", "ss")
    plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80]
    # A name with no letter that is left (as one in Chinese) still needs a slug of its own.
    return found or "_" + text.encode().hex()[:70]
