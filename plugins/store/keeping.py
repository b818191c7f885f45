"""A lease that is renewed by a thread for as long as its holder lives, also through an outage of the database."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from plugins.store.database import StoreError
from plugins.store.leases import Leases

RENEWALS: Final = 6
"""How often a lease is renewed in the time after which it would be over."""
_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""A clock that goes on while the machine sleeps, where there is one."""
_log = logging.getLogger("albumen.store")


class Kept:
    """A lease that this process holds, until somebody else has it.

    It is given back at the end of the `with` block. While the database is away nobody can take it, and if nobody has
    when the database is back, it goes on.
    """

    def __init__(self, leases: Leases, name: str, holder: str, for_s: float) -> None:
        self._leases, self.name, self.holder, self._for_s = leases, name, holder, for_s
        self._lost = False
        self._sure_until = 0.0
        self._over = threading.Event()
        self._renewing = threading.Thread(target=self._go_on, name="lease", daemon=True)

    def taken(self, facts: Mapping[str, Any] | None = None) -> bool:
        """Take the lease where it is free, and say whether it is held now."""
        asked = _now_s()
        held = self._leases.take(self.name, self.holder, self._for_s, facts)
        self._sure_until = asked + self._for_s
        return held

    def still_held(self) -> bool:
        """Say whether it is still this process's; the database is asked only where the time is over.

        Raises:
            StoreError: the database cannot be asked.
        """
        if not self._lost and _now_s() >= self._sure_until:
            self._renew()
        return not self._lost

    def __enter__(self) -> Self:
        self._renewing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._renewing.join(timeout=self._for_s / RENEWALS)  # it may wait for a database that is away
        try:
            self._leases.give_back(self.name, self.holder)
        except StoreError as away:
            _log.warning("%s is not given back, and is free in %.0f s: %s", self.name, self._for_s, away)

    def _go_on(self) -> None:
        while not self._lost and not self._over.wait(self._for_s / RENEWALS):
            try:
                self._renew()
            except StoreError as error:
                _log.debug("%s is not renewed: %s", self.name, error)

    def _renew(self) -> None:
        asked = _now_s()
        if self._leases.renew(self.name, self.holder, self._for_s):
            self._sure_until = asked + self._for_s
        elif not self._over.is_set():  # else it has been given back
            self._lost = True


def _now_s() -> float:
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
