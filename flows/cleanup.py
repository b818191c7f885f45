"""Cleanup: what nothing needs any more is counted, and removed if asked."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows.nightly import ALL, named
from plugins.settings import load_settings
from tasks.cleanup import (
    GRACE_DAYS,
    KEPT_DAYS,
    KEPT_RUNS,
    Bounds,
    libraries_known,
    remove_old_runs,
    remove_unused_files,
    remove_vanished,
    summed,
)


@flow(name="cleanup", flow_run_name="cleanup-of-{library}")
def cleanup(
    library: str = ALL,
    apply: bool = False,
    keep_runs: Annotated[int, Field(ge=1, le=10_000)] = KEPT_RUNS,
    keep_days: Annotated[int, Field(ge=1, le=3650)] = KEPT_DAYS,
    grace_days: Annotated[int, Field(ge=1, le=3650)] = GRACE_DAYS,
) -> dict[str, Any]:
    """Remove what nothing needs any more; photos, albums, names and all that you have decided stay in any case.

    Args:
        library: `all`, or the name of one library: then only its runs and reports, as the rest serves all libraries.
        apply: Off: a dry run, which counts things and bytes and removes nothing. On: they are removed, for good.
        keep_runs: So many of the newest runs of each library stay, however old; from 1 to 10,000. A run that is
            removed can no longer be undone. What `albumen undo LIBRARY last` would take back always stays.
        keep_days: Runs, reports and receipts of so many days stay; from 1 to 3650.
        grace_days: The vectors of a picture stay for so many days after it is in no library any more, so that one
            that comes back costs nothing; from 1 to 3650. They are counted from the first cleanup that misses it.
    """
    settings, bounds = load_settings(), Bounds(keep_runs, keep_days, grace_days)
    names = libraries_known(settings) if library == ALL else named(settings, library)
    found: dict[str, Any] = {"runs": summed(remove_old_runs(name, bounds, apply) for name in names)}
    if library == ALL:
        found |= {"vectors": remove_vanished(bounds, apply), "files": remove_unused_files(bounds, apply)}
    return {"removed": apply, "libraries": names, **found, "bytes": sum(part["bytes"] for part in found.values())}
