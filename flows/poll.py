"""Poll: each library is asked whether something is new; where it is, a run for new photos is started."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from prefect import flow
from prefect.deployments import run_deployment

from plugins.galleries import GalleryError
from plugins.settings import load_settings
from tasks.polling import look_for_new, looked
from tasks.retrying import patient

ON_UPLOAD: Final = "ingest/on-upload"
log = logging.getLogger("albumen")


class PollFailed(Exception):
    """Some libraries could not be asked; the text says which and why. The next poll asks again."""


@flow(name="poll")
def poll() -> list[str]:
    """Ask each library of the settings whether photos are new, by one request; start `on-upload` for those that have.

    Not needed where `albumen serve` runs: its receiver asks the libraries that do not call it.
    """
    started: list[str] = []
    failed: dict[str, str] = {}
    for library in sorted(load_settings().libraries):
        try:
            if _started(library):
                started.append(library)
        except GalleryError as error:
            failed[library] = str(error)
    if failed:
        raise PollFailed("; ".join(f"{library}: {why}" for library, why in failed.items()))
    return started


def _started(library: str) -> bool:
    """Start a run for what is new in a library; where that fails, the next poll finds it again."""
    now = datetime.now(UTC)
    found = patient(look_for_new, library)(library, now)
    if found:
        run_deployment(ON_UPLOAD, parameters={"library": library}, timeout=0, as_subflow=False)
    looked(library, now)
    return found
