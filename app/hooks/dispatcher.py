"""Turns arrivals into flow runs: one thread that does what the rules say, with the spool and with Prefect's server."""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Final

from app.hooks.debounce import Ask, Debounce, Look, Pace, Running, Seen, Span, Start
from app.prefect_api import FlowRunGone, FlowState, PrefectApi, PrefectRefused, PrefectUnreachable
from plugins.store.arrivals import Arrivals
from plugins.store.database import StoreError

DEPLOYMENT: Final = "ingest/on-upload"
LONGEST_WAIT_S: Final = 60.0
"""So often the thread looks around even when nothing is due: a wait without an end cannot be looked into."""
ENDING_S: Final = 2.0
"""How long a request to Prefect's server may take at the end."""
_NOT_BEGUN: Final = frozenset({"Scheduled", "Late", "AwaitingConcurrencySlot"})
_STARTING: Final = frozenset({"Pending", "Submitting", "InfrastructurePending"})
"""Prefect's names of states before a run's first line; AwaitingRetry is none, as its steps may be done already."""
_log = logging.getLogger("albumen.hooks")


class Dispatcher:
    """Keeps arrivals, and asks Prefect for runs of the libraries until every arrival was in one that ended well.

    What waited when an earlier process ended is taken up again. `start` before use, `stop` at the end.

    Args:
        arrivals: the spool; stays the caller's to close.
        prefect: its server, which need not be there.
        libraries: whose arrivals are seen to.
        pace: how long what is waited for.
        busy: whether somebody works on a library, so that a run for it would only wait, and hold a worker meanwhile.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        prefect: PrefectApi,
        libraries: Iterable[str],
        pace: Pace,
        busy: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._arrivals = arrivals
        self._prefect = prefect
        self._pace = pace
        self._busy = busy
        self._clock = clock
        self._changed = threading.Condition()
        self._stopping = False
        self._stale: set[str] = set()
        self._said: dict[str, str] = {}
        self._rules = {library: self._restored(library) for library in libraries}
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin; after the spool was lost, let every library be looked at."""
        if self._arrivals.lost:
            for library in self._rules:
                self.note(library)
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for a server that does not answer: what is half done is done by the next process."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(ENDING_S)

    @property
    def alive(self) -> bool:
        """Say whether arrivals are still seen to."""
        return self._thread.is_alive()

    def note(self, library: str, photos: Sequence[str] = (), *, heard: bool = False) -> Future[None]:
        """Keep arrivals, see `Arrivals.note`; the future is done when they are on disk."""
        future = self._arrivals.note(library, photos, heard=heard)
        # Not by whoever waits for the future: a caller who hangs up must not leave an arrival that nobody knows of.
        future.add_done_callback(lambda done: None if done.exception() else self._came(library))
        return future

    def is_idle(self, library: str) -> bool:
        """Say whether nothing of a library waits, and no run of it was asked for that has not ended."""
        with self._changed:
            return self._rules[library].is_idle

    def _came(self, library: str) -> None:
        with self._changed:
            if self._rules[library].came(self._clock()):
                self._changed.notify()

    def _restored(self, library: str) -> Debounce:
        """Return the rules with what the spool knows: by wall time, as no other clock outlives a process."""
        now, wall = self._clock(), time.time()
        waits = self._arrivals.waiting(library)
        waiting = Span(now - max(0, wall - waits.first_at), now - max(0, wall - waits.last_at)) if waits else None
        running = [Running(asked.key, asked.run) for asked in self._arrivals.asked(library)]
        return Debounce(self._pace, waiting, running)

    def _run(self) -> None:
        while self._sleep():
            for library in self._rules:
                self._see_to(library)

    def _sleep(self) -> bool:
        """Wait until something is to be done; return False at the end."""
        with self._changed:
            while not self._stopping:
                wait_s = min((rules.next_at() for rules in self._rules.values()), default=math.inf) - self._clock()
                if wait_s <= 0:
                    return True
                self._changed.wait(min(wait_s, self._pace.reach_s[0] if self._stale else LONGEST_WAIT_S))
                if self._stale:
                    return not self._stopping
            return False

    def _see_to(self, library: str) -> None:
        """Do one thing for a library, if there is something to do."""
        try:
            if library in self._stale:
                self._reread(library)
            with self._changed:
                decision = self._rules[library].decide(self._clock())
            match decision:
                case Start():
                    self._begin(library)
                case Ask():
                    self._ask(library, decision.key)
                case Look():
                    self._look(library, decision)
            if decision:
                self._said.pop(library, None)
        except (PrefectUnreachable, PrefectRefused) as error:
            self._wait_a_little(library, error)
        except Exception as error:  # a full disk, or a fault of ours: the thread must live, and the disk knows all
            self._stale.add(library)
            self._wait_a_little(library, error)

    def _wait_a_little(self, library: str, error: Exception) -> None:
        with self._changed:
            self._rules[library].missed(self._clock())
            stopping = self._stopping
        if self._said.get(library) != str(error) and not stopping:  # once, not every minute
            self._said[library] = str(error)
            expected = isinstance(error, PrefectUnreachable | PrefectRefused | StoreError)
            _log.warning("new photos of %s wait: %s", library, error, exc_info=None if expected else error)

    def _reread(self, library: str) -> None:
        """Take up what the disk knows, after it could not be told what was to be done."""
        fresh = self._restored(library)
        with self._changed:
            self._rules[library] = fresh
        self._stale.discard(library)

    def _begin(self, library: str) -> None:
        if self._busy(library):
            with self._changed:
                self._rules[library].busy(self._clock())
            return
        key = uuid.uuid4().hex
        taken = self._arrivals.ask(key, library)
        with self._changed:
            if taken:
                self._rules[library].started(key)
            else:
                self._rules[library].nothing()

    def _ask(self, library: str, key: str) -> None:
        run = self._prefect.start(DEPLOYMENT, {"library": library}, idempotency_key=key)
        self._arrivals.answered(key, run)
        with self._changed:
            self._rules[library].answered(key, run, self._clock())
        _log.info("new photos of %s: %s", library, self._prefect.page(run))

    def _look(self, library: str, look: Look) -> None:
        mark = self._arrivals.mark()  # before Prefect is asked: what comes later may come after the run began
        seen = self._seen(look.run)
        with self._changed:
            verdict = self._rules[library].saw(look.key, seen, self._clock())
        match verdict:
            case "join":
                self._arrivals.join(look.key, library, mark)
            case "settle":
                self._arrivals.settle(look.key)
            case "put back":
                photos = self._arrivals.put_back(look.key)
                _log.warning("the run for new photos of %s has %s: %s wait again", library, seen, photos)

    def _seen(self, run: str) -> Seen:
        try:
            return seen_as(self._prefect.state(run))
        except FlowRunGone:
            return "failed"


def seen_as(state: FlowState) -> Seen:
    """Return what a state of Prefect's means here; one that we do not know counts as begun, which is the safe side."""
    if state.done:
        return "done"
    if state.over:
        return "cancelled" if state.kind == "CANCELLED" else "failed"
    if state.name in _STARTING:
        return "starting"
    return "not begun" if state.name in _NOT_BEGUN else "begun"
