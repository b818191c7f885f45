"""Helpers of an extraction: flow runs on other workers, which claim batches of the same library."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, StateType, WorkerStatus
from prefect.deployments import run_deployment
from prefect.exceptions import PrefectException
from prefect.states import Cancelled

from tasks.context import Opened

DEPLOYMENT: Final = "extract/extract"
"""The flow and deployment of a helper."""
BY_WORKER: Final = "PREFECT__FLOW_RUN_ID"
"""The variable that Prefect's workers give to the processes of flow runs."""
log = logging.getLogger("albumen")


def workers_wanted(here: Opened) -> int:
    """Return how many workers are to extract a library, this one among them: by the settings, or all that are there."""
    said = here.config.features.workers
    return said if isinstance(said, int) else _online()


def _online() -> int:
    """Return how many workers the pool of this run has; 1 where no worker has started it, or nobody tells."""
    run = os.environ.get(BY_WORKER)
    if not run:
        return 1
    try:
        with get_client(sync_client=True) as client:
            pool = client.read_flow_run(UUID(run)).work_pool_name
            workers = client.read_workers_for_work_pool(pool) if pool else []
    except (PrefectException, HTTPError, ValueError) as error:
        log.warning("nobody is asked to help, as Prefect's server does not tell of its workers: %s", error)
        return 1
    return max(1, sum(worker.status == WorkerStatus.ONLINE for worker in workers))


@contextmanager
def helped(library: str, n: int) -> Iterator[None]:
    """Ask for so many helpers; those that have not begun at the end of the block are called off."""
    runs = [*_started(library, n)]
    try:
        yield
    finally:
        if runs:
            _call_off(runs)


def _started(library: str, n: int) -> Iterator[FlowRun]:
    """Start helpers; where that cannot be, the run goes on without."""
    try:
        for _ in range(n):
            run = run_deployment(DEPLOYMENT, parameters={"library": library}, timeout=0, as_subflow=False)
            yield cast("FlowRun", run)
    except (PrefectException, HTTPError, ValueError) as error:
        log.warning("%s is extracted by this worker alone: %s", library, error)


def _call_off(runs: list[FlowRun]) -> None:
    """Call off those that wait; where Prefect's server is away they begin later, and find nothing to do."""
    try:
        with get_client(sync_client=True) as client:
            for run in runs:
                if client.read_flow_run(run.id).state_type == StateType.SCHEDULED:
                    client.set_flow_run_state(run.id, Cancelled(message="All is extracted."), force=True)
    except (PrefectException, HTTPError) as error:
        log.info("helpers that have not begun are not called off: %s", error)
