"""What Prefect's server must have before anything runs: the work pool, and an end for runs whose process is gone."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any, Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import StateType
from prefect.events import EventTrigger
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, Posture
from prefect.exceptions import ObjectAlreadyExists
from prefect.utilities.processutils import command_to_string
from prefect.workers.process import ProcessWorker

from app.serving.environment import HEARTBEAT_S

WAIT_S: Final = 200.0
"""How long Prefect's server may take until it answers."""
LOOK_S: Final = 0.2
SILENT_S: Final = 5 * HEARTBEAT_S
"""A run that has not said for so long that it lives is over."""
AUTOMATION: Final = "albumen: end runs whose process is gone"


def wait_for_server(client: SyncPrefectClient) -> None:
    """Wait until Prefect's server answers.

    Raises:
        TimeoutError: it has not answered for long.
    """
    until = time.monotonic() + WAIT_S
    while isinstance(client.api_healthcheck(), Exception):
        if time.monotonic() > until:
            raise TimeoutError(f"Prefect's server has not answered for {WAIT_S:.0f} s")
        time.sleep(LOOK_S)


def ensure_pool(client: SyncPrefectClient, name: str, folder: str) -> None:
    """Make the work pool, or bring it up to date.

    Args:
        client: of Prefect's server.
        name: of the pool.
        folder: where flow runs begin; one that is there on every machine with a worker.
    """
    template: dict[str, Any] = ProcessWorker.get_default_base_job_template()
    variables = template["variables"]["properties"]
    # Without a command Prefect begins each run by way of one more process, which may look for dependencies to install.
    variables["command"]["default"] = command_to_string([sys.executable, "-m", "prefect.engine"])
    variables["working_dir"]["default"] = folder
    try:
        client.create_work_pool(WorkPoolCreate(name=name, type="process", base_job_template=template))
    except ObjectAlreadyExists:
        client.update_work_pool(name, WorkPoolUpdate(base_job_template=template))


def ensure_automation(client: SyncPrefectClient) -> None:
    """Let Prefect's server end runs that have stopped saying that they live, as those of a machine without power."""
    trigger = EventTrigger(
        after={"prefect.flow-run.heartbeat"},
        expect={"prefect.flow-run.*"},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=SILENT_S),
    )
    action = ChangeFlowRunState(state=StateType.CRASHED, message="Its process has ended without a word.")
    wanted = AutomationCore(name=AUTOMATION, trigger=trigger, actions=[action])
    there = client.read_automations_by_name(AUTOMATION)
    if there:
        client.update_automation(there[0].id, wanted)
    else:
        client.create_automation(wanted)
    for surplus in there[1:]:
        client.delete_automation(surplus.id)
