"""Whose turn it is with a library: a file says it beside SQLite, a lease in the database where machines share one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from plugins.locks import LibraryBusy, library_busy, library_lock, said_of, this_process
from plugins.store import open_store
from plugins.store.keeping import Kept

if TYPE_CHECKING:
    from plugins.settings import Settings

TURN_S: Final = 180.0
"""How long a library stays locked after its holder has died, and a database may be away without its lock being lost."""
_turns: Final[dict[str, Turn]] = {}
"""The libraries that this process holds by a lease."""


@dataclass
class Turn:
    """The hold on a library; with a lease it can be lost, as when the machine was cut off for long."""

    library: str
    kept: Kept | None = None

    def check(self) -> None:
        """Complain if the library is not held any more.

        Raises:
            LibraryBusy: somebody else has it by now.
            StoreError: the database cannot be asked, where that is needed.
        """
        if self.kept is not None and not self.kept.still_held():
            raise LibraryBusy(
                f"library {self.library!r} was taken over by another run, as this one was cut off from the database "
                f"for more than {TURN_S:.0f} s: nothing is half-written, run it again"
            )


@contextmanager
def library_turn(settings: Settings, library: str) -> Iterator[Turn]:
    """Hold a library, without waiting for it: no other run of any machine works on it meanwhile.

    Raises:
        LibraryBusy: somebody else holds it; the text says who and since when.
        LockUnusable: the data folder cannot be written.
        StoreUnusable, StoreBusy: the database cannot be used.
    """
    if not on_server(settings):
        with library_lock(settings.data_dir, library):
            yield Turn(library)
        return
    with open_store(settings) as store:
        kept = Kept(store.leases, _name(library), whoever(), TURN_S)
        if not kept.taken(this_process()):
            lease = store.leases.held(kept.name)
            who = said_of(lease.facts) if lease else "another process that has just ended; try again"
            raise LibraryBusy(f"library {library!r} is being worked on by {who}")
        with kept:
            _turns[library] = Turn(library, kept)
            try:
                yield _turns[library]
            finally:
                del _turns[library]


def check_turn(library: str) -> None:
    """Complain if this process holds a library no more; one that it holds by a file, or not at all, is not looked at.

    Raises:
        LibraryBusy: somebody else has it by now.
        StoreError: the database cannot be asked, where that is needed.
    """
    if (turn := _turns.get(library)) is not None:
        turn.check()


def library_at_work(settings: Settings, library: str) -> bool:
    """Say whether somebody works on a library now, on whatever machine."""
    if not on_server(settings):
        return library_busy(settings.data_dir, library)
    with open_store(settings) as store:
        return store.leases.held(_name(library)) is not None


def on_server(settings: Settings) -> bool:
    """Say whether the state is in a database server, which several machines may share."""
    return not isinstance(settings.database, Path) and not settings.database.startswith("sqlite")


def whoever() -> str:
    """Return a name for a holder that nobody else has, on no machine."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def _name(library: str) -> str:
    return f"library/{library}"
