"""Albums of ours on a server: found by the key in their marker, changed only while they carry it, never made twice."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from plugins.changes import (
    AddMembers,
    AlbumChange,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    Outcome,
    RemoveMembers,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
)
from plugins.galleries import GalleryError, PhotoGone
from plugins.galleries.server.outcomes import is_unsure
from plugins.records import Marker

FRESH_S: Final = 60.0
"""How long a list of the albums is good for making one: another Albumen may make it meanwhile."""
TRIES: Final = 4
"""How often an album is made whose making was not answered; each time we look first whether it is there."""
SHOWN: Final = 80
"""Characters of a text that are shown in a reason."""
RELEASED: Final = "the album is gone, or its marker: then it is the user's"
_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class Held(Generic[_Part]):
    """An album as its server holds it: what every server says of one, and the answer that says it.

    `made_at` sorts albums by their age; `description` is without a marker.
    """

    id: str
    made_at: str
    title: str
    description: str
    marker: Marker | None
    part: _Part


class OurAlbums(ABC, Generic[_Part]):
    """Changes to albums of ours. The key in the marker names an album; its id is looked up again for each Writer."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._listed_at = -FRESH_S
        self._twice: dict[str, list[str]] = {}

    @abstractmethod
    def _all(self) -> Iterable[Held[_Part]]:
        """Return all albums of the user's library."""

    @abstractmethod
    def _get(self, album_id: str) -> Held[_Part]:
        """Return one album as it is now.

        Raises:
            PhotoGone: it is not there.
        """

    @abstractmethod
    def _unfit(self, change: CreateAlbum) -> str:
        """Return why the server cannot hold an album; empty when it can."""

    @abstractmethod
    def _make(self, change: CreateAlbum) -> Outcome:
        """Make an album that is not there, with its marker and its photos."""

    @abstractmethod
    def _put_in(self, album: Held[_Part], photos: Sequence[str]) -> Outcome:
        """Put photos into an album."""

    @abstractmethod
    def _take_out(self, album: Held[_Part], photos: Sequence[str]) -> Outcome:
        """Take photos out of an album."""

    @abstractmethod
    def _reworded(self, album: Held[_Part], change: RenameAlbum | DescribeAlbum) -> str:
        """Give an album other words; return why the server cannot hold them, empty when it has them."""

    @abstractmethod
    def _show_by(self, change: SetCover, album: Held[_Part]) -> Outcome:
        """Show an album by a photo."""

    @abstractmethod
    def _delete(self, change: DeleteAlbum, album: Held[_Part]) -> Outcome:
        """Delete an album that holds nothing but what the change names."""

    @abstractmethod
    def show_users_album(self, change: SetAlbumCover) -> Outcome:
        """Show an album of the user's own by the photo that they asked for, or as before they did."""

    def _found_again(self, album: Held[_Part]) -> None:
        """Learn what there is to learn of an album that was made though the answer was lost."""

    def warnings(self) -> list[str]:
        """Name the albums that carry the same marker as another one, which is taken as ours in their place."""
        return [
            f"{len(others)} more albums carry the marker of {self._ids.get(key, key)} ({key}): {', '.join(others)}. "
            "Did two Albumens write to this library? The oldest is kept up to date; delete the others"
            for key, others in sorted(self._twice.items())
        ]

    def apply(self, change: AlbumChange) -> Outcome:
        """Make one change to an album of ours."""
        if isinstance(change, CreateAlbum):
            return self._create(change)
        found = self.find(change.key)
        if found is None:
            return Outcome("gone", RELEASED)
        match change:
            case DeleteAlbum():
                outcome = self._delete(change, found)
                if outcome.status == "done":
                    self._ids.pop(change.key, None)
                return outcome
            case RenameAlbum():
                return self._reword(change, found, "title", found.title, change.title)
            case DescribeAlbum():
                return self._reword(change, found, "description", found.description, change.description)
            case AddMembers():
                return self._put_in(found, change.photos)
            case RemoveMembers():
                return self._take_out(found, change.photos)
            case SetCover():
                return self._show_by(change, found)

    def find(self, key: str) -> Held[_Part] | None:
        """Return the album of ours with this key as it is now, None when there is none."""
        if key not in self._ids:
            self._list()
        if key not in self._ids:
            return None
        found: Held[_Part] | None
        try:
            found = self._get(self._ids[key])
        except PhotoGone:
            self._list()
            found = self._get(self._ids[key]) if key in self._ids else None
        return found if found and found.marker is not None and found.marker.key == key else None

    def _list(self) -> None:
        """Ask for all albums; of several with one marker the oldest is ours, so that two Albumens agree on it."""
        ours: dict[str, list[str]] = {}
        for album in sorted(self._all(), key=lambda album: (album.made_at, album.id)):
            if album.marker is not None:
                ours.setdefault(album.marker.key, []).append(album.id)
        self._ids = {key: ids[0] for key, ids in ours.items()}
        self._twice = {key: ids[1:] for key, ids in ours.items() if len(ids) > 1}
        self._listed_at = time.monotonic()

    def _create(self, change: CreateAlbum) -> Outcome:
        if unfit := self._unfit(change):
            return Outcome("refused", unfit)
        for tried in range(TRIES):
            if tried or time.monotonic() - self._listed_at > FRESH_S:
                self._list()
            if change.key in self._ids:
                found = self.find(change.key)
                if found is not None and tried:
                    self._found_again(found)  # made by the try before
                return self._put_in(found, change.photos) if found else Outcome("gone", RELEASED)
            try:
                return self._make(change)
            except GalleryError as error:  # it may have been made: only a look can tell
                if tried == TRIES - 1 or not is_unsure(error):
                    raise
        raise AssertionError("the last try returns or raises")

    def _reword(
        self, change: RenameAlbum | DescribeAlbum, album: Held[_Part], field: str, now: str, text: str
    ) -> Outcome:
        if now == text:
            return Outcome("already", gallery_id=album.id)
        if now != change.was:
            return Outcome("refused", f"the user has changed the {field} to {now[:SHOWN]!r}", album.id)
        unfit = self._reworded(album, change)
        return Outcome("refused", unfit, album.id) if unfit else Outcome("done", gallery_id=album.id)
