"""When the new photos of one library get a run: pure rules. What happened and the time go in, what to do comes out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

Seen: TypeAlias = Literal["not begun", "starting", "begun", "done", "failed", "cancelled"]
"""How a run is; one that Prefect does not know any more has failed."""
_WAITS: Final = frozenset({"not begun", "starting"})
"""What comes while a run is so is found by it."""
Verdict: TypeAlias = Literal["keep", "join", "settle", "put back"]
"""What follows for what was given to the run: nothing, more is given to it, it is in, or it waits again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long what is waited for, in seconds.

    Args:
        quiet_s: arrivals get a run so long after the last one,
        longest_s: and at most so long after the first one.
        look_s: how often Prefect is asked how a run is.
        again_s: before a run that failed is asked for again: it doubles from the first to the second.
        reach_s: the same, before Prefect's server is asked again that did not answer.
        lost_s: a run that has not ended so long after it began is taken for lost; if it was not, it runs twice, which
            changes nothing.
        stuck_s: the same for one whose process was being started and has not begun, as when its worker was killed.
    """

    quiet_s: float
    longest_s: float
    look_s: float = 10.0
    again_s: tuple[float, float] = (30.0, 3600.0)
    reach_s: tuple[float, float] = (2.0, 60.0)
    lost_s: float = 6 * 3600.0
    stuck_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Start:
    """Give all that waits to a new key; then tell `started`, or `nothing` if nothing did wait."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask Prefect for a run under this key, which gives the same run however often; then tell `answered`."""

    key: str


@dataclass(frozen=True, slots=True)
class Look:
    """Ask Prefect how this run is; then tell `saw`. With `joining`, what waits is given to it if it has not begun."""

    key: str
    run: str
    joining: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A run that was asked for: Prefect's id, empty before it answered, how it was seen to be, and since when."""

    key: str
    run: str = ""
    seen: Seen = "not begun"
    since: float = -math.inf
    look_at: float = -math.inf


@dataclass(frozen=True, slots=True)
class Span:
    """When the first and the last of some arrivals came; `again_at` is when those of a failed run are due."""

    first_at: float = math.inf
    last_at: float = -math.inf
    again_at: float = math.inf

    def __or__(self, other: Span) -> Span:
        return Span(
            min(self.first_at, other.first_at),
            max(self.last_at, other.last_at),
            min(self.again_at, other.again_at),
        )

    def __bool__(self) -> bool:
        return self != Span()

    def due_at(self, pace: Pace) -> float:
        """Return when they get a run: some time after the last, but not too long after the first."""
        quiet_at = self.last_at + pace.quiet_s if self.first_at < math.inf else math.inf
        return min(quiet_at, self.first_at + pace.longest_s, self.again_at)


class Debounce:
    """One library. All times are seconds of one clock that never goes back; the caller does what `decide` says.

    At most one run that has not begun is asked for at a time: what comes before it begins is given to it.

    Args:
        pace: how long what is waited for.
        waiting: what waited when the process started.
        running: the runs that were asked for by then, and have not ended, in the order of asking.
    """

    def __init__(self, pace: Pace, waiting: Span | None = None, running: Iterable[Running] = ()) -> None:
        self._pace = pace
        self._waiting = waiting or Span()
        self._taken = Span()
        self._running = {one.key: one for one in running}
        self._failures = self._misses = 0
        self._reach_at = self._free_at = -math.inf

    @property
    def is_idle(self) -> bool:
        """Say whether nothing waits and nothing runs."""
        return not (self._waiting or self._taken or self._running)

    def came(self, now: float) -> bool:
        """Note an arrival; return whether it is the first that waits, so that somebody must wake up for it."""
        is_first = self._waiting.first_at == math.inf
        self._waiting |= Span(now, now)
        return is_first

    def next_at(self) -> float:
        """Return when `decide` has something to say; infinite when it has not."""
        if any(not one.run for one in self._running.values()):
            return self._reach_at
        looks = (one.look_at for one in self._running.values())
        return max(self._reach_at, min(self._due_at(), *looks, math.inf))

    def _due_at(self) -> float:
        return max(self._waiting.due_at(self._pace), self._free_at)

    def decide(self, now: float) -> Start | Ask | Look | None:
        """Return what to do now, or None; after it was done and told, ask again."""
        if now < self.next_at():
            return None
        if unanswered := next((one for one in self._running.values() if not one.run), None):
            return Ask(unanswered.key)
        if now >= self._due_at():
            return self._due()
        one = next(one for one in self._running.values() if one.look_at <= now)
        return Look(one.key, one.run)

    def _due(self) -> Start | Look:
        self._taken, self._waiting = self._waiting, Span()
        newest = list(self._running.values())[-1:]
        if newest and newest[0].seen in _WAITS:
            return Look(newest[0].key, newest[0].run, joining=True)
        return Start()

    def started(self, key: str) -> None:
        """Note that what waited was given to a new key."""
        self._running[key] = Running(key)
        self._taken = Span()

    def nothing(self) -> None:
        """Note that nothing waited after all."""
        self._taken = Span()

    def busy(self, now: float) -> None:
        """Note that somebody works on the library: a run would only wait for them, so what waits does."""
        self._waiting, self._taken = self._waiting | self._taken, Span()
        self._free_at = now + self._pace.look_s

    def answered(self, key: str, run: str, now: float) -> None:
        """Note which run Prefect made for a key."""
        self._misses = 0
        self._running[key] = replace(self._running[key], run=run, look_at=now + self._pace.look_s)

    def missed(self, now: float) -> None:
        """Note that Prefect, or the disk, could not be asked: what was to be done waits a little."""
        self._waiting, self._taken = self._waiting | self._taken, Span()
        self._misses += 1
        self._reach_at = now + _doubled(self._pace.reach_s, self._misses)

    def saw(self, key: str, seen: Seen, now: float) -> Verdict:
        """Note how a run is, and return what follows for what was given to it."""
        self._misses = 0
        one = self._running[key]
        one = replace(one, seen=seen, since=one.since if seen == one.seen else now, look_at=now + self._pace.look_s)
        is_over = seen not in {*_WAITS, "begun"} or self._is_lost(one, now)
        joins = seen in _WAITS and not is_over and bool(self._taken)
        if not joins:
            self._waiting |= self._taken
        self._taken = Span()
        if is_over:
            del self._running[key]
            return self._ended(seen, now)
        self._running[key] = one
        return "join" if joins else "keep"

    def _is_lost(self, one: Running, now: float) -> bool:
        """Say whether a run has been as it is for so long that nobody works on it any more."""
        bound_s = {"starting": self._pace.stuck_s, "begun": self._pace.lost_s}.get(one.seen, math.inf)
        return now - one.since > bound_s

    def _ended(self, seen: Seen, now: float) -> Verdict:
        if seen == "done":
            self._failures = 0
            return "settle"
        self._failures += 1
        # Somebody who cancels a run does not want it right now.
        wait_s = self._pace.again_s[1] if seen == "cancelled" else _doubled(self._pace.again_s, self._failures)
        self._waiting |= Span(again_at=now + wait_s)
        return "put back"


def _doubled(bounds: tuple[float, float], times: int) -> float:
    """Return a wait that doubles from time to time, counted from 1, between bounds."""
    first, most = bounds
    return min(first * 2.0 ** min(times - 1, 30), most)
