"""What covers are chosen from: the user's own albums, what they chose and like, and the candidates of each album."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np

from plugins.covers import Album, IntArray, Pictures
from plugins.covers.candidates import Candidates, preset
from plugins.covers.category import category_of
from plugins.covers.signals import history_of
from plugins.covers.suggesting import UserAlbum
from plugins.exclusion import excluded
from plugins.records import Event, Photo, Signals
from tasks.context import Opened
from tasks.cover_columns import with_scenes

DOCUMENT: Final = "a document"
"""The reason by which `plugins.exclusion.excluded` says so."""
MOST_OF_IT: Final = 0.5
"""Share of an album's photos from which on what is true of their events is true of the album."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the gallery says of covers: the albums without our marker, by id, and what the user likes and chose."""

    albums: tuple[UserAlbum, ...]
    signals: Signals

    @property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Return the photos of each album, by the album's id."""
        return {album.id: album.photos for album in self.albums}


def theirs(here: Opened) -> Theirs:
    """Return what the gallery says of covers; it is asked once while the library is open, and for a step and its key.

    Raises:
        GalleryError: the gallery cannot be asked.
    """
    return here.once(_theirs)


def _theirs(here: Opened) -> Theirs:
    found = (UserAlbum(album.id, members, album.cover, album.title) for album, members in here.user_albums())
    return Theirs(tuple(sorted(found, key=lambda album: album.id)), here.gallery.signals())


def groups_of(events: Iterable[Event]) -> dict[str, list[str]]:
    """Return the photos of each event and of each trip, by its key."""
    groups: dict[str, list[str]] = {}
    for event in events:
        groups[event.key] = list(event.photos)
        if event.trip:
            groups.setdefault(event.trip, []).extend(event.photos)
    return groups


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """An album as cover methods take it, and how many of its photos are no candidates, by reason."""

    album: Album
    left_out: Mapping[str, int]


class AlbumMaker:
    """Makes albums, as cover methods take them, of photos: which of them are candidates, and what the album is of.

    Args:
        here: the library.
        photos: all that are pictures, in the same order.
        events: what the photos were taken at.
    """

    def __init__(self, here: Opened, photos: Sequence[Photo], events: Iterable[Event]) -> None:
        rules = here.config.exclude.model_copy(update={"screenshots": True, "documents": True})  # bad covers anyway
        reasons = ((row, excluded(photo, rules)) for row, photo in enumerate(photos))
        self.excluded = {row: reason for row, reason in reasons if reason is not None}
        self._documents = frozenset(row for row, reason in self.excluded.items() if reason == DOCUMENT)
        self._event = {photo: event for event in events for photo in event.photos}
        self._row = {photo.id: row for row, photo in enumerate(photos)}

    def candidates(self, pictures: Pictures, members: IntArray) -> Candidates:
        """Return the candidates among an album's photos, at least one, and why the others are none."""
        return preset(pictures, members, self.excluded)

    def album(self, pictures: Pictures, members: IntArray, candidates: Candidates | None = None) -> Album:
        """Return the album of these photos, rows in order of time, with candidates that are known already or not."""
        candidates = candidates or self.candidates(pictures, members)
        events = [self._event[id_] for row in members.tolist() if (id_ := pictures.ids[row]) in self._event]
        trip = sum(bool(event.trip) for event in events) > MOST_OF_IT * len(members)
        home = sum(not event.away for event in events) > MOST_OF_IT * len(members)
        category = category_of(pictures, members, self._documents, trip, not home)
        return Album(candidates.rows, category=category)

    def albums(self, pictures: Pictures, groups: Mapping[str, Sequence[str]], liked: IntArray) -> dict[str, Made]:
        """Return the albums of groups of photos, by the group's key; a group of which no photo is there has none.

        Args:
            pictures: all pictures of the user.
            groups: ids of photos, in any order.
            liked: rows of what the user likes, oldest first: of these each album gets what is not in it.
        """
        found, row = dict[str, Made](), self._row
        of_each = {key: sorted({row[photo] for photo in photos if photo in row}) for key, photos in groups.items()}
        pictures = with_scenes(pictures, np.unique(np.fromiter(chain.from_iterable(of_each.values()), np.int64)))
        for key, rows in of_each.items():
            if rows:
                members = np.array(rows, np.int64)
                candidates = self.candidates(pictures, members)
                album = self.album(pictures, members, candidates)
                found[key] = Made(replace(album, history=_outside(liked, members)), candidates.left_out)
        return found


def _outside(liked: IntArray, members: IntArray) -> IntArray:
    """Return what was liked outside of an album; the very same array where that is all: there may be very many."""
    outside = history_of(liked, members)
    return liked if len(outside) == len(liked) else outside
