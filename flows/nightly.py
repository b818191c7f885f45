"""Nightly: every library in turn, each as far as its settings let it go; one that fails stops no other."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, Final

from prefect import flow

from flows.curate import curate
from plugins.settings import Settings, load_settings
from plugins.store import open_store
from tasks.nights import night_begins, night_went_well

ALL: Final = "all"
"""Stands for every library of the settings."""
log = logging.getLogger("albumen")


class NightFailed(Exception):
    """Some libraries could not be curated; the text says which and why, the others were."""


@flow(name="nightly", flow_run_name="nightly-of-{library}")
def nightly(library: str = ALL) -> dict[str, Any]:
    """Curate the libraries of the settings, one after the other; each writes as far as its setting `apply` says.

    Args:
        library: Which one: `all`, or the name of one in albumen.toml. A library that another run works on is waited
            for, half an hour at most.
    """
    settings = load_settings()
    summaries: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for name in named(settings, library):
        try:
            summaries[name] = _night(settings, name)
        except Exception as error:  # whatever it is, the other libraries have their night
            log.error("%s is not curated tonight: %s", name, error)
            failed[name] = f"{type(error).__name__}: {error}"
    if failed:
        told = "; ".join(f"{name}: {why}" for name, why in failed.items())
        raise NightFailed(f"{len(failed)} of {len(failed) + len(summaries)} libraries failed: {told}")
    return summaries


def named(settings: Settings, library: str) -> list[str]:
    """Return the libraries that a word names: all of the settings, or one.

    Raises:
        UnknownLibrary: there is none of this name.
    """
    return sorted(settings.libraries) if library == ALL else [settings.library(library).name]


def _night(settings: Settings, library: str) -> dict[str, Any]:
    with open_store(settings) as store:
        night_begins(store, library, datetime.now(UTC))
    summary = curate(library, apply="settings")
    with open_store(settings) as store:
        night_went_well(store, library, datetime.now(UTC))
    return {"run": summary["run"], "report": summary["report"]}
