"""Which libraries have a run for new photos already, so that nobody starts one more that finds the same."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType

ON_UPLOAD: Final = "on-upload"
"""The deployment of runs for new photos."""


def libraries_with_run(client: SyncPrefectClient, *states: StateType, by: datetime | None = None) -> set[str]:
    """Return the libraries for which a run for new photos is in one of these states.

    Args:
        client: of Prefect's server.
        states: such as SCHEDULED.
        by: only runs that are to begin until then; by default all.
    """
    begins = FlowRunFilterExpectedStartTime(before_=by) if by else None
    runs = client.read_flow_runs(
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[ON_UPLOAD])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))), expected_start_time=begins
        ),
    )
    return {str(run.parameters.get("library")) for run in runs}
