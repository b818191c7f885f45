"""The history of runs: what each wrote, its report, and taking it back."""

from __future__ import annotations

import math
import secrets
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query
from starlette.responses import Response

from app.web.flow_runs import RunId, flow_view, start_run
from app.web.run_views import run_views
from app.web.site import LibraryHere
from plugins.store.runs import UnknownRun

router = APIRouter(prefix="/libraries/{library}/runs")
ON_A_PAGE: Final = 20
DEPLOYMENT: Final = "undo/undo"
Page = Annotated[int, Query(ge=1, le=10_000_000)]


@router.get("")
def runs_page(here: LibraryHere, page: Page = 1, run: RunId = "") -> Response:
    """Show the runs, newest first, and how the undo is that was started here."""
    n = here.store.runs.count(here.library)
    of = max(1, math.ceil(n / ON_A_PAGE))
    page = min(page, of)
    runs = here.store.runs.list(here.library, ON_A_PAGE, (page - 1) * ON_A_PAGE)
    return here.page("runs.html", runs=run_views(here, runs), n=n, page=page, of=of, flow=flow_view(here, run))


@router.get("/{run}/undo")
def undo_page(here: LibraryHere, run: str) -> Response:
    """Ask whether a run shall be taken back, and for how long."""
    try:
        shown = run_views(here, [here.store.runs.get(here.library, run)])[0]
    except UnknownRun:
        raise HTTPException(404, "run") from None
    if not shown.undo:
        return here.back(here.url("runs"), here.t("runs.nothing_to_undo", run=run))
    return here.page("runs_undo.html", run=shown, once=secrets.token_urlsafe(12))


@router.post("/{run}/undo")
def undo(
    here: LibraryHere,
    run: str,
    for_good: Annotated[bool, Form()] = False,
    once: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Take a run back; `for_good` keeps later runs from making the same again."""
    try:
        known = here.store.runs.get(here.library, run)
    except UnknownRun:
        raise HTTPException(404, "run") from None
    if not run_views(here, [known])[0].undo:
        return here.back(here.url("runs"), here.t("runs.nothing_to_undo", run=run))
    started = start_run(here, DEPLOYMENT, {"run": run, "for_good": for_good}, once)
    return here.back(here.url(f"runs?run={quote(started, safe='')}"))
