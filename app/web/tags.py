"""Tag suggestions on the review page: word by word and photo by photo, answered one at a time or all at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query, Response

from app.answers import NothingWaits
from app.answers.tags import Answer, answer_photo, answer_tags, answer_word, word_among
from app.web.site import Here, LibraryHere
from app.web.tag_views import asked_views, decided_views, photo_address, word_address, word_views
from plugins.pages.wording import clean
from plugins.store import CountedWord, Suggestion
from plugins.store.suggestions import Verdict
from plugins.store.waiting import place_of
from plugins.tags.vocabulary import same_word

router = APIRouter(prefix="/libraries/{library}/tags")
WORDS: Final = 24
PHOTOS: Final = 24
"""Words, and photos of a word, on one page."""
SURE: Final = 50
"""From which score on, in per cent, all of a word are accepted at once if nothing else is said."""
Text = Annotated[str, Query(max_length=4096)]
Field = Annotated[str, Form(max_length=4096)]


@router.get("")
def tags_page(here: LibraryHere, word: Text = "", after: Text = "", page: int = 1) -> Response:
    """Show the words that are suggested, or the photos for which one is."""
    words = here.store.waiting.words(here.library, here.store.suggestions.never_tags(here.library))
    if not word:
        return _words_page(here, words, page)
    return _word_page(here, word_among(words, word), word, after)


def _words_page(here: Here, words: Sequence[CountedWord], page: int) -> Response:
    page, of = page_of(page, len(words), WORDS)
    return here.page(
        "tags.html",
        words=word_views(here, words[(page - 1) * WORDS : page * WORDS]),
        n_words=len(words),
        n=sum(word.n for word in words),
        page=page,
        of=of,
        sure=SURE,
    )


def page_of(page: int, n: int, each: int) -> tuple[int, int]:
    """Return the page that there is next to the one that was asked for, and how many there are."""
    of = max(1, math.ceil(n / each))
    return min(max(1, page), of), of


def _word_page(here: Here, word: CountedWord | None, asked: str, after: str) -> Response:
    waiting = here.store.waiting.of_word(here.library, word, PHOTOS + 1, after) if word else []
    shown, is_more = waiting[:PHOTOS], len(waiting) > PHOTOS
    return here.page(
        "tags_word.html",
        tag=word.tag if word else asked,
        n=word.n if word else 0,
        asked=asked_views(here, shown),
        following=word_address(here, asked, place_of(shown[-1])) if is_more else "",
        first=word_address(here, asked) if after and word else "",
        to=word_address(here, asked, after),
        sure=SURE,
    )


@router.get("/photo")
def photo_page(here: LibraryHere, content: Text = "") -> Response:
    """Show what is suggested for a photo, and what was answered for it; without one, for the first that there is."""
    content = content or _next_photo(here, "")
    photo = here.store.photos.showing(here.library, content)
    waiting = _of_photo(here, content)
    if photo is None and content and not waiting:
        raise HTTPException(404, "photo")
    following = _next_photo(here, content) or _next_photo(here, "")
    asked = asked_views(here, waiting)
    return here.page(
        "tags_photo.html",
        photo=photo,
        content=content,
        asked=asked,
        boxes=[(one.box, one.tag) for one in asked if one.box],
        decided=decided_views(here, here.store.waiting.decided_on(here.library, content)) if content else [],
        following=photo_address(here, following) if following and following != content else "",
        to=photo_address(here, content),
    )


def _of_photo(here: Here, content: str) -> list[Suggestion]:
    never = here.store.suggestions.never_tags(here.library)
    return [made for made in here.store.waiting.of_photo(here.library, content) if same_word(made.value) not in never]


def _next_photo(here: Here, after: str) -> str:
    """Return the next photo with a suggestion that is not barred by now."""
    following: str = here.store.waiting.next_photo(here.library, after)
    while following and not _of_photo(here, following):
        following = here.store.waiting.next_photo(here.library, following)
    return following


@router.post("/answer")
def answer(here: LibraryHere, key: Field, verdict: Annotated[Verdict, Form()], to: Field = "") -> Response:
    """Keep the answer to one suggestion, or another one than before."""
    try:
        made = answer_tags(here.store, here.library, {key: verdict})
    except NothingWaits:
        return gone(here, to)
    if here.inplace:
        (decided,) = decided_views(here, made.decided)
        return told(here.page("tags_answered.html", decided=decided, to=to), said(here, made))
    return here.back(to or here.url("tags"), said(here, made))


@router.post("/answer-word")
def answer_all_of_word(
    here: LibraryHere,
    word: Field,
    verdict: Annotated[Verdict, Form()],
    sure: Annotated[int, Form(ge=0, le=100)] = 0,
    to: Field = "",
) -> Response:
    """Keep one answer to all photos of a word that score so much, in per cent."""
    try:
        made = answer_word(here.store, here.library, word, verdict, sure / 100 if verdict == "accepted" else 0.0)
    except NothingWaits:
        return here.back(to or here.url("tags"), here.t("tags.none_so_sure", word=word, sure=sure))
    return here.back(to or here.url("tags"), said(here, made))


@router.post("/answer-photo")
def answer_all_of_photo(here: LibraryHere, content: Field, verdict: Annotated[Verdict, Form()]) -> Response:
    """Keep one answer to all that is suggested for a photo, and go on to the next one."""
    never = here.store.suggestions.never_tags(here.library)
    try:
        made = answer_photo(here.store, here.library, content, verdict, never)
    except NothingWaits:
        return gone(here, photo_address(here, content))
    following = _next_photo(here, content) or _next_photo(here, "")
    return here.back(photo_address(here, following) if following else here.url("tags"), said(here, made))


def said(here: Here, made: Answer) -> str:
    """Return what was answered in words, for the message on the next page."""
    first, n = made.decided[0], len(made.decided)
    if first.kind == "group":
        return here.t(f"tags.said.group_{first.verdict}")
    if len({same_word(decision.value) for decision in made.decided}) > 1:
        return here.t(f"tags.said.all_{first.verdict}", n=n)
    return here.t(f"tags.said.{first.verdict}", word=first.value, n=n)


def gone(here: Here, to: str) -> Response:
    """Say that what was to be answered waits no more."""
    text = here.t("tags.gone")
    return told(Response("", media_type="text/html"), text) if here.inplace else here.back(to or here.url("tags"), text)


def told(answer: Response, text: str) -> Response:
    """Send a message along with a part of a page."""
    answer.headers["X-Said"] = quote(clean(text))
    return answer
