"""Suggestions about people on the review page: faces side by side, yes or no, and answers taken back."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form
from starlette.responses import Response

from app.answers import CannotBe, NeedsWord, NothingWaits
from app.answers.people import crowd_of, decide, merge
from app.web.people import Field, Text, cannot, told
from app.web.people_views import KINDS, asked_views, decided_views, said_text
from app.web.site import Here, LibraryHere
from plugins.store import Decision
from plugins.store.suggestions import SuggestionKind, Verdict
from plugins.store.waiting import place_of

router = APIRouter(prefix="/libraries/{library}/people")
ASKED: Final = 20
"""Suggestions on one page: each has up to 16 faces."""
ANSWERS: Final = 50
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Kind = Literal["merge", "person", "split", "doubt"]


@router.get("/asked")
def asked_page(here: LibraryHere, kind: Kind | None = None, after: Text = "") -> Response:
    """Show the suggestions of a kind, the surest first; without a kind the first of which any wait."""
    waiting = {one: here.store.waiting.count(here.library, one) for one in KINDS}
    first = next((one for one, n in waiting.items() if n), KINDS[0])
    shown: SuggestionKind = first if kind is None else kind
    found = here.store.waiting.of_kind(here.library, shown, ASKED + 1, after)
    asked, is_more = found[:ASKED], len(found) > ASKED
    address = here.url(f"people/asked?kind={shown}")
    return here.page(
        "people_asked.html",
        asked=asked_views(here, crowd_of(here.store, here.library), asked),
        waiting=waiting,
        kind=shown,
        following=f"{address}&after={place_of(asked[-1])}" if is_more else "",
        first=address if after else "",
        to=address,
    )


@router.post("/answer")
def answer(here: LibraryHere, key: Field, verdict: Annotated[Verdict, Form()], to: Field = "") -> Response:
    """Keep the answer to one suggestion."""
    back = to or here.url("people/asked")
    try:
        made = decide(here.store, here.library, key, verdict)
    except (NothingWaits, NeedsWord):
        return here.done(back, here.t("people.gone"))
    crowd = crowd_of(here.store, here.library)
    text = here.t(f"people.said.{verdict}", text=said_text(here.t, made, crowd.names))
    if not here.inplace:
        return here.back(back, text)
    (shown,) = decided_views(here, crowd, [made])
    return told(here.page("people_answered.html", one=shown, to=back), text)


@router.post("/apart")
def keep_apart(here: LibraryHere, one: Field, other: Field, to: Field = "") -> Response:
    """Keep that two people are two."""
    try:
        merge(crowd_of(here.store, here.library), one, other, "rejected")
    except CannotBe as error:
        return cannot(here, error, to)
    return here.back(to or here.url("people"), here.t("people.apart"))


@router.get("/answers")
def answers_page(here: LibraryHere, page: int = 1) -> Response:
    """Show what the user has said of people, the last first."""
    page = min(max(1, page), 1_000_000)
    decided, n = here.store.waiting.decided(here.library, KINDS, ANSWERS, (page - 1) * ANSWERS)
    crowd = crowd_of(here.store, here.library)
    of = max(1, math.ceil(n / ANSWERS))
    answers = list({made.decided_at: made for made in sorted(decided, key=_rank)}.values())
    return here.page("people_answers.html", decided=decided_views(here, crowd, answers), n=n, page=page, of=of)


def _rank(made: Decision) -> tuple[float, bool]:
    """Return what sorts answers, the last first, and of those of one moment the one that says it best last."""
    return -made.decided_at.timestamp(), made.kind != "person"


@router.post("/take-back")
def take_back(here: LibraryHere, at: Annotated[str, Form(max_length=40)] = "", to: Field = "") -> Response:
    """Take back the answer of a moment, or the last one: what was asked waits again, what was not is forgotten."""
    moment = _moment(at) if at else _last(here)
    taken = here.store.suggestions.take_back(here.library, moment, KINDS) if moment else []
    text = here.t("people.taken_back" if taken else "people.nothing_back", n=len(taken))
    return here.back(to or here.url("people"), text)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None and at > _EPOCH else None


def _last(here: Here) -> datetime | None:
    decided, _ = here.store.waiting.decided(here.library, KINDS, 1)
    return decided[0].decided_at if decided else None
