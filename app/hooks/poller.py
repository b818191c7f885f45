"""Asks galleries that do not call us whether there is something new: one thread, one cheap request a library."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Final

from app.hooks.asking import FAILURES, SELDOM_S, Asker, Complaints
from app.hooks.dispatcher import ENDING_S
from app.hooks.listener import Listener
from plugins.settings import Settings
from plugins.store.arrivals import Arrivals, Watched

CALLS_S: Final = 7 * 86_400.0
"""A library is taken to call us for so long after it did."""
LOOK_AROUND_S: Final = 15.0
_log = logging.getLogger("albumen.hooks")


def calls_us(watched: Watched, now: float) -> bool:
    """Say whether a library tells us of new photos itself, at a time in seconds since 1970."""
    return watched.installed or (watched.heard_at is not None and now - watched.heard_at < CALLS_S)


class Poller:
    """Notes "look what is new" for libraries whose gallery says so when asked.

    Args:
        settings: whose libraries are asked, every `poll_minutes` of `[serve]`, or hourly if they call us; never for 0.
        arrivals: knows when each was asked.
        asker: asks them, and notes what is found.
        listener: listens meanwhile: a library that it hears is asked hourly, too.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        settings: Settings,
        arrivals: Arrivals,
        asker: Asker,
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._arrivals = arrivals
        self._asker = asker
        self._listener = listener
        self._clock = clock
        self._often_s = 60.0 * settings.serve.poll_minutes
        self._asked_at = {library: self._restored(library) for library in settings.libraries if self._often_s}
        self._complaints = Complaints()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for a gallery that does not answer."""
        self._stopping.set()
        self._thread.join(ENDING_S)

    def look_around(self) -> None:
        """Ask every gallery that is due; one where something waits or runs already need not be asked."""
        for library in self._asked_at:
            try:
                if not self._stopping.is_set() and self._asker.is_idle(library) and self._is_due(library):
                    self._ask(library)
                    self._complaints.all_is_well(library)
            except FAILURES as error:
                self._complaints.say(library, f"{library} cannot be asked for new photos: {error}")
            except Exception:  # a fault in one gallery must not end the asking of the others
                _log.exception("%s cannot be asked for new photos", library)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_AROUND_S):
            self.look_around()

    def _restored(self, library: str) -> float:
        polled_at = self._arrivals.watched(library).polled_at
        return -math.inf if polled_at is None else self._clock() - (time.time() - polled_at)

    def _is_due(self, library: str) -> bool:
        calls = self._listener.hears(library) or calls_us(self._arrivals.watched(library), time.time())
        return self._clock() - self._asked_at[library] >= (max(SELDOM_S, self._often_s) if calls else self._often_s)

    def _ask(self, library: str) -> None:
        watched = self._arrivals.watched(library)
        self._asked_at[library] = self._clock()
        if self._asker.ask(library):
            self._doubt(library, watched)

    def _doubt(self, library: str, watched: Watched) -> None:
        """Take a library that should have called us, and did not, for one that does not."""
        if self._listener.hears(library):
            self._listener.doubt(library)
        if not calls_us(watched, time.time()) or watched.polled_at is None:
            return
        if watched.heard_at is None or watched.heard_at < watched.polled_at:
            self._arrivals.installed(library, there=False)
            _log.warning(
                "new photos of %s came without a webhook, so it is asked every %g minutes: see `albumen webhook show`",
                library,
                self._often_s / 60,
            )
