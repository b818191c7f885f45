"""The deployments: what runs by itself and what can be started from Prefect's pages; `prefect.yaml` says the same."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeAlias

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from plugins.sections import Serve
from plugins.settings import schedule_zone

POOL: Final = "albumen"
"""The work pool of all deployments, one of processes."""
CLEANUP_CRON: Final = "30 4 * * 0"
"""Sundays, behind the nightly run."""
HELP: Final = "extract"
"""The queue of runs that help others: a service alone does not look into it, so that no machine helps itself."""
GRACE_S: Final = 120
"""How long a run that was given its turn may take to begin, before the next one gets it."""
CALLED_OFF: Final = ConcurrencyLimitStrategy.CANCEL_NEW
When: TypeAlias = Callable[[Serve], Schedule | None]
"""When a deployment runs by itself, by the settings of `[serve]`; None for never."""


def _never(serve: Serve) -> None:
    """Return that a deployment runs only when it is started."""


def _nightly(serve: Serve) -> Schedule | None:
    return Cron(serve.nightly, timezone=schedule_zone(serve), slug="nightly") if serve.nightly else None


def _weekly(serve: Serve) -> Schedule:
    return Cron(CLEANUP_CRON, timezone=schedule_zone(serve), slug="weekly")


def _polling(serve: Serve) -> Schedule | None:
    return Interval(timedelta(minutes=serve.poll_minutes), slug="poll") if serve.poll_minutes else None


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment: the flow by module and function, when it runs by itself, and what becomes of a second run.

    One run of a deployment works at a time, or as many as are said `side_by_side`; one more waits, or is called off
    where it would do the same.
    """

    name: str
    entrypoint: str
    description: str
    second: ConcurrencyLimitStrategy = ConcurrencyLimitStrategy.ENQUEUE
    side_by_side: int = 1
    when: When = _never
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ("albumen",)
    queue: str = "default"

    @property
    def flow(self) -> Flow[..., Any]:
        """Return the flow; importing it takes a moment, and torch comes only when it runs."""
        module, _, function = self.entrypoint.rpartition(".")
        found: Flow[..., Any] = getattr(importlib.import_module(module), function)
        return found

    @property
    def limit(self) -> ConcurrencyLimitConfig:
        """Return how many runs work at a time, as Prefect takes it."""
        return ConcurrencyLimitConfig(
            limit=self.side_by_side, collision_strategy=self.second, grace_period_seconds=GRACE_S
        )

    @property
    def takes_library(self) -> bool:
        """Whether a form of it asks for a library that has no default."""
        return "library" in self.flow.parameters.required


DEPLOYMENTS: Final = (
    Deployment(
        "nightly",
        "flows.nightly.nightly",
        "Curate every library in turn, as far as its setting `apply` goes.",
        second=CALLED_OFF,
        when=_nightly,
    ),
    Deployment(
        "on-upload",
        "flows.ingest.ingest",
        "Finish what is new in a library; started by a webhook, by `poll`, or by hand.",
        side_by_side=2,  # one library may be curated as a whole for hours; the uploads of another do not wait for that
    ),
    Deployment(
        "curate-now",
        "flows.curate.curate",
        "Curate one library now: plan what would change, and write as much of it as you choose.",
    ),
    Deployment(
        "extract",
        "flows.extract.extract",
        "Help another worker to extract a library; `curate` starts it where there are several workers.",
        side_by_side=64,
        queue=HELP,
    ),
    Deployment("undo", "flows.undo.undo", "Take back what one run wrote; what you have changed since stays."),
    Deployment("train", "flows.train.train", "Let what you have said in a library teach its methods."),
    Deployment("evaluate", "flows.evaluate.evaluate", "Score each method on a library's own albums, names and tags."),
    Deployment(
        "cleanup",
        "flows.cleanup.cleanup",
        "Remove what nothing needs any more: old runs and reports, pictures kept, vectors of photos that are gone.",
        second=CALLED_OFF,
        when=_weekly,
        parameters={"apply": True},
    ),
    Deployment(
        "poll",
        "flows.poll.poll",
        "Ask each library whether something is new, by one cheap request; start `on-upload` where it is.",
        second=CALLED_OFF,
        when=_polling,
    ),
)
"""All deployments, as `albumen serve` makes them and as prefect.yaml has them."""


def make_deployments(serve: Serve, library: str = "", polling: bool = True) -> None:
    """Make all deployments at Prefect's server, or bring those that are there up to date; the pool must be there.

    What the user has switched off in Prefect's pages, a deployment or when it runs, stays off.

    Args:
        serve: says when they run by themselves.
        library: what the forms suggest as the library.
        polling: whether `poll` runs by itself; not where the receiver asks the libraries in its own process.
    """
    with get_client(sync_client=True) as client:
        for deployment in DEPLOYMENTS:
            there = _there(client, deployment)
            switched_off = {schedule.slug for schedule in there.schedules if not schedule.active} if there else set()
            new = made(deployment, serve, library, active=polling or deployment.name != "poll")
            for schedule in new.schedules or ():
                schedule.active = schedule.slug not in switched_off
            new.apply(work_pool_name=POOL)
            if there is not None:
                _drop_schedules(client, there, {schedule.slug for schedule in new.schedules or ()})


def _drop_schedules(client: SyncPrefectClient, there: DeploymentResponse, wanted: Collection[str | None]) -> None:
    """Take away what an update does not: it adds schedules and changes them."""
    for schedule in there.schedules:
        if schedule.slug not in wanted:
            client.delete_deployment_schedule(there.id, schedule.id)


def _there(client: SyncPrefectClient, deployment: Deployment) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(f"{deployment.flow.name}/{deployment.name}")
    except ObjectNotFound:
        return None


def made(deployment: Deployment, serve: Serve, library: str = "", active: bool = True) -> RunnerDeployment:
    """Return a deployment as Prefect has it, not yet sent to a server."""
    schedule = deployment.when(serve) if active else None
    suggested = {"library": library} if library and deployment.takes_library else {}
    return RunnerDeployment.from_flow(
        deployment.flow,
        name=deployment.name,
        schedules=[schedule] if schedule else [],
        concurrency_limit=deployment.limit,
        parameters={**suggested, **deployment.parameters},
        description=deployment.description,
        tags=list(deployment.tags),
        work_pool_name=POOL,
        work_queue_name=deployment.queue,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def prefect_yaml(serve: Serve) -> dict[str, Any]:
    """Return what prefect.yaml says, for those who run a Prefect server of their own."""
    return {"name": "albumen", "pull": [], "deployments": [_entry(deployment, serve) for deployment in DEPLOYMENTS]}


def _entry(deployment: Deployment, serve: Serve) -> dict[str, Any]:
    schedule = deployment.when(serve)
    limit = deployment.limit.model_dump(mode="json", exclude_none=True)
    return {
        "name": deployment.name,
        "entrypoint": deployment.entrypoint,
        "description": deployment.description,
        "tags": [*deployment.tags],
        "parameters": dict(deployment.parameters),
        "schedules": [_said(schedule)] if schedule else [],
        "concurrency_limit": limit,
        "work_pool": {"name": POOL, **({"work_queue_name": HELP} if deployment.queue == HELP else {})},
    }


def _said(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as prefect.yaml writes it."""
    slug = {"slug": schedule.slug, "active": True}
    if schedule.interval is not None:
        return {"interval": int(schedule.interval.total_seconds()), **slug}
    return {"cron": schedule.cron, "timezone": schedule.timezone, **slug}
