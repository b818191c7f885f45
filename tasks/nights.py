"""The nights of a library: when a nightly run last ended well, so that one that never does is noticed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from cronsim import CronSim

from plugins.settings import Settings
from plugins.store import Store

LATE: Final = timedelta(days=2)
"""So long without a nightly run that ended well is worth a word."""
_STEP: Final = "nightly"
_SINCE: Final = "since"


def night_begins(store: Store, library: str, now: datetime) -> None:
    """Note that a nightly run was begun; only the first one counts, and the first after each that ended well."""
    if waiting_since(store, library) is None:
        store.steps.record(library, _STEP, "", {_SINCE: now.isoformat()})


def night_went_well(store: Store, library: str, now: datetime) -> None:
    """Note that a nightly run ended well."""
    store.steps.record(library, _STEP, "", {_SINCE: now.isoformat()})


def waiting_since(store: Store, library: str) -> datetime | None:
    """Return when the last nightly run ended well, or when the first one began; None where there was none."""
    known = store.steps.summary(library, _STEP, "")
    return datetime.fromisoformat(known[_SINCE]) if known else None


def missed_nights(settings: Settings, store: Store, library: str, now: datetime | None = None) -> str:
    """Return a sentence where no nightly run of a library has ended well for two days and two nights, else nothing.

    Nothing is missed where none was ever begun, or where the settings want none.
    """
    since, now = waiting_since(store, library), now or datetime.now(UTC)
    if not settings.serve.nightly or since is None or now - since < LATE:
        return ""
    nights = list(islice(CronSim(settings.serve.nightly, since), 2))  # days apart, so no matter by which zone's clock
    if len(nights) < 2 or now < nights[1]:
        return ""
    return (
        f"No nightly run of {library} has ended well since {since:%Y-%m-%d %H:%M} UTC: see whether `albumen serve` "
        "runs, and what Prefect's pages say of its last runs"
    )
