"""What the user's own choices say: the photos that they like, and the albums whose cover they chose, to learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from plugins.covers import Album, Chosen, IntArray, Pictures
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Event, Photo, Signals

LIKED_STARS: Final = 4
HINT_WEIGHT: Final = 0.3
"""What a favourite of an event says about its cover, next to a cover that the user chose."""
MOST_SAMPLES: Final = 300
"""More of them take longer to go through in each run than they add to what is known of the user."""
AlbumOf: TypeAlias = Callable[[Pictures, IntArray], Album]
"""Makes an album of its photos, rows in order of time: which of them are candidates, and what it is of."""


def all_of(_pictures: Pictures, members: IntArray) -> Album:
    """Return the album in which all photos are candidates."""
    return Album(members)


@dataclass(frozen=True, slots=True)
class Choice:
    """An album whose cover the user chose: ids of its photos, in any order, and of the cover."""

    photos: tuple[str, ...]
    cover: str


@dataclass(frozen=True, slots=True)
class Liked:
    """What the user likes.

    Args:
        photos: ids of chosen covers, favourites, and photos with four stars or more; oldest first, each once.
        marked: those of them that are favourites or have the stars.
        choices: the albums whose cover the user chose.
    """

    photos: tuple[str, ...] = ()
    marked: frozenset[str] = frozenset()
    choices: tuple[Choice, ...] = ()

    @property
    def n_signals(self) -> int:
        """Return how often the user has said what they like."""
        return len(self.photos)

    def rows(self, pictures: Pictures) -> IntArray:
        """Return the liked photos as rows of these pictures, oldest first."""
        ids = frozenset(self.photos)
        rows = np.array([row for row, id_ in enumerate(pictures.ids) if id_ in ids], np.int64)
        return _by_time(pictures, rows)


def choices(
    signals: Signals, members: Mapping[str, Sequence[str]], ledger: Iterable[LedgerAlbum]
) -> tuple[Choice, ...]:
    """Return the albums whose cover the user chose: those of their own, and ours where the ledger says so.

    Args:
        signals: covers by the gallery's album id; those of our albums may be among them.
        members: photo ids of the albums without our marker, by the gallery's album id.
        ledger: the albums that we have published.
    """
    known = list(ledger)
    once_ours = {album.gallery_id: album for album in known if album.state not in ("deleted", "retired")}
    theirs = (
        Choice(tuple(members[album]), cover)
        for album, cover in signals.covers
        if album in members and _is_choice(once_ours.get(album), cover)
    )
    ours = (
        Choice(tuple(sorted(album.photos("ours", "user"))), album.cover)
        for album in known
        if album.state == "live" and album.user_cover and album.cover
    )
    return (*theirs, *ours)


def _is_choice(once_ours: LedgerAlbum | None, cover: str) -> bool:
    """Say whether the user chose the cover of an album without our marker: it may be left of when it was ours."""
    if once_ours is None or once_ours.cover != cover:
        return True
    return once_ours.user_cover and once_ours.state != "readonly"  # of what we only found nobody knows who chose it


def liked_of(photos: Sequence[Photo], signals: Signals, chosen: Iterable[Choice] = ()) -> Liked:
    """Return what the user likes of these photos; one that they rejected, or that is none of these, says nothing.

    Args:
        photos: those that may teach: not hidden, archived or excluded.
        signals: favourites and ratings as the gallery knows them now, added to those of the photos.
        chosen: the albums whose cover the user chose, from `choices`.
    """
    stars = [*signals.ratings, *((photo.id, photo.rating) for photo in photos)]
    here = {photo.id for photo in photos}
    welcome = here - {id_ for id_, rating in stars if rating < 0}
    favourites = signals.favourites | {photo.id for photo in photos if photo.favourite}
    marked = welcome & (favourites | {id_ for id_, rating in stars if rating >= LIKED_STARS})
    kept = [
        replace(choice, photos=tuple(id_ for id_ in choice.photos if id_ in here))
        for choice in chosen
        if choice.cover in welcome and choice.cover in choice.photos
    ]
    wanted = marked | {choice.cover for choice in kept}
    ordered = sorted(photos, key=lambda photo: (photo.taken_at, photo.id))
    return Liked(tuple(photo.id for photo in ordered if photo.id in wanted), frozenset(marked), tuple(kept))


def history_of(liked: IntArray, members: IntArray) -> IntArray:
    """Return the liked photos that are not of an album, oldest first: what its cover is chosen by.

    Args:
        liked: rows of `Pictures`, from `Liked.rows`.
        members: rows of the album's photos.
    """
    return liked[~np.isin(liked, members)]


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A sample in the making: rows of the album's photos by time and of its cover, and what it says."""

    members: IntArray
    cover: int
    weight: float


