"""Tag suggestions as the pages show them: a word with examples, a suggestion with its photo and those like it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from app.web.site import Here
from app.web.texts import Texts
from plugins.pages.wording import clean
from plugins.records import Box, Photo
from plugins.store import CountedWord, Decision, GivenAnswer, Suggestion

EXAMPLES: Final = 5
"""Photos of a word in the list of words."""
SIMILAR: Final = 6
"""Photos that are shown for a suggestion."""
_HAVE: Final = re.compile(r"(\d+) of (\d+) similar photos? ha(?:ve|s) «")


@dataclass(frozen=True)
class WordView:
    """A word that waits, where its photos are, the surest of them by content key, and its scores in per cent."""

    tag: str
    n: int
    href: str
    photos: tuple[str, ...]
    best: int
    least: int


@dataclass(frozen=True)
class AskedView:
    """A tag that is suggested for a photo, the photos that speak for it, and where in the picture it is, if known.

    `name` is the photo's, `href` leads to all that is suggested for it, `reason` is what speaks for the tag in words,
    `score` is in per cent.
    """

    key: str
    tag: str
    content: str
    name: str
    href: str
    score: int
    reason: str
    similar: tuple[str, ...]
    box: Box | None
    is_there: bool


@dataclass(frozen=True)
class DecidedView:
    """What the user has answered: to which tag on which photo, or to which group, or which word is barred.

    `content` is the picture that stands for it, empty where there is none. `at` names the answer, to take it back.
    """

    key: str
    kind: str
    tag: str
    content: str
    name: str
    href: str
    verdict: str
    at: str
    n: int

    @property
    def other(self) -> str:
        """Return the other verdict; empty where there is none that can be given here."""
        if self.kind == "bar" or (self.kind == "group" and self.verdict == "rejected" and not self.tag):
            return ""
        return "rejected" if self.verdict == "accepted" else "accepted"


@dataclass(frozen=True)
class AnswerView:
    """What the user answered at one moment: on how many, the first few of it, and where all of it is, if it is more.

    `verdict` and `tag` are empty where they differ; `first` stands for what is no tag of many photos.
    """

    at: str
    n: int
    verdict: str
    tag: str
    first: DecidedView
    photos: tuple[str, ...]
    href: str


def word_address(here: Here, tag: str, after: str = "") -> str:
    """Return the URL of the photos for which a word is suggested, beyond the one after which they stand."""
    return here.url(f"tags?{_query(word=clean(tag), after=after)}")


def photo_address(here: Here, content: str) -> str:
    """Return the URL of what is suggested for a photo."""
    return here.url(f"tags/photo?{_query(content=content)}")


def _query(**given: str) -> str:
    return urlencode({name: value for name, value in given.items() if value})


def word_views(here: Here, words: Iterable[CountedWord]) -> list[WordView]:
    """Return words with examples, in order."""
    return [_word_view(here, word) for word in words]


def _word_view(here: Here, word: CountedWord) -> WordView:
    surest = here.store.waiting.of_word(here.library, word, EXAMPLES)
    best, least = (per_cent(score) for score in (word.best, word.least))
    photos = tuple(made.subject for made in surest)
    return WordView(word.tag, word.n, word_address(here, word.tag), photos, best, least)


def asked_views(here: Here, waiting: Sequence[Suggestion]) -> list[AskedView]:
    """Return suggestions with what speaks for them, in order."""
    wanted = [content for made in waiting for content in (made.subject, *made.evidence.photos[:SIMILAR])]
    photos = here.store.photos.of_contents(here.library, wanted)
    return [_asked_view(here, made, photos) for made in waiting]


def _asked_view(here: Here, made: Suggestion, photos: Mapping[str, Photo]) -> AskedView:
    shown = photos.get(made.subject)
    return AskedView(
        key=made.key,
        tag=made.value,
        content=made.subject,
        name=shown.name if shown else "",
        href=photo_address(here, made.subject),
        score=per_cent(made.score),
        reason=reason_text(here.t, made),
        similar=tuple(content for content in made.evidence.photos[:SIMILAR] if content in photos),
        box=made.evidence.box,
        is_there=shown is not None,
    )


def decided_views(here: Here, decided: Sequence[Decision]) -> list[DecidedView]:
    """Return decisions as they are shown, in order."""
    photos = here.store.photos.of_contents(here.library, [_picture_of(made) for made in decided])
    return [_decided_view(here, made, photos) for made in decided]


def _picture_of(made: Decision) -> str:
    return next(iter(made.evidence.photos), "") if made.kind == "group" else made.subject


def _decided_view(here: Here, made: Decision, photos: Mapping[str, Photo]) -> DecidedView:
    is_tag = made.kind == "tag" and bool(made.subject)
    shown = photos.get(_picture_of(made))
    return DecidedView(
        key=made.key,
        kind="group" if made.kind == "group" else "tag" if is_tag else "bar",
        tag=made.value,
        content=shown.content_key if shown else "",
        name=shown.name if shown else "",
        href=photo_address(here, made.subject) if is_tag and shown else "",
        verdict=made.verdict,
        at=made.decided_at.isoformat(),
        n=len(made.evidence.photos),
    )


def answer_views(here: Here, given: Sequence[GivenAnswer]) -> list[AnswerView]:
    """Return answers as they are shown, in order."""
    views = iter(decided_views(here, [made for answer in given for made in answer.decided]))
    return [_answer_view(here, answer, list(islice(views, len(answer.decided)))) for answer in given]


def _answer_view(here: Here, answer: GivenAnswer, decided: Sequence[DecidedView]) -> AnswerView:
    at = answer.at.isoformat()
    return AnswerView(
        at=at,
        n=answer.n,
        verdict=answer.verdict or "",
        tag=answer.value or "",
        first=decided[0],
        photos=tuple(one.content for one in decided if one.content),
        href=here.url(f"tags/answer?{_query(at=at)}") if answer.n > 1 else "",
    )


def reason_text(t: Texts, made: Suggestion) -> str:
    """Return what speaks for a tag in the visitor's language, as far as it can be said in it."""
    found = _HAVE.match(made.reason)
    return t("tags.have", support=int(found[1]), n=int(found[2])) if found else made.reason


def per_cent(score: float) -> int:
    """Return a score from 0 to 1 in per cent; of what is not quite 1 never 100."""
    return min(99, round(100 * score)) if score < 1 else 100
