"""What the user has answered about tags: the other answer, answers taken back, words barred and allowed, and places."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Response

from app.answers import NotAWord, NothingWaits
from app.answers.tags import OF_TAGS, allow, bar, take_back
from app.web.site import Here, LibraryHere
from app.web.tag_views import answer_views, decided_views
from app.web.tags import Field, Text, page_of
from plugins.store import Decision
from plugins.tags.vocabulary import same_word

router = APIRouter(prefix="/libraries/{library}/tags")
ANSWERS: Final = 30
DECISIONS: Final = 60
"""Answers on one page, and decisions of one answer."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@router.get("/answers")
def answers_page(here: LibraryHere, page: int = 1) -> Response:
    """Show the answers that were given, the last first, and the words that are barred."""
    n = here.store.answers.count(here.library, OF_TAGS)
    page, of = page_of(page, n, ANSWERS)
    given = here.store.answers.page(here.library, OF_TAGS, ANSWERS, (page - 1) * ANSWERS)
    return here.page(
        "tags_answers.html",
        answers=answer_views(here, given),
        n=n,
        page=page,
        of=of,
        barred=here.store.suggestions.barred(here.library),
        to=here.url("tags/answers"),
    )


@router.get("/answer")
def answer_page(here: LibraryHere, at: Text = "", page: int = 1) -> Response:
    """Show what was decided by one answer, to say the contrary of some of it."""
    moment = _moment(at)
    given = here.store.answers.page(here.library, OF_TAGS, 1, at=moment) if moment else []
    if not given:
        raise HTTPException(404, "answer")
    page, of = page_of(page, given[0].n, DECISIONS)
    decided = here.store.answers.of_moment(here.library, OF_TAGS, given[0].at, DECISIONS, (page - 1) * DECISIONS)
    (view,) = answer_views(here, given)
    return here.page("tags_answer.html", answer=view, decided=decided_views(here, decided), page=page, of=of)


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
    last = here.store.answers.page(here.library, OF_TAGS, 1)
    return last[0].at if last else None


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