def samples_of(
    pictures: Pictures,
    liked: Liked,
    events: Sequence[Event],
    album_of: AlbumOf = all_of,
    most: int = MOST_SAMPLES,
) -> list[Chosen]:
    """Return the albums to learn from, oldest first: covers that the user chose, and hints from favourites of events.

    The history of each are the photos liked that were taken before its first one. A hint is one marked photo of an
    event against those that are not marked, of which it is not told which is marked; an event in which a chosen cover
    lies gives none. An album with one photo says nothing.

    Args:
        pictures: all pictures of the user.
        liked: what the user likes, by ids of these pictures.
        events: photos by id.
        album_of: see `AlbumOf`; for a hint it is not told what is marked. The cover is made a candidate where it is
            none.
        most: samples at most: those of chosen covers before hints, the latest first.

    Source: methods 8.8. Which of several marked photos is the hint is left to the digest of its id: the first one, as
    said there, would teach that covers come early.
    """
    rows = {id_: row for row, id_ in enumerate(pictures.ids)}
    cases = [
        case
        for case in (*_chosen(pictures, liked, rows), *_hints(pictures, liked, events, rows))
        if len(case.members) > 1
    ]
    latest = sorted(cases, key=lambda case: (-case.weight, -_began(pictures, case.members)))[:most]
    history = liked.rows(pictures)
    return [
        _sample(pictures, case, history, album_of)
        for case in sorted(latest, key=lambda case: _began(pictures, case.members))
    ]


def _chosen(pictures: Pictures, liked: Liked, rows: Mapping[str, int]) -> Iterator[_Case]:
    for choice in liked.choices:
        if choice.cover in rows:
            yield _Case(_rows_of(pictures, choice.photos, rows), rows[choice.cover], 1.0)


def _hints(pictures: Pictures, liked: Liked, events: Sequence[Event], rows: Mapping[str, int]) -> Iterator[_Case]:
    covers = {choice.cover for choice in liked.choices}
    for event in events:
        marked = [id_ for id_ in event.photos if id_ in liked.marked and id_ in rows]
        if marked and covers.isdisjoint(event.photos):
            one = min(marked, key=lambda id_: hashlib.sha256(id_.encode()).digest())
            others = [id_ for id_ in event.photos if id_ not in liked.marked]
            yield _Case(_rows_of(pictures, (one, *others), rows), rows[one], HINT_WEIGHT)


def _sample(pictures: Pictures, case: _Case, liked: IntArray, album_of: AlbumOf) -> Chosen:
    before = liked[pictures.taken_s[liked] < _began(pictures, case.members)]
    blind = case.weight < 1
    album = album_of(_unmarked(pictures) if blind else pictures, case.members)
    candidates = album.candidates
    if case.cover not in candidates:
        candidates = _by_time(pictures, np.append(candidates, case.cover))
    known = replace(album, candidates=candidates, history=before, blind=blind)
    return Chosen(known, int(np.flatnonzero(candidates == case.cover)[0]), case.weight)


def _unmarked(pictures: Pictures) -> Pictures:
    return replace(pictures, favourite=np.zeros_like(pictures.favourite), rating=np.zeros_like(pictures.rating))


def _rows_of(pictures: Pictures, ids: Iterable[str], rows: Mapping[str, int]) -> IntArray:
    return _by_time(pictures, np.array([rows[id_] for id_ in dict.fromkeys(ids) if id_ in rows], np.int64))


def _by_time(pictures: Pictures, rows: IntArray) -> IntArray:
    ordered: IntArray = rows[np.lexsort((np.array([pictures.ids[row] for row in rows]), pictures.taken_s[rows]))]
    return ordered


def _began(pictures: Pictures, members: IntArray) -> float:
    return float(pictures.taken_s[members].min())
