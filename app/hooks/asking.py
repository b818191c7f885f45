"""Asks a gallery whether photos came since its last run, and notes an arrival if so."""

from __future__ import annotations

import logging
import math
import time
from typing import Final

from app.hooks.dispatcher import Dispatcher
from plugins import UnknownPlugin
from plugins.galleries import GalleryError
from plugins.settings import Settings, SettingsWrong
from plugins.store import StoreError, open_store
from plugins.store.arrivals import Arrivals
from tasks.context import make_gallery
from tasks.watermark import SKEW, news_since

SELDOM_S: Final = 3_600.0
"""How often a library that tells us of new photos is asked all the same."""
FAILURES: Final = (GalleryError, SettingsWrong, StoreError, UnknownPlugin)
"""What may stand against asking, each with a text for the user."""
_log = logging.getLogger("albumen.hooks")


class Asker:
    """One cheap request a time; usable by several threads.

    Args:
        settings: of the libraries.
        arrivals: keeps when each was asked.
        dispatcher: takes what is found.
    """

    def __init__(self, settings: Settings, arrivals: Arrivals, dispatcher: Dispatcher) -> None:
        self._settings = settings
        self._arrivals = arrivals
        self._dispatcher = dispatcher

    def is_idle(self, library: str) -> bool:
        """Say whether nothing of a library waits or runs; what comes meanwhile is asked for when it has ended."""
        return self._dispatcher.is_idle(library)

    def ask(self, library: str, told_at: float = math.inf) -> bool:
        """Say whether a library has photos that no run has taken in, and note it; never of one that was never curated.

        Args:
            library: the library.
            told_at: when its gallery said so, in seconds since 1970 by our clock: a run that began later has read them.

        Raises:
            GalleryError, SettingsWrong, StoreError, UnknownPlugin: see `FAILURES`.
        """
        at = time.time()
        with open_store(self._settings) as store:
            since = news_since(store, library)
        if since is None or (since + SKEW).timestamp() > told_at:  # the first is for the nightly run, or for the user
            return False
        with make_gallery(self._settings, self._settings.library(library)) as gallery:
            found = gallery.newer(since)
        if found:
            self._dispatcher.note(library).result()
        self._arrivals.polled(library, at)
        return found


class Complaints:
    """Warnings about libraries, each said once until another follows or all is well; usable by several threads."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def say(self, library: str, text: str) -> None:
        """Warn, unless this was the last word on this library."""
        if self._said.get(library) != text:
            self._said[library] = text
            _log.warning("%s", text)

    def all_is_well(self, library: str) -> None:
        """Let the next warning on this library be a new one."""
        self._said.pop(library, None)
