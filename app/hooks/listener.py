"""Listens to galleries that say by themselves when photos may have come, and asks them then: one thread a library."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Protocol, Self

import plugins
from app.hooks.asking import FAILURES, SELDOM_S, Asker, Complaints
from app.hooks.dispatcher import ENDING_S
from app.hooks.listening_notes import Heard, note, noted
from plugins.galleries import GalleryUnreachable
from plugins.galleries.http.patience import Patience
from plugins.settings import LibrarySettings, Settings
from plugins.store import StoreError

MODULE: Final = "listening"
"""A gallery that can be listened to has a module of this name with a class `Ear`."""
WAKE_S: Final = 600.0
"""So often a thread looks around even when nothing is heard: a wait without an end cannot be looked into."""
MOST_DOUBLED: Final = 10
_log = logging.getLogger("albumen.hooks")


class Ear(Protocol):
    """A connection on which a gallery says when photos may have come; a context manager that ends it."""

    product: ClassVar[str]
    """How the gallery is called in texts."""

    @classmethod
    def of(cls, library: LibrarySettings) -> Self:
        """Connect, and be let in.

        Raises:
            GalleryError, SettingsWrong: that is not possible.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def told(self, within_s: float) -> bool:
        """Wait for a word that photos may have come; return False when there was none in this time.

        Raises:
            GalleryUnreachable: the connection has ended.
        """
        ...

    def close(self) -> None:
        """End the connection, from whichever thread."""
        ...


@dataclass(frozen=True, slots=True)
class Rests:
    """How long what is waited for.

    Args:
        again: before a connection that ended is made again.
        seldom_s: before one that was refused is tried again; in seconds, as all below.
        look_s: between two questions to a gallery, and between two looks whether a run has ended that is in the way.
        lasted_s: a connection that lasted so long was a good one: the next is tried soon.
    """

    again: Patience = field(default_factory=lambda: Patience(backoff_s=2.0))
    seldom_s: float = SELDOM_S
    look_s: float = 2.0
    lasted_s: float = 60.0


class Listener:
    """Asks for photos when a gallery says that there may be some, and each time that it could not be heard before.

    What the gallery says is never believed: an echo of our own writes, or a look of the gallery that found nothing,
    costs one cheap request and starts nothing. What it said before the last run began, that run has read.

    Args:
        settings: whose libraries are listened to, as far as their galleries can be.
        asker: asks them, and notes what is found.
        rests: how long what is waited for.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        settings: Settings,
        asker: Asker,
        rests: Rests | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._asker = asker
        self._rests = rests or Rests()
        self._clock = clock
        self._changed = threading.Lock()
        self._known: dict[str, Heard] = {}
        self._doubted: set[str] = set()
        self._kinds: dict[str, type[Ear]] = {}
        self._ears: dict[str, Ear] = {}
        self._complaints = Complaints()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to listen."""
        before = noted(self._settings.data_dir)
        for library, config in self._settings.libraries.items():
            if kind := _ear_of(library, config):
                self._kinds[library] = kind
                self._know(library, heard_at=before.get(library, Heard()).heard_at)
                self._threads.append(threading.Thread(target=self._run, args=(library,), name=MODULE, daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, without waiting for a gallery that does not answer."""
        self._stopping.set()
        with self._changed:
            ears = list(self._ears.values())
        for ear in ears:
            ear.close()
        for thread in self._threads:
            thread.join(ENDING_S)

    def hears(self, library: str) -> bool:
        """Say whether a library is being listened to, and is known to say what it should."""
        with self._changed:
            return library in self._ears and library not in self._doubted

    def doubt(self, library: str) -> None:
        """Take it that a library has not said what it should, until it says something or is connected to anew."""
        with self._changed:
            self._doubted.add(library)
        _log.info("new photos of %s came without a word from its gallery", library)

    def _run(self, library: str) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = self._clock()
            wait_s = self._rests.seldom_s
            try:
                self._listen(library)
            except (GalleryUnreachable, StoreError) as error:
                failures = 0 if self._clock() - began >= self._rests.lasted_s else failures
                wait_s = self._rests.again.wait_s(min(failures, MOST_DOUBLED))
                failures += 1
                self._say(library, error)
            except FAILURES as error:
                self._say(library, error)
            except Exception:  # a fault in one gallery must not end its thread: tomorrow it may answer otherwise
                _log.exception("%s cannot be listened to", library)
            self._stopping.wait(wait_s)

    def _listen(self, library: str) -> None:
        """Listen until something ends it; whatever came while nobody listened is asked for first."""
        config = self._settings.library(library)
        with self._kinds[library].of(config) as ear:
            self._connected(library, ear)
            try:
                self._answer(library, ear)
            finally:
                self._connected(library, None)

    def _answer(self, library: str, ear: Ear) -> None:
        owed, asked_at, told_at = True, self._clock() - self._rests.look_s, time.time()
        while not self._stopping.is_set():
            is_due = owed and self._clock() - asked_at >= self._rests.look_s
            if is_due and self._asker.is_idle(library):
                owed, asked_at = False, self._clock()  # before it is asked: what is said meanwhile may be later
                self._asker.ask(library, told_at)
            if ear.told(self._rests.look_s if owed else WAKE_S):
                owed, told_at = True, time.time()
                self._told(library)

    def _connected(self, library: str, ear: Ear | None) -> None:
        with self._changed:
            self._doubted.discard(library)
            self._ears.pop(library, None)
            if ear is not None:
                self._ears[library] = ear
        if ear is not None:
            self._complaints.all_is_well(library)
        self._know(library, connected_at=None if ear is None else time.time(), why_not="")

    def _told(self, library: str) -> None:
        with self._changed:
            self._doubted.discard(library)
            heard_at = self._known[library].heard_at or 0.0
        if abs(time.time() - heard_at) >= self._rests.look_s:  # a gallery that says much must not busy the disk
            self._know(library, heard_at=time.time())

    def _say(self, library: str, error: Exception) -> None:
        if not self._stopping.is_set():
            self._know(library, why_not=str(error))
            self._complaints.say(library, f"{library} is not listened to, only asked now and then: {error}")

    def _know(self, library: str, **changes: Any) -> None:
        """Keep what is known of a library, for others to see; a full disk must not end the listening."""
        with self._changed:
            self._known[library] = replace(self._known.get(library, Heard()), **changes)
            try:
                note(self._settings.data_dir, self._known)
            except OSError as error:
                self._complaints.say("", f"what is listened to cannot be noted: {error}")


def ear_of(library: LibrarySettings) -> type[Ear] | None:
    """Return how the gallery of a library is listened to; None where it cannot be, or is not known at all."""
    try:
        module = plugins.module_of("galleries", library.gallery, MODULE)
    except plugins.UnknownPlugin:  # told by whoever asks that gallery
        return None
    ear: type[Ear] | None = getattr(module, "Ear", None)
    return ear


def _ear_of(library: str, config: LibrarySettings) -> type[Ear] | None:
    try:
        return ear_of(config)
    except Exception:  # a gallery of which a part is missing must not keep the others from being heard
        _log.exception("%s cannot be listened to", library)
        return None
