"""Poll: each library is asked whether something is new; where it is, a run for new photos is started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.deployments import run_deployment

from flows.waiting import ON_UPLOAD, libraries_with_run
from plugins.galleries import GalleryError
from plugins.settings import Settings, load_settings
from plugins.turns import library_at_work
from tasks.polling import look_for_new
from tasks.retrying import patient

SOON: Final = timedelta(minutes=1)
"""A run that waits for its turn is put off by half a minute each time."""


class PollFailed(Exception):
    """Some libraries could not be asked; the text says which and why. The next poll asks again."""


@flow(name="poll")
def poll() -> list[str]:
    """Ask each library of the settings whether photos are new, by one request; start `on-upload` for those that have.

    Not needed where `albumen serve` runs: its receiver asks the libraries that do not call it.
    """
    settings, started = load_settings(), list[str]()
    failed: dict[str, str] = {}
    for library in sorted(set(settings.libraries) - _busy(settings)):
        try:
            if patient(look_for_new, library)(library):
                run_deployment(f"ingest/{ON_UPLOAD}", parameters={"library": library}, timeout=0, as_subflow=False)
                started.append(library)
        except GalleryError as error:
            failed[library] = str(error)
    if failed:
        raise PollFailed("; ".join(f"{library}: {why}" for library, why in failed.items()))
    return started


def _busy(settings: Settings) -> set[str]:
    """Return the libraries for which a run is about to begin, or somebody is at work: what is new is found after that.

    A run that is scheduled for later, for photos that were not ready, keeps nobody from finding others.
    """
    with get_client(sync_client=True) as client:
        soon = datetime.now(UTC) + SOON
        with_run = libraries_with_run(client, StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, by=soon)
    return with_run | {name for name in settings.libraries if library_at_work(settings, name)}
