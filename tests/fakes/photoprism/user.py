"""What the user does by hand in the web pages."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from fakes.photoprism import albums, batch, faces, labelling, labels, markers, naming, subjects  # noqa: F401 (routes)
from fakes.photoprism.records import BLOCKED, Album, Marker, Photo, User
from fakes.photoprism.state import State
from fakes.photoprism.texts import label_name

Box = tuple[float, float, float, float]
"""Left, top, width and height, in shares of the picture."""


class UserActions:
    """Everything here names photos, markers and people by UID, albums by UID or title, labels by name.

    `wakeup_interval_s` is how often the server sees to its people; seldom, and nobody may change markers.
    """

    version: str
    state: State
    lock: threading.RLock
    admin: User
    busy: int
    wakeup_interval_s = 900.0

    # --- photos -----------------------------------------------------------------------------------------------------

    def favourite(self, *photos: str, favourite: bool = True) -> None:
        with self.lock:
            for photo in self._photos(photos):
                batch.like(self.state, photo, favourite)

    def archive(self, *photos: str) -> None:
        """Archive photos, which takes them out of all albums for good."""
        with self.lock:
            for photo in self._photos(photos):
                batch.archive(self.state, photo)

    def restore(self, *photos: str) -> None:
        with self.lock:
            for photo in self._photos(photos):
                batch.restore(self.state, photo)

    def make_private(self, *photos: str, private: bool = True) -> None:
        with self.lock:
            for photo in self._photos(photos):
                photo.private = private
                self.state.changed(photo)

    def review(self, *photos: str) -> None:
        """Let photos be so poor that they wait for a review."""
        with self.lock:
            for photo in self._photos(photos):
                photo.quality = 1
                self.state.changed(photo)

    def approve(self, *photos: str) -> None:
        with self.lock:
            for photo in self._photos(photos):
                albums.approve(self.state, photo)

    def _photos(self, uids: Iterable[str]) -> list[Photo]:
        return [self.state.photos[uid] for uid in uids]

    # --- albums -----------------------------------------------------------------------------------------------------

    def album(self, album: str) -> Album:
        """Return the album of this UID or title that is not deleted."""
        found = [a for a in self.state.albums.values() if album in {a.uid, a.title} and not a.deleted]
        assert len(found) == 1, f"{len(found)} albums are {album!r}"
        return found[0]

    def add_album(self, title: str, photos: Iterable[str] = (), **fields: Any) -> str:
        """Make an album with photos, `fields` as of `Album`; return its UID."""
        with self.lock:
            made = albums.keep(self.state, albums.make(self.state, title, self.admin.uid))
            self.add_to_album(made.uid, *photos)
            self.change_album(made.uid, **fields)
            return made.uid

    def change_album(self, album: str, **fields: Any) -> None:
        """Set fields of an album: `title` (its slug stays), `description`, `notes`, `favorite`, `private`, …"""
        with self.lock:
            found = self.album(album)
            for name, value in fields.items():
                setattr(found, name, value)
            found.updated = self.state.now()
            self.state.revision += 1

    def rename(self, album: str, title: str) -> None:
        with self.lock:
            found = self.album(album)
            albums.entitle(found, title)
            self.change_album(found.uid)

    def describe(self, album: str, description: str) -> None:
        self.change_album(album, description=description)

    def set_cover(self, album: str, photo: str) -> None:
        """Choose a photo as an album's cover, which no one else changes from now on."""
        cover = self.state.primary(self.state.photos[photo]).hash
        self.change_album(album, thumb=cover, thumb_src="manual")

    def add_to_album(self, album: str, *photos: str) -> None:
        with self.lock:
            albums.put_in(self.state, self.album(album), self._photos(photos))

    def take_out(self, album: str, *photos: str) -> None:
        with self.lock:
            albums.take_out(self.state, self.album(album), photos)

    def members(self, album: str) -> set[str]:
        return set(self.album(album).shown())

    def delete_album(self, album: str) -> None:
        """Delete an album as the web pages do: making one of that title brings it back."""
        with self.lock:
            albums.put_aside(self.state, self.album(album))

    # --- labels -----------------------------------------------------------------------------------------------------

    def label(self, name: str, *photos: str) -> None:
        with self.lock:
            for photo in self._photos(photos):
                labelling.add(self.state, photo, name, 0)

    def unlabel(self, name: str, *photos: str) -> None:
        """Take a label off photos; one that the user did not put on stays as a blocked row."""
        with self.lock:
            for photo in self._photos(photos):
                row = photo.labels[labelling.named(self.state, name).id]
                labelling.remove(self.state, photo, row, int(self.version[:6]))

    def block_label(self, name: str, *photos: str) -> None:
        """Say of photos that a label is not theirs, whoever put it on."""
        with self.lock:
            for photo in self._photos(photos):
                self.state.put_label(photo, labelling.named(self.state, name), "manual", BLOCKED)

    def classify(self, name: str, *photos: str, src: str = "image", uncertainty: int = 20, priority: int = 0) -> None:
        """Let the server find what is on photos, where nobody has said anything about that label."""
        with self.lock:
            label = self.state.make_label(label_name(name), priority)
            for photo in self._photos(photos):
                if label.id not in photo.labels:
                    self.state.put_label(photo, label, src, uncertainty)

    def labels_of(self, photo: str) -> set[str]:
        """Return the names of a photo's labels, without those that are blocked."""
        with self.lock:
            rows = self.state.photos[photo].labels.values()
            return {self.state.labels[row.label].name for row in rows if row.uncertainty < BLOCKED}

    # --- people -----------------------------------------------------------------------------------------------------

    def add_person(self, name: str, **fields: Any) -> str:
        """Have somebody, whose first face is still to come; return their UID."""
        with self.lock:
            made = self.state.make_subject(name)
            self.change_person(made.uid, **fields)
            return made.uid

    def add_face(self, photo: str, box: Box, person: str = "", face: str = "", **fields: Any) -> str:
        """Let the server find a face on a photo's primary file; return the marker's UID.

        `person` is whose it is by the cluster `face`, or by hand where there is none. `fields` are those of `Marker`:
        with `looks` it can begin a cluster.
        """
        with self.lock:
            uid, file = self.state.new_uid("m"), self.state.primary(self.state.photos[photo])
            plain: dict[str, Any] = {"face": face, "face_distance": 0.2 if face else -1.0, "subject": person}
            if person and not face:
                plain |= {"subject_src": "manual", "name": self.state.subjects[person].name}
            self.state.add_marker(Marker(uid, file.uid, *box, self.state.now(), **plain | fields))
            return uid

    def add_cluster(self, person: str = "") -> str:
        """Let the server find a cluster of faces; return its id."""
        with self.lock:
            return naming.make_face(self.state, person).id

    def marker(self, marker: str) -> Marker:
        return self.state.markers[marker]

    def name_marker(self, marker: str, name: str) -> None:
        """Name a face that nobody has a name for yet."""
        with self.lock:
            naming.set_name(self.state, self.marker(marker), name, "manual", int(self.version[:6]))

    def give(self, marker: str, person: str | None) -> None:
        """Say whose a face is, by the person's UID, or that it is nobody's; whose it was, it is no more."""
        with self.lock:
            name = self.state.subjects[person].name if person else ""
            naming.clear(self.state, self.marker(marker))
            if name:
                self.name_marker(marker, name)

    def reject(self, marker: str) -> None:
        """Say that a marker is no face."""
        with self.lock:
            self.marker(marker).invalid = True
            self.state.count_faces(self.state.photo_of(self.marker(marker)))

    def rename_person(self, person: str, name: str) -> None:
        """Rename somebody, who becomes one with whom that is the name of already."""
        with self.lock:
            naming.rename(self.state, self.state.subjects[person], name)

    def change_person(self, person: str, **fields: Any) -> None:
        """Set fields of a person: `favorite`, `hidden`, `private`, …"""
        with self.lock:
            for name, value in fields.items():
                setattr(self.state.subjects[person], name, value)
            self.state.subjects[person].updated = self.state.now()
            self.state.revision += 1

    def hide(self, person: str, hidden: bool = True) -> None:
        self.change_person(person, hidden=hidden)

    # --- the server -------------------------------------------------------------------------------------------------

    def busy_people(self, requests: int) -> None:
        """Let so many of the next writes of people, or batches, find another one under way."""
        self.busy = requests
