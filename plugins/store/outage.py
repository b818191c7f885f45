"""A database server that is away for a while: runs wait for it, everything else says so at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

OUTAGE_S: Final = 300.0
"""How long a run waits for a database server that is away: a restart, an update, a cable."""
LOOK_S: Final = 1.0
"""Between two attempts to reach it."""
_log = logging.getLogger("albumen.store")


class _Patience:
    """How many runs of this process wait for a server that is away, and whether the log says that one is."""

    def __init__(self) -> None:
        self.runs = 0
        self.told = False
        self.lock = threading.Lock()

    def count(self, more: int) -> None:
        with self.lock:
            self.runs += more

    def tell(self, away: bool, text: str, *said: object) -> None:
        """Say it in the log, once for all threads."""
        with self.lock:
            if self.told != away:
                self.told = away
                _log.warning(text, *said)


_patience = _Patience()


@contextmanager
def outlasting() -> Iterator[None]:
    """Wait inside the block, in every thread of this process, for a database server that is away."""
    _patience.count(1)
    try:
        yield
    finally:
        _patience.count(-1)


def connected(engine: sa.Engine, where: str) -> sa.Connection:
    """Connect; inside `outlasting` as soon as the server is there again.

    Raises:
        DBAPIError: it cannot be reached; inside `outlasting` not for `OUTAGE_S` seconds.
    """
    began = time.monotonic()
    while True:
        try:
            found = engine.connect()
        except OperationalError as error:
            away_s = time.monotonic() - began
            if not _patience.runs or engine.dialect.name == "sqlite" or away_s > OUTAGE_S:
                raise
            _patience.tell(True, "%s does not answer: waiting up to %.0f s (%s)", where, OUTAGE_S, error.orig)
            time.sleep(LOOK_S)
        else:
            if _patience.told:
                _patience.tell(False, "%s answers again after %.0f s", where, time.monotonic() - began)
            return found
