"""Poll: each library is asked whether something is new; where it is, a run for new photos is started."""

from __future__ import annotations

from typing import Final

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.deployments import run_deployment

from plugins.galleries import GalleryError
from plugins.settings import load_settings
from tasks.polling import look_for_new
from tasks.retrying import patient

ON_UPLOAD: Final = "on-upload"
UNFINISHED: Final = (StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING)


class PollFailed(Exception):
    """Some libraries could not be asked; the text says which and why. The next poll asks again."""


@flow(name="poll")
def poll() -> list[str]:
    """Ask each library of the settings whether photos are new, by one request; start `on-upload` for those that have.

    Not needed where `albumen serve` runs: its receiver asks the libraries that do not call it.
    """
    busy, started = _with_run(), list[str]()
    failed: dict[str, str] = {}
    for library in sorted(set(load_settings().libraries) - busy):
        try:
            if patient(look_for_new, library)(library):
                run_deployment(f"ingest/{ON_UPLOAD}", parameters={"library": library}, timeout=0, as_subflow=False)
                started.append(library)
        except GalleryError as error:
            failed[library] = str(error)
    if failed:
        raise PollFailed("; ".join(f"{library}: {why}" for library, why in failed.items()))
    return started


def _with_run() -> set[str]:
    """Return the libraries for which a run is waiting or working: what is new is found by it."""
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[ON_UPLOAD])),
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(UNFINISHED)))),
        )
    return {str(run.parameters.get("library")) for run in runs}
