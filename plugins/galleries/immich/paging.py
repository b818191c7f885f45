"""Searches page by page that miss nothing and show nothing twice, whatever happens on the server meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from plugins.galleries.immich.client import Client
from plugins.galleries.immich.parsing import CountPart, HitPart, SearchPart, read
from plugins.galleries.immich.versions import Version, Ways

Wanted: TypeAlias = Mapping[str, Any]
Item: TypeAlias = dict[str, Any]
PAGE: Final = 1_000
"""The most that the server gives at once."""
SEEN: Final = ("timeline", "archive")
"""What a library is made of: hidden are the moving parts of live photos, locked is what no key may see."""
TRIES: Final = 12
"""How often a list is walked again that is shorter than the server's own count, as long as that finds anything."""
STABLE: Final = Version(3, 1, 0)
"""Since then photos of one moment have an order."""
_SEARCH: Final = "/search/metadata"
_SHAPE: Final = frozenset({"withExif", "withPeople", "order"})


class Pages:
    """Immich's search in its flat form, which every version knows.

    Its pages are offsets: ten photos that go into the bin while we are on page 1 make us miss ten others on page 2.
    So pages go by time instead: each begins, inclusive, where the last one ended, and ids seen are dropped. Offsets
    are left for moments that fill a page alone; there, before 3.1, pages may repeat and miss photos, and the count
    shows it.
    """

    def __init__(self, client: Client, ways: Callable[[], Ways]) -> None:
        self._client = client
        self._ways = ways
        self._archived: int | None = None
        self._crowded = False

    def walk(self, wanted: Wanted, seen: set[str]) -> Iterator[list[Item]]:
        """Yield the assets that fit, oldest first, page by page; those in `seen` are left out, new ones go into it.

        Raises:
            GalleryBug: an asset comes without its id or time.
        """
        after, page = wanted.get("takenAfter"), 1
        while True:
            items, more = self._page({**wanted, **({"takenAfter": after} if after else {})}, page)
            hits = read(list[HitPart], items, f"POST {_SEARCH}")
            fresh = [item for item, hit in zip(items, hits, strict=True) if hit.id not in seen]
            seen.update(hit.id for hit in hits)
            yield fresh
            if not more or not hits:
                return
            last = hits[-1].fileCreatedAt
            if last == after or not _is_time(last):
                page, self._crowded = page + 1, True
            else:
                after, page = last, 1

    @property
    def idle_tries(self) -> int:
        """Return after how many walks in vain a list is given up that is too short.

        One is enough where pages are stable. Where a moment has filled a page, and the server has no order within a
        moment, every walk shows another part of it.
        """
        return 4 if self._crowded and self._ways().version < STABLE else 1

    def _page(self, wanted: Wanted, page: int) -> tuple[list[Item], bool]:
        answer = self._client.search(_SEARCH, {**wanted, "order": "asc", "size": PAGE, "page": page})
        found = read(SearchPart, answer, f"POST {_SEARCH}").assets
        return found.items, found.nextPage is not None

    def count(self, wanted: Wanted) -> int:
        """Return how many assets fit, whether their metadata has been read or not."""
        plain = {name: value for name, value in wanted.items() if name not in _SHAPE}
        return read(CountPart, self._client.search("/search/statistics", plain), "POST /search/statistics").total

    def any(self, wanted: Wanted) -> bool:
        """Say whether an asset fits, whether its metadata has been read or not."""
        answer = self._client.search(_SEARCH, {**wanted, "size": 1, "page": 1})
        return bool(read(SearchPart, answer, f"POST {_SEARCH}").assets.items)

    def every(self, wanted: Wanted) -> Iterator[Item]:
        """Yield all own photos that fit, the timeline's and archived ones, oldest first within each."""
        seen: set[str] = set()
        for one in self._passes(wanted):
            for page in self.walk(one, seen):
                yield from (item for item in page if item.get("visibility", "timeline") in SEEN)

    def whole(self, wanted: Wanted, expected: int | None = None) -> list[HitPart]:
        """Return the assets that fit as a list that was checked against the server's count, oldest first.

        One page cannot miss anything and is not checked. Where the count stays larger, what could be had is returned.

        Args:
            wanted: the filters.
            expected: how many there are, if that is known from another answer.
        """
        found: dict[str, HitPart] = {}
        for one in self._passes(wanted):
            part = self._collected(one)
            if len(part) >= PAGE and len(part) != expected:
                self._complete(one, part)
            found |= part
        return sorted(found.values(), key=lambda hit: _moment(hit.fileCreatedAt))

    def _complete(self, wanted: Wanted, part: dict[str, HitPart]) -> None:
        there, idle = self.count(wanted), 0
        for _ in range(TRIES):
            before = len(part)
            if before >= there:
                return
            part |= self._collected(wanted)
            idle = idle + 1 if len(part) == before else 0
            if idle == self.idle_tries:
                return

    def _collected(self, wanted: Wanted) -> dict[str, HitPart]:
        pages = self.walk(wanted, set())
        return {hit.id: hit for page in pages for hit in read(list[HitPart], page, f"POST {_SEARCH}")}

    def _passes(self, wanted: Wanted) -> list[Wanted]:
        """Return the filters of each pass: one where the server shows the archive unasked, else one a visibility."""
        if self._ways().shows_all:
            return [wanted]
        if self._archived is None:
            self._archived = self.count({"visibility": "archive"})
        return [{**wanted, "visibility": one} for one in SEEN if one == "timeline" or self._archived]


def as_text(at: datetime) -> str:
    """Write a time as Immich wants it: UTC with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:  # a year beyond 9999
        return False
    return True


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return float("inf")
