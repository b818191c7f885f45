"""Waiting for Immich's background work: a photo's `updatedAt` changes once the jobs of a tag call have run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from plugins.galleries.immich.paging import as_text

Json: TypeAlias = Mapping[str, Any]
Search: TypeAlias = Callable[[Mapping[str, Any]], Iterable[Json]]
"""Asks `/search/metadata` with these filters; gives all own photos that fit, archived ones too, page after page."""

SKEW: Final = timedelta(minutes=10)
"""How far behind ours the server's clock may be; beyond it its work is not seen, and only a quiet spell ends a wait."""
CALM_POLLS: Final = 2
"""Looks without any change after which a photo that was updated is done with: it may be updated more than once."""
OVERLAP: Final = timedelta(seconds=10)
"""A photo is updated a little before the database shows it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the server's work is waited for.

    Args:
        poll_s: seconds between two looks.
        quiet_polls: looks without any progress after which nothing more is expected: what was there already is not
            worked on, and so never seen to be done.
        limit_s: the longest wait; what is not done then stays for the next run.
        young_s: a photo that came in later than this many seconds ago is not tagged yet, as Immich may still be
            reading it (1.x and 2.x lost such tags, immich#16747).
        rounds: how often tags that were lost are set again.
    """

    poll_s: float = 2.0
    quiet_polls: int = 15
    limit_s: float = 3_600.0
    young_s: float = 300.0
    rounds: int = 5


class Watch:
    """Sees which photos Immich has worked on since a tag call.

    It asks for the photos updated since the look before last, by the server's own times: a page or two each time,
    however many photos there are.
    """

    def __init__(self, search: Search, pace: Pace) -> None:
        self._search = search
        self._pace = pace
        self._since = self._newest = datetime.now(UTC) - max(SKEW, timedelta(seconds=pace.young_s))
        self._started = False
        self._updated: dict[str, str] = {}
        self._busy: dict[str, str] = {}
        self.young: frozenset[str] = frozenset()
        """Photos that Immich may still be reading, as of the first look."""

    @property
    def busy(self) -> frozenset[str]:
        """Return the photos that Immich is expected to work on, as far as we have looked."""
        return frozenset(self._busy)

    def start(self) -> None:
        """Look for the first time, so that what changes later is seen; later calls do nothing."""
        if not self._started:
            self.look()

    def expect(self, photos: Iterable[str]) -> None:
        """Say that Immich is about to be given work on these photos."""
        self._busy.update({photo: self._updated.get(photo, "") for photo in photos})

    def forget(self, photos: Iterable[str]) -> None:
        """Say that a call gave Immich no work on these photos."""
        for photo in photos:
            self._busy.pop(photo, None)

    def settle(self) -> bool:
        """Wait until Immich has worked on all that is expected and rests, or until nothing moves any more.

        Returns False when time was up before; `busy` are then the photos that it has not come to.
        """
        end, quiet, watched = time.monotonic() + self._pace.limit_s, 0, self.busy
        while watched and quiet < (self._pace.quiet_polls if self._busy else CALM_POLLS):
            if time.monotonic() >= end:
                return not self._busy
            time.sleep(self._pace.poll_s)
            quiet = 0 if self.look() & watched else quiet + 1
        self._busy.clear()  # what was so already is never updated
        return True

    def look(self) -> set[str]:
        """Read what was updated; return the photos of which that was news."""
        found = list(self._search({"updatedAfter": as_text(self._since)}))
        if not self._started:
            self._started = True
            self.young = frozenset(str(photo["id"]) for photo in found if self._is_young(photo))
        now = {str(photo["id"]): str(photo["updatedAt"]) for photo in found}
        moved = {photo for photo, at in now.items() if self._updated.get(photo) != at}
        self._updated |= now
        self.forget([photo for photo, before in self._busy.items() if self._updated.get(photo, before) != before])
        self._since = max(self._since, self._newest - OVERLAP)
        self._newest = max((_time(photo["updatedAt"]) for photo in found), default=self._newest)
        return moved

    def _is_young(self, photo: Json) -> bool:
        created = photo.get("createdAt")
        age = datetime.now(UTC) - _time(created) if created else timedelta.max
        return photo.get("thumbhash", "") is None or age < timedelta(seconds=self._pace.young_s)


def _time(text: object) -> datetime:
    """Read one of Immich's times: `….591Z` and `….591869+00:00` come in one answer."""
    found = datetime.fromisoformat(str(text))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
