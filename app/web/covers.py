"""Covers on the review page: of albums of ours and why, candidates with weights, suggestions, and frames of videos."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Query
from starlette.responses import Response

from app.answers import CannotBe, NothingWaits
from app.answers.covers import (
    OF_COVERS,
    OurAlbum,
    answer_cover,
    as_published,
    our_albums,
    pick_cover,
    pick_frame,
    take_back,
)
from app.web.cover_views import (
    album_address,
    album_views,
    answered_views,
    asked_views,
    member_views,
    video_address,
    video_view,
)
from app.web.people import told
from app.web.site import Here, LibraryHere
from plugins.store.suggestions import Verdict
from plugins.store.waiting import place_of

router = APIRouter(prefix="/libraries/{library}/covers")
ALBUMS: Final = 12
MEMBERS: Final = 60
ASKED: Final = 24
VIDEOS: Final = 24
ANSWERS: Final = 50
"""Albums, photos of an album, suggestions, videos, and answers on one page."""
Text = Annotated[str, Query(max_length=4096)]
Field = Annotated[str, Form(max_length=4096)]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _pages(n: int, size: int, page: int) -> tuple[int, int]:
    """Return the number of pages, and the asked one brought within."""
    of = max(1, math.ceil(n / size))
    return of, min(max(1, page), of)


@router.get("")
def covers_page(here: LibraryHere, page: int = 1) -> Response:
    """Show the albums of ours with their covers, newest first."""
    albums = our_albums(here.store, here.library, here.config)
    of, page = _pages(len(albums), ALBUMS, page)
    shown = as_published(here.store, here.library, albums[(page - 1) * ALBUMS : page * ALBUMS])
    return here.page(
        "covers.html",
        albums=album_views(here, shown),
        n=len(albums),
        waiting=here.store.waiting.count(here.library, "cover"),
        page=page,
        of=of,
    )


@router.get("/album")
def album_page(here: LibraryHere, key: Text, page: int = 1) -> Response:
    """Show the candidates for the cover of an album with their weights, and all its other photos."""
    album = _album(here, key)
    ranked = {one.photo for one in album.cover.chosen.candidates}
    others = [photo for photo in album.photos if photo not in ranked]
    of, page = _pages(len(others), MEMBERS, page)
    return here.page(
        "covers_album.html",
        one=album_views(here, [album], whole=True)[0],
        others=member_views(here, album, others[(page - 1) * MEMBERS : page * MEMBERS]),
        n_others=len(others),
        page=page,
        of=of,
    )


def _album(here: Here, key: str) -> OurAlbum:
    found = [one for one in our_albums(here.store, here.library, here.config) if one.cover.key == key]
    if not found:
        raise HTTPException(404, "album")
    return as_published(here.store, here.library, found)[0]


@router.post("/pick")
def pick(here: LibraryHere, key: Field, photo: Field) -> Response:
    """Keep that an album of ours is to be shown by a photo of it."""
    to = album_address(here, key)
    try:
        pick_cover(here.store, here.library, _album(here, key), photo)
    except CannotBe as error:
        return here.done(to, here.t(f"covers.cannot.{error.what}"), 409)
    return here.back(to, here.t("covers.picked"))


@router.get("/asked")
def asked_page(here: LibraryHere, after: Text = "") -> Response:
    """Show the covers that are suggested for albums of the user's own, the surest first."""
    found = here.store.waiting.of_kind(here.library, "cover", ASKED + 1, after)
    asked, is_more = found[:ASKED], len(found) > ASKED
    address = here.url("covers/asked")
    return here.page(
        "covers_asked.html",
        asked=asked_views(here, asked),
        waiting=here.store.waiting.count(here.library, "cover"),
        following=f"{address}?after={place_of(asked[-1])}" if is_more else "",
        to=address,
    )


@router.post("/answer")
def answer(here: LibraryHere, key: Field, verdict: Annotated[Verdict, Form()], to: Field = "") -> Response:
    """Keep the answer to a suggested cover, or another one than before."""
    back = to or here.url("covers/asked")
    try:
        made, _ = answer_cover(here.store, here.library, key, verdict)
    except NothingWaits:
        return here.done(back, here.t("covers.gone"))
    text = here.t(f"covers.said.{verdict}")
    if not here.inplace:
        return here.back(back, text)
    return told(here.page("covers_answered.html", one=answered_views(here, [made])[0], to=back), text)


@router.get("/videos")
def videos_page(here: LibraryHere, page: int = 1) -> Response:
    """Show the videos with the frames that stand for them, newest first."""
    covers = here.store.covers.videos(here.library)
    photos = here.store.photos.of_contents(here.library, covers)
    videos = sorted(photos.values(), key=lambda video: (video.taken_at, video.id), reverse=True)
    of, page = _pages(len(videos), VIDEOS, page)
    shown = [video_view(here, one, covers[one.content_key]) for one in videos[(page - 1) * VIDEOS : page * VIDEOS]]
    return here.page("covers_videos.html", videos=shown, n=len(videos), page=page, of=of)


@router.get("/video")
def video_page(here: LibraryHere, content: Text) -> Response:
    """Show the frames of a video with their weights."""
    cover = here.store.covers.videos(here.library).get(content)
    video = here.store.photos.of_contents(here.library, [content]).get(content)
    if cover is None or video is None:
        raise HTTPException(404, "video")
    return here.page("covers_video.html", one=video_view(here, video, cover))


@router.post("/pick-frame")
def pick_a_frame(
    here: LibraryHere, content: Field, at: Annotated[float, Form(ge=0, le=1e6, allow_inf_nan=False)]
) -> Response:
    """Keep that a video is to be shown by one of its frames."""
    to = video_address(here, content)
    try:
        pick_frame(here.store, here.library, content, at)
    except CannotBe as error:
        return here.done(to, here.t(f"covers.cannot.{error.what}"), 409)
    return here.back(to, here.t("covers.picked_frame"))


@router.get("/answers")
def answers_page(here: LibraryHere, page: int = 1) -> Response:
    """Show what the user has said of covers, the last first."""
    page = min(max(1, page), 1_000_000)
    decided, n = here.store.waiting.decided(here.library, OF_COVERS, ANSWERS, (page - 1) * ANSWERS)
    of = max(1, math.ceil(n / ANSWERS))
    return here.page("covers_answers.html", decided=answered_views(here, decided), page=page, of=of)


@router.post("/take-back")
def take_answer_back(here: LibraryHere, at: Annotated[str, Form(max_length=40)], to: Field = "") -> Response:
    """Take back the answer of a moment."""
    moment = _moment(at)
    taken = take_back(here.store, here.library, moment) if moment else []
    return here.back(to or here.url("covers"), here.t("covers.taken_back" if taken else "covers.nothing_back"))


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None and at > _EPOCH else None
