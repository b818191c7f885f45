"""Runs that were started from a page: how they are, told until they end."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.prefect_api import FlowRunGone, FlowState, PrefectRefused, PrefectUnreachable
from app.web.run_views import said_of_error
from app.web.site import Here, LibraryHere
from plugins.turns import library_at_work

router = APIRouter(prefix="/libraries/{library}/flow")
log = logging.getLogger("albumen")
KNOWN: Final = frozenset(
    {"SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING", "COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
)
RunId = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class FlowView:
    """How a run is: one of `KNOWN`, away (Prefect does not answer), gone, or other and other_over: not started here.

    `renew` is where that is told anew.
    """

    kind: str
    over: bool
    message: str
    renew: str
    page: str


def flow_view(here: Here, run: str) -> FlowView | None:
    """Return how a run is that a page has started, else the one that is at work on the library; None without one."""
    if not run:
        return FlowView("other", False, "", here.url("flow"), "") if is_at_work(here) else None
    renew = here.url(f"flow?run={quote(run, safe='')}")
    try:
        state, page = here.site.prefect.state(run), here.site.prefect.page(run)
    except PrefectUnreachable:
        return FlowView("away", False, "", renew, "")
    except FlowRunGone:
        return FlowView("gone", True, "", renew, "")
    except PrefectRefused as error:
        log.error("Prefect does not tell of a run: %s", error)
        return FlowView("gone", True, "", renew, "")
    kind = state.kind if state.kind in KNOWN else "RUNNING"
    return FlowView(kind, state.over, why_it_ended(state), renew, page if _is_near(here) else "")


def why_it_ended(state: FlowState) -> str:
    """Return why a run did not end well, in the words of our own error; empty while it works, and where all is well."""
    if not state.over or state.done:
        return ""
    return said_of_error(state.message)


def is_at_work(here: Here) -> bool:
    """Say whether a run is at work on the library, whoever started it."""
    last = next(iter(here.store.runs.list(here.library, limit=1)), None)
    if last is None or last.status != "running":
        return False
    return library_at_work(here.site.settings, here.library)


def _is_near(here: Here) -> bool:
    """Say whether the browser is on this machine: elsewhere a link to Prefect's pages leads nowhere."""
    return here.request.url.hostname in {"localhost", "127.0.0.1", "::1"}


@router.get("")
def flow_state(here: LibraryHere, run: RunId = "") -> Response:
    """Tell how a run is, for a page that shows it already."""
    return here.page("_flow.html", flow=flow_view(here, run) or FlowView("other_over", True, "", "", ""))


def start_run(here: Here, deployment: str, parameters: dict[str, object], once: str) -> str:
    """Start a run for this library, and return its id; forms with the same `once` start one only.

    Raises:
        PrefectUnreachable, PrefectRefused: it was not started.
    """
    key = f"review-{here.library}-{deployment}-{once}" if once else ""
    return here.site.prefect.start(deployment, {"library": here.library, **parameters}, key)
