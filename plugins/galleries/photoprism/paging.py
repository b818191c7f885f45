"""Searches for photos page by page that miss nothing, whatever happens on the server meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from plugins.chunking import chunks
from plugins.galleries import GalleryBug
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.parsing import HitPart

Wanted: TypeAlias = Mapping[str, str | int | bool]
Item: TypeAlias = dict[str, Any]
PAGE: Final = 5_000
"""Rows at once: one has about 1.5 kB."""
LISTED: Final = 20_000
"""Rows at once where little is kept of them."""
OVERLAP: Final = 100
"""Rows that a page shares with the one before: so many photos may go meanwhile, and none is missed by that."""
NAMED: Final = 100
"""Photos that are asked for by their ids at once: an address has room for some 8,000 characters."""
MOST_LISTED: Final = 10_000
"""Labels, albums or people at once."""
MOST_PAGES: Final = 100
"""Pages of such a list, after which it has no end: nobody has a million labels."""
BARREN: Final = 20
"""Pages in a row without a new photo, after which there is no end: so many uploads come at no time."""
_SEARCH: Final = "/photos"


class Pages:
    """PhotoPrism's search with one row a photo, by its primary file.

    Its pages are offsets, newest photo first. Those that come in meanwhile push the others down, so that they are seen
    twice; those that go pull them up, and some would be missed: so each page begins a little before the end of the
    last one, and where it shares nothing with what was seen, it is asked for from further up.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def walk(self, wanted: Wanted, page: int | None = None) -> Iterator[list[Item]]:
        """Yield the rows that fit, newest first if no `order` is wanted, page by page, each once.

        What is no row with an id is yielded too.
        """
        size = page or PAGE
        seen: set[str] = set()
        offset, barren = 0, 0
        while barren < BARREN:
            found = self._client.rows(
                _SEARCH, {"order": "added", **wanted, "primary": True, "count": size, "offset": offset}
            )
            ids = [uid_of(item) for item in found.items]
            if offset and seen.isdisjoint(ids):
                offset = max(0, offset - size // 2)
                continue
            fresh = [item for item, uid in zip(found.items, ids, strict=True) if not uid or uid not in seen]
            barren = barren + 1 if seen.issuperset({*ids} - {""}) else 0
            yield fresh
            seen.update(uid for uid in ids if uid)
            if not found.items or found.count < min(size, found.limit or size):
                return
            offset += max(1, len(found.items) - min(OVERLAP, size // 10))
        raise GalleryBug(f"{self._client.server} shows the same photos on page after page of GET {_SEARCH}")

    def walk_fast(self, wanted: Wanted) -> Iterator[list[Item]]:
        """Yield the same in larger pages, for those who keep little of them."""
        return self.walk(wanted, LISTED)

    def ids(self, wanted: Wanted) -> list[str]:
        """Return the ids of the photos that fit, newest first."""
        return [hit.UID for hit in self.hits(wanted)]

    def hits(self, wanted: Wanted) -> Iterator[HitPart]:
        """Yield what lists of ids need of the photos that fit, newest first, each once."""
        for page in self.walk_fast(wanted):
            yield from (hit for item in page if (hit := _hit(item)))

    def some(self, wanted: Wanted, most: int) -> list[Item]:
        """Return at most so many of the rows that fit, by one request."""
        return self._client.rows(_SEARCH, {**wanted, "primary": True, "count": most}).items

    def named(self, photos: Iterable[str], wanted: Wanted) -> Iterator[list[Item]]:
        """Yield the rows of photos by their ids, as far as they fit."""
        for part in chunks(sorted(photos), NAMED):
            yield self.some({**wanted, "uid": "|".join(part)}, len(part))

    def all(self, path: str, params: Wanted) -> list[Any]:
        """Return all items of a list that is no search for photos."""
        items: list[Any] = []
        for _ in range(MOST_PAGES):
            found = self._client.rows(path, {**params, "count": MOST_LISTED, "offset": len(items)})
            items += found.items
            if not found.items or len(found.items) < min(MOST_LISTED, found.limit or MOST_LISTED):
                return items
        raise GalleryBug(f"{self._client.server} comes to no end of GET {path}")


def _hit(item: object) -> HitPart | None:
    """Return as much of a row as lists of ids need; None for one that the sweep will name as a problem."""
    try:
        return HitPart.model_validate(item)
    except ValidationError:
        return None


def uid_of(item: object) -> str:
    """Return the id in a row, empty where there is none."""
    uid = item.get("UID") if isinstance(item, dict) else None
    return uid if isinstance(uid, str) else ""


def as_text(at: datetime) -> str:
    """Write a time as PhotoPrism wants it: UTC, whole seconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
