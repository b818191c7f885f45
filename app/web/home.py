"""The first page: the libraries and what waits in each, when the next run is, and whether runs can be had at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cronsim import CronSim
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from app.prefect_api import FlowRunGone, PrefectRefused, PrefectUnreachable
from app.serving.addresses import noted
from app.serving.checking import missing
from app.serving.environment import own_auth
from app.web.run_views import RunView, run_views
from app.web.site import Here, LibraryHere, Site, Visitor
from plugins.sections import Serve
from plugins.settings import schedule_zone
from plugins.store.suggestions import SuggestionKind

router = APIRouter()
WAITING: Final[dict[str, tuple[SuggestionKind, ...]]] = {
    "tags": ("tag",),
    "people": ("merge", "person", "split", "doubt"),
    "groups": ("group",),
    "covers": ("cover",),
}
"""The parts of a library in which suggestions wait, and their kinds."""


@dataclass(frozen=True, slots=True)
class LibraryView:
    """One library: how many photos it has, what waits (part, number and URL), and its last run."""

    name: str
    url: str
    photos: int
    waiting: tuple[tuple[str, int, str], ...]
    last: RunView | None


@router.get("/")
def home(here: Visitor) -> Response:
    """List the libraries, with what waits for the user."""
    libraries = [_library(Here(here.request, name)) for name in sorted(here.site.settings.libraries)]
    return here.page(
        "home.html",
        shown=libraries,
        nightly=next_nightly(here.site.settings.serve, datetime.now().astimezone()),
        silent=silent_parts(here.site),
    )


def _library(here: Here) -> LibraryView:
    last = run_views(here, here.store.runs.list(here.library, limit=1))
    photos = here.store.photos.count(here.library)
    return LibraryView(here.library, here.url("plan"), photos, tuple(_waiting(here)), next(iter(last), None))


def _waiting(here: Here) -> Iterator[tuple[str, int, str]]:
    planned = here.store.plans.count(here.library)
    if planned:
        yield "plan", planned, here.url("plan")
    for part, kinds in WAITING.items():
        if n := sum(here.store.waiting.count(here.library, kind) for kind in kinds):
            yield part, n, here.url(part)


def next_nightly(serve: Serve, now: datetime) -> datetime | None:
    """Return when all libraries are curated next, None for never; on the clock of the settings' zone."""
    if not serve.nightly:
        return None
    return next(CronSim(serve.nightly, now.astimezone(ZoneInfo(schedule_zone(serve)))), None)


def silent_parts(site: Site) -> list[str]:
    """Return the parts of the service that do not answer: server, worker; none where all is well.

    Where the service has not noted where it is, as when only the pages run here, Prefect's server alone is asked.
    """
    there = noted(site.settings.data_dir)
    if there is not None and there.prefect:
        return missing(replace(there, review=""), own_auth(site.settings.data_dir))
    try:
        site.prefect.state(str(UUID(int=0)))
    except FlowRunGone:
        return []
    except (PrefectUnreachable, PrefectRefused):
        return ["server"]
    return []


@router.get("/favicon.ico")
def icon(here: Visitor) -> Response:
    """Lead to our icon: browsers ask for it here beside what is no page of ours, such as a picture or a report."""
    return RedirectResponse(here.site.static["albumen.svg"], 303)


@router.get("/libraries/{library}")
def library(here: LibraryHere) -> Response:
    """Lead to the plan of a library."""
    return RedirectResponse(here.url("plan"), 303)
