"""The plan of the next apply: what would change, what of it the user does not want, and "apply now"."""

from __future__ import annotations

import math
import secrets
from typing import Annotated, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query
from starlette.responses import Response

from app.answers.plans import NotPlanned, allow_album, leave_out_item
from app.web.flow_runs import RunId, flow_view, start_run
from app.web.plan_views import item_views, members_of, title_of
from app.web.run_views import run_views
from app.web.site import Here, LibraryHere
from plugins.locks import LibraryBusy
from plugins.publishing.parts import PARTS, Part
from tasks.applying import CURATE, extent
from tasks.context import Opened

router = APIRouter(prefix="/libraries/{library}/plan")
ON_A_PAGE: Final[dict[Part, int]] = {"albums": 12, "people": 24, "tags": 40, "covers": 24, "notes": 40}
MEMBERS: Final = 120
LEFT_OUT: Final = 100
Page = Annotated[int, Query(ge=1, le=10_000_000)]
Run = Annotated[str, Query(pattern=r"^[0-9a-f-]{1,32}$")]
Place = Annotated[int, Query(ge=0, le=1_000_000_000)]
DEPLOYMENT: Final = "curate/curate-now"


@router.get("")
def plan_page(here: LibraryHere, part: Part | None = None, page: Page = 1, run: RunId = "") -> Response:
    """Show a part of the plan, and how the run is that was started here."""
    outline = here.store.plans.outline(here.library)
    counts = outline.counts() if outline else {}
    first: Part = next((known for known in PARTS if counts.get(known)), "albums")
    shown = part or first
    page, of = _page(page, counts.get(shown, 0), ON_A_PAGE[shown])
    items = outline.items(shown, (page - 1) * ON_A_PAGE[shown], ON_A_PAGE[shown]) if outline else []
    return here.page(
        "plan.html",
        outline=outline,
        counts=[(known, counts[known]) for known in PARTS if counts.get(known)],
        n_changes=here.store.plans.count(here.library) if outline else 0,
        part=shown,
        page=page,
        of=of,
        items=item_views(here, outline, items) if outline else [],
        last=next(iter(run_views(here, here.store.runs.list(here.library, limit=1))), None),
        by_itself=_by_itself(here),
        n_answers=_answers_not_planned(here),
        flow=flow_view(here, run),
        once=secrets.token_urlsafe(12),
    )


def _by_itself(here: Here) -> str:
    """Return how far runs go that nobody starts: an extent, or "first" where the first apply will decide it."""
    far = extent(Opened(here.site.settings, here.config, here.store))
    return "first" if here.config.apply is None and far == "plan" else far


def _answers_not_planned(here: Here) -> int:
    """Return how many answers no plan has obeyed yet: those that are newer than the last run over the whole library."""
    whole = next((run for run in here.store.runs.list(here.library) if run.kind == CURATE), None)
    return here.store.waiting.decided_since(here.library, whole.started_at) if whole else 0


def _page(page: int, n: int, each: int) -> tuple[int, int]:
    """Return the page that there is next to the one that was asked for, and how many there are."""
    of = max(1, math.ceil(n / each))
    return min(page, of), of


@router.get("/album")
def album_page(here: LibraryHere, of_run: Run, seq: Place, page: Page = 1) -> Response:
    """Show all photos that an album would get; it is named by the place of one of its changes in the run."""
    outline = here.store.plans.outline(here.library)
    item = outline.item(seq) if outline and outline.run == of_run else None
    if outline is None or item is None or item.part != "albums":
        raise HTTPException(404, "album")
    planned = here.store.plans.changes(outline, item)
    members = members_of(planned)
    page, of = _page(page, len(members), MEMBERS)
    ids = members[(page - 1) * MEMBERS : page * MEMBERS]
    photos = here.store.photos.get(here.library, ids)
    return here.page(
        "plan_album.html",
        title=title_of(here, item.key, planned),
        address=here.url(f"plan/album?of_run={of_run}&seq={seq}"),
        n=len(members),
        photos=[photos[id_] for id_ in ids if id_ in photos],
        page=page,
        of=of,
    )


@router.post("/leave-out")
def leave_out(
    here: LibraryHere,
    of_run: Annotated[str, Form(max_length=32)],
    part: Annotated[Part, Form()],
    seq: Annotated[int, Form(ge=0, le=1_000_000_000)],
    page: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """Leave one album, person or other change out of this plan and all to come."""
    to = here.url(f"plan?part={part}&page={page}")
    outline = here.store.plans.outline(here.library)
    item = outline.item(seq) if outline and outline.run == of_run else None
    if outline is None or item is None:
        return here.done(to, here.t("plan.newer"), 409)
    try:
        n = leave_out_item(here.site.settings, here.store, here.library, outline, item)
    except NotPlanned:
        return here.done(to, here.t("plan.newer"), 409)
    except LibraryBusy:
        return here.done(to, here.t("plan.busy"), 409)
    return here.done(to, here.t("plan.left_out", n=n))


@router.get("/left-out")
def left_out_page(here: LibraryHere, page: Page = 1) -> Response:
    """List the albums that are not made again, as the user left them out or deleted them."""
    _, n = here.store.ledger.deleted_albums(here.library, 0)
    page, of = _page(page, n, LEFT_OUT)
    albums, _ = here.store.ledger.deleted_albums(here.library, LEFT_OUT, (page - 1) * LEFT_OUT)
    return here.page("plan_left_out.html", albums=albums, n=n, page=page, of=of)


@router.post("/allow")
def allow(here: LibraryHere, key: Annotated[str, Form(max_length=4096)]) -> Response:
    """Let an album be made again."""
    to = here.url("plan/left-out")
    try:
        title = allow_album(here.site.settings, here.store, here.library, key)
    except NotPlanned:
        return here.done(to, here.t("plan.newer"), 409)
    except LibraryBusy:
        return here.done(to, here.t("plan.busy"), 409)
    return here.done(to, here.t("plan.allowed", title=title))


@router.post("/start")
def start(
    here: LibraryHere,
    apply: Annotated[Literal["plan", "albums", "all"], Form()],
    once: Annotated[str, Form(max_length=40)] = "",
    force: Annotated[bool, Form()] = False,
) -> Response:
    """Start a run that plans anew, and writes albums, or everything, if asked; the same form starts it once."""
    run = start_run(here, DEPLOYMENT, {"apply": apply, "force": force}, f"{once}-{apply}" if once else "")
    return here.back(here.url(f"plan?run={quote(run, safe='')}"))
