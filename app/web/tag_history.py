"""What the user has answered about tags: the other answer, answers taken back, words barred and allowed, and places."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response

from app.answers import NotAWord, NothingWaits
from app.answers.tags import OF_TAGS, allow, bar, take_back
from app.web.site import Here, LibraryHere
from app.web.tag_views import decided_views
from app.web.tags import Field
from plugins.store import Decision
from plugins.tags.vocabulary import same_word

router = APIRouter(prefix="/libraries/{library}/tags")
ANSWERS: Final = 50
"""Answers on one page."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@router.get("/answers")
def answers_page(here: LibraryHere, page: int = 1) -> Response:
    """Show what was answered, the last first, and the words that are barred."""
    page = min(max(1, page), 1_000_000)
    decided, n = here.store.waiting.decided(here.library, OF_TAGS, ANSWERS, (page - 1) * ANSWERS)
    return here.page(
        "tags_answers.html",
        decided=decided_views(here, decided),
        n=n,
        page=page,
        of=max(1, math.ceil(n / ANSWERS)),
        barred=here.store.suggestions.barred(here.library),
        to=here.url("tags/answers"),
    )


@router.post("/take-back")
def take_answer_back(here: LibraryHere, at: Annotated[str, Form(max_length=40)] = "", to: Field = "") -> Response:
    """Take back the answer of a moment, or the last one: what was asked waits again."""
    moment = _moment(at) if at else _last(here)
    taken = take_back(here.store, here.library, moment) if moment else []
    return here.back(to or here.url("tags"), _said(here, taken))


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None and at > _EPOCH else None


def _last(here: Here) -> datetime | None:
    decided, _ = here.store.waiting.decided(here.library, OF_TAGS, 1)
    return decided[0].decided_at if decided else None


def _said(here: Here, taken: list[Decision]) -> str:
    if not taken:
        return here.t("tags.said.nothing_back")
    if len({same_word(decision.value) for decision in taken}) > 1:
        return here.t("tags.said.all_back", n=len(taken))
    return here.t("tags.said.back", word=taken[0].value, n=len(taken))


@router.post("/bar")
def bar_word(here: LibraryHere, word: Field, to: Field = "") -> Response:
    """Bar a word: it is never suggested again."""
    try:
        made = bar(here.store, here.library, word)
    except NotAWord as error:
        return here.back(to or here.url("tags"), here.t("tags.not_a_word", reason=error.reason))
    text = here.t("tags.said.barred", word=made.word, n=made.withdrawn)
    return here.back(to or here.url("tags"), text)


@router.post("/allow")
def allow_word(here: LibraryHere, word: Field, to: Field = "") -> Response:
    """Take back that a word is barred."""
    try:
        allow(here.store, here.library, word)
    except NothingWaits:
        return here.back(to or here.url("tags"), here.t("tags.gone"))
    return here.back(to or here.url("tags"), here.t("tags.said.allowed", word=word))
