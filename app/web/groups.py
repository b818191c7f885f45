"""Groups of photos that look alike on the review page: one word for all of a group, but for photos left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Response

from app.answers import CannotAnswer, NotAWord, NothingLeft, NothingWaits
from app.answers.groups import known_words, name_group, waiting_group
from app.answers.tags import answer_tags
from app.web.site import Here, LibraryHere
from app.web.tag_views import per_cent
from app.web.tags import Field, Text
from plugins.store import Suggestion
from tasks.sheets import waiting_groups

router = APIRouter(prefix="/libraries/{library}/groups")
GROUPS: Final = 12
"""Groups on one page."""
EXAMPLES: Final = 8
"""Photos of each there."""
MOST_PHOTOS: Final = 500
"""Photos of one group on its own page; the others of a larger one are not shown."""
MOST_WORDS: Final = 500
"""Words that are proposed while a name is typed."""
Contents = Annotated[list[str], Form(default_factory=list, max_length=MOST_PHOTOS)]


@dataclass(frozen=True)
class GroupView:
    """A group of look-alikes: its proposed word, how many photos it has, and some of them by content key.

    `alike` says how alike they are, in per cent.
    """

    key: str
    word: str
    n: int
    alike: int
    href: str
    photos: Sequence[str]


@router.get("")
def groups_page(here: LibraryHere, page: Annotated[int, Query(ge=1, le=1_000_000)] = 1) -> Response:
    """Show the groups that wait for a name, the largest first."""
    groups = waiting_groups(here.store, here.library)
    of = max(1, math.ceil(len(groups) / GROUPS))
    page = min(page, of)
    shown = groups[(page - 1) * GROUPS : page * GROUPS]
    views = [_view(here, group, group.evidence.photos[:EXAMPLES]) for group in shown]
    return here.page("groups.html", groups=views, n=len(groups), page=page, of=of, words=_words(here))


@router.get("/one")
def group_page(here: LibraryHere, key: Text) -> Response:
    """Show all photos of a group, to name it or to leave some out."""
    try:
        group = waiting_group(here.store, here.library, key)
    except NothingWaits as error:
        raise HTTPException(404, "group") from error
    view = _view(here, group, group.evidence.photos[:MOST_PHOTOS])
    names = {key: photo.name for key, photo in here.store.photos.of_contents(here.library, view.photos).items()}
    return here.page("groups_one.html", group=view, names=names, words=_words(here))


def _view(here: Here, group: Suggestion, photos: Sequence[str]) -> GroupView:
    n, alike = len(group.evidence.photos), per_cent(group.score)
    return GroupView(group.key, group.value, n, alike, _address(here, group.key), photos)


def _address(here: Here, key: str) -> str:
    return here.url(f"groups/one?{urlencode({'key': key})}")


def _words(here: Here) -> list[str]:
    return known_words(here.store, here.library, MOST_WORDS)


@router.post("/name")
def name(here: LibraryHere, key: Field, word: Field, seen: Annotated[int, Form()], without: Contents) -> Response:
    """Give a word to a group, but for photos left out; `seen` is how many photos it had when it was shown."""
    try:
        if len(waiting_group(here.store, here.library, key).evidence.photos) != seen:
            return here.back(_address(here, key), here.t("groups.grown"))
        named = name_group(here.store, here.library, key, word, frozenset(without))
    except NotAWord as error:
        return here.back(_address(here, key), here.t("tags.not_a_word", reason=error.reason))
    except NothingLeft:
        return here.back(_address(here, key), here.t("groups.nothing_left"))
    except CannotAnswer:
        return here.back(here.url("groups"), here.t("tags.gone"))
    return here.back(here.url("groups"), here.t("groups.named", word=named.tag, n=len(named.kept)))


@router.post("/reject")
def reject(here: LibraryHere, key: Field) -> Response:
    """Say that photos are no group: they are not asked of again."""
    try:
        answer_tags(here.store, here.library, {key: "rejected"})
    except CannotAnswer:
        return here.back(here.url("groups"), here.t("tags.gone"))
    return here.back(here.url("groups"), here.t("tags.said.group_rejected"))
