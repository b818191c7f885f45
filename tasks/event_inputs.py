"""What event methods are given of a library, read once for several of them; nothing of their answers is kept."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.events import Clustering
from plugins.records import Event, Photo
from tasks.context import Opened
from tasks.event_photos import Shown, Taken
from tasks.events import clustered, events_of, method_of
from tasks.piles import piles_of


class EventInputs:
    """The photos of a library with their places and faces."""

    def __init__(self, here: Opened) -> None:
        """Read them of an opened library."""
        self._library = Shown(here, Taken(here))

    @property
    def photos(self) -> Sequence[Photo]:
        """Return the photos that methods may use, by time."""
        return self._library.photos

    def clustered(self, here: Opened) -> Clustering:
        """Return the events that the method of these settings finds."""
        taken = self._library.taken
        return clustered(method_of(here, taken.home), taken)

    def events(self, here: Opened) -> list[Event]:
        """Return the same with piles, places and titles."""
        found, method = self.clustered(here), method_of(here, self._library.taken.home)
        piles = piles_of(here, self._library, method, found.event)
        return events_of(self._library, found, piles, here.config.albums.away_km)
