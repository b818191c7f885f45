"""The sweep: all photos of a library, or those that changed, each once and none missed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from plugins.galleries import Problem
from plugins.galleries.photoprism.known import Known, KnownPhoto
from plugins.galleries.photoprism.paging import Item, Pages, Wanted, as_text, uid_of
from plugins.galleries.photoprism.parsing import RowPart, is_uid
from plugins.galleries.photoprism.shaping import APPROVED, BROKEN, KINDS, photo_of
from plugins.records import Photo

SKEW: Final = timedelta(minutes=10)
"""How far the server's clock may be behind ours, so that what comes in while we read is found all the same."""
LOST: Final = 1_000
"""Photos that are looked for one more time when a sweep has not found them; more than that were deleted."""
_SHOWN: Final = 300
"""Characters of a reason that are kept."""
Tags = Mapping[str, tuple[str, ...]]


class Sweep:
    """One reading of the photos of one server; `problems` says afterwards what is not among them, and why.

    Args:
        pages: searches for photos.
        known: remembers what the last sweep found.
        zone: where photos were taken whose camera knew no time zone.
        private: private photos are read too.
        review: photos that wait for the user's approval are read too.
    """

    def __init__(self, pages: Pages, known: Known, zone: ZoneInfo, *, private: bool, review: bool) -> None:
        self._pages = pages
        self._known = known
        self._zone = zone
        self._private = private
        self._review = review
        self._visible = visible(private=private, review=review)
        self._number = 0
        self._seen: set[str] = set()
        self._told: set[Problem] = set()
        self.problems: list[Problem] = []

    def photos(self, tags: Tags, people: Mapping[str, tuple[str, ...]]) -> Iterator[Photo]:
        """Yield all photos, archived ones as hidden.

        What comes in or is approved while they are read is found by a second look, and what leaves the archive by a
        third, if it was known.

        Args:
            tags: the tags of photos by their id.
            people: who is on photos by their id.
        """
        began = datetime.now(UTC) - SKEW
        self._number = self._known.begin_sweep()
        self._known.keep_private(self._unwanted())
        # What a run just before has written to is among the changes, and little of them is new: so in large pages.
        changes = map(self._pages.walk_fast, self._changed_since(began))
        for pages in (self._pages.walk(self._visible), *changes, self._pages.walk(self._archived)):
            for page in pages:
                yield from self._page(page, tags, people)
        lost = self._known.unseen(self._number, LOST + 1)
        if len(lost) <= LOST:
            for page in self._named(lost):
                yield from self._page(page, tags, people)
        self._known.end_sweep(self._number)

    def changed(self, since: datetime, tags: Callable[[Collection[str]], Tags]) -> Iterator[Photo]:
        """Yield the photos that came or changed since then, and those whose favourite, archive or privacy mark did.

        The server keeps no time of such a mark, so those are compared with what the last sweep has seen.

        Args:
            since: not before this, by the server's clock.
            tags: returns the tags of photos by their ids.
        """
        self._number = self._known.begin_sweep()
        found: dict[str, Item] = {}
        for wanted in self._changed_since(since):
            found |= _by_id(row for page in self._pages.walk(wanted) for row in page)
        unwanted = self._unwanted()
        found |= self._marked(frozenset(unwanted))
        people = {uid: known.people for uid in found if (known := self._known.photo(uid))}
        asked = [uid for uid in found if is_uid(uid)]  # the others are problems
        yield from self._page(list(found.values()), tags(asked) if asked else {}, people)
        self._known.keep_private(unwanted)

    def _marked(self, unwanted: frozenset[str]) -> dict[str, Item]:
        """Return the rows of the photos whose marks differ from those of the last sweep."""
        liked, kept_liked = self._rows({**self._visible, "favorite": True}), self._known.favourites()
        archived, kept_archived = self._rows(self._archived), self._known.archived()
        likes = liked.keys() | {uid for uid, row in archived.items() if row.get("Favorite")}
        rows = {uid: row for uid, row in liked.items() if uid not in kept_liked}
        rows |= {uid: row for uid, row in archived.items() if uid not in kept_archived or uid in kept_liked ^ likes}
        back = (kept_liked - likes) | (kept_archived - archived.keys()) | (self._known.private() - unwanted)
        for page in self._named(back - rows.keys()):
            rows |= _by_id(page)
        return rows

    def _rows(self, wanted: Wanted) -> dict[str, Item]:
        return _by_id(row for page in self._pages.walk(wanted) for row in page)

    def _named(self, photos: Collection[str]) -> Iterator[list[Item]]:
        for wanted in (self._visible, self._archived) if photos else ():
            yield from self._pages.named(photos, wanted)

    @property
    def _archived(self) -> dict[str, Any]:
        return {"archived": True} | ({} if self._private else {"public": True})

    def _changed_since(self, since: datetime) -> list[dict[str, Any]]:
        return [{**self._visible, name: as_text(since)} for name in ("added", "updated", "edited")]

    def _unwanted(self) -> Sequence[str]:
        """Return the ids of the private photos where those are not read."""
        return [] if self._private else self._pages.ids({"private": True})

    def _page(self, rows: Sequence[Item], tags: Tags, people: Mapping[str, tuple[str, ...]]) -> Iterator[Photo]:
        """Yield the photos of some rows that were not seen before, and keep what they say."""
        found = [(row, photo) for item in rows for row, photo in self._read(item, tags)]
        yield from (photo for _, photo in found)
        self._known.keep_photos((_known_photo(row, people.get(row.UID, ())) for row, _ in found), self._number)

    def _read(self, item: Item, tags: Tags) -> Iterator[tuple[RowPart, Photo]]:
        uid = uid_of(item)
        if uid in self._seen:
            return
        self._seen.add(uid)
        try:
            row = RowPart.model_validate(item)
            if self._is_ours(row):
                yield row, photo_of(row, self._zone, tags.get(uid, ()))
        except (ValueError, OverflowError) as error:
            self._seen.discard("")
            problem = Problem(_called(item), f"its data make no sense: {_reason(error)}")
            if problem not in self._told:  # one without an id is seen by every search
                self.problems.append(problem)
                self._told.add(problem)

    def _is_ours(self, row: RowPart) -> bool:
        """Say whether it is a photo that is to be read, whatever the server has let through."""
        approved = row.Quality >= APPROVED or (self._review and row.Quality > BROKEN)
        return row.Type in KINDS and approved and (self._private or not row.Private)


def visible(*, private: bool, review: bool) -> dict[str, Any]:
    """Return the filters of what PhotoPrism's own page of photos shows, with what the settings add to that."""
    return ({} if review else {"quality": APPROVED}) | ({} if private else {"public": True})


def _by_id(rows: Iterable[Item]) -> dict[str, Item]:
    """Return rows by their ids, one without by its name: that one is a problem."""
    return {uid_of(row) or _called(row): row for row in rows}


def _known_photo(row: RowPart, people: tuple[str, ...]) -> KnownPhoto:
    return KnownPhoto(row.UID, row.Hash, max(0, row.Faces), people, row.Favorite, bool(row.DeletedAt))


def _called(item: Item) -> str:
    """Return what to call a row that cannot be read."""
    fields = item if isinstance(item, dict) else {}
    names = (fields.get(name) for name in ("FileName", "OriginalName", "Title", "UID"))
    return next((name[:_SHOWN] for name in names if isinstance(name, str) and name), "a photo without a name")


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:_SHOWN]
    return str(error)[:_SHOWN]
