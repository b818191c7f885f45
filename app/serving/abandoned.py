"""Flow runs that were cut: nobody works on them any more, and they are told so to Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType, WorkerStatus
from prefect.states import Cancelled, Crashed

from app.serving.checking import POOL
from plugins.settings import SettingsWrong, UnknownLibrary
from plugins.turns import library_at_work

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

    from plugins.settings import Settings

CUT: Final = "Albumen was stopped while it ran; nothing is half-written, and the next run continues from here."
_AT_WORK: Final = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


def end_abandoned(client: SyncPrefectClient, settings: Settings, worker: str) -> Iterator[str]:
    """End the flow runs that nobody works on, and yield a line on each.

    It is for a worker that begins: it has no run yet. While another worker is there, its runs cannot be told from
    ours, and Prefect's server ends ours itself once they are silent. A run whose library is locked is alive.
    """
    others = client.read_workers_for_work_pool(POOL)
    if any(other.name != worker and other.status == WorkerStatus.ONLINE for other in others):
        return
    at_work = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_AT_WORK)))
    for run in client.read_flow_runs(flow_run_filter=at_work):
        if not _alive(run, settings):
            cancelled = run.state_type == StateType.CANCELLING  # somebody had asked for that
            client.set_flow_run_state(run.id, (Cancelled if cancelled else Crashed)(message=CUT), force=True)
            yield f"flow run {run.name!r} was cut and is marked as {'cancelled' if cancelled else 'crashed'}"


def _alive(run: FlowRun, settings: Settings) -> bool:
    """Say whether somebody holds a library that the run works on; any of them where it names none."""
    named = run.parameters.get("library", "all")
    return any(_locked(settings, name) for name in (settings.libraries if named == "all" else [str(named)]))


def _locked(settings: Settings, library: str) -> bool:
    try:
        return library_at_work(settings, settings.library(library).name)
    except (UnknownLibrary, SettingsWrong):
        return False
