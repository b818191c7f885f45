"""Polling: one cheap request that says whether a library has photos that no run has looked for yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from prefect import task

from tasks.caching import NEVER_CACHED
from tasks.context import Opened, opened

FIRST: Final = timedelta(days=1)
"""How far back the first look goes: what is older is for the nightly run."""
OVERLAP: Final = timedelta(minutes=2)
"""A server's clock and ours may differ, and a photo may come in while it is asked."""
_STEP: Final = "poll"


@task(name="look_for_new", **NEVER_CACHED)
def look_for_new(library: str, now: datetime) -> bool:
    """Say whether photos came in since the last look that `looked` has noted."""
    with opened(library) as here:
        return here.gallery.newer(_last(here, now))


def looked(library: str, now: datetime) -> None:
    """Note that what had come in until then is taken care of."""
    with opened(library) as here:
        here.store.steps.record(here.name, _STEP, "", {"at": now.astimezone(UTC).isoformat()})


def _last(here: Opened, now: datetime) -> datetime:
    noted = here.store.steps.summary(here.name, _STEP, "")
    return (datetime.fromisoformat(noted["at"]) if noted else now - FIRST) - OVERLAP
