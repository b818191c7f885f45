"""Covers as the pages show them: albums of ours with why and from what, suggestions, videos with their frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.answers.covers import OurAlbum
from app.web.site import Here
from plugins.covers.picking import FRAME, is_pick, picked_frames
from plugins.pages.wording import clean, days
from plugins.records import Photo
from plugins.store import Decision, Ranked, Suggestion, VideoCover
from tasks.context import Opened
from tasks.cover_reasons import reasons_of


@dataclass(frozen=True)
class CandidateView:
    """A candidate for a cover: its photo's id (empty for a frame) and content, and how likely the method finds it.

    `weight` and `match`, how well it is what the user likes, are in per cent, None where nothing is known.
    """

    id: str
    content: str
    name: str
    weight: int | None = None
    match: int | None = None
    at_s: float | None = None
    is_cover: bool = False


@dataclass(frozen=True)
class AlbumView:
    """An album of ours with its cover; `state` says whose choice that is: ours, theirs, or picked for the next plan."""

    key: str
    title: str
    href: str
    cover: CandidateView | None
    reason: str
    state: str
    n: int
    n_candidates: int
    left_out: tuple[tuple[str, int], ...] = ()
    candidates: tuple[CandidateView, ...] = ()


@dataclass(frozen=True)
class VideoView:
    """A video with the frame that stands for it, and those that could."""

    content: str
    name: str
    href: str
    at_s: float
    candidates: tuple[CandidateView, ...] = ()


@dataclass(frozen=True)
class AskedCoverView:
    """A cover that is suggested for an album of the user's own, and what it resembles, by content keys."""

    key: str
    content: str
    name: str
    reason: str
    score: int
    similar: tuple[str, ...]


@dataclass(frozen=True)
class AnsweredView:
    """An answer about covers: to a suggestion, or a pick; `at` names it, to take it back."""

    key: str
    what: str
    content: str
    name: str
    verdict: str
    at: str
    at_s: float | None = None


def album_address(here: Here, key: str, **more: str) -> str:
    """Return the URL of the candidates for the cover of an album."""
    return here.url(f"covers/album?{urlencode({'key': key, **more})}")


def video_address(here: Here, content_key: str) -> str:
    """Return the URL of the frames of a video."""
    return here.url(f"covers/video?{urlencode({'content': content_key})}")


def album_views(here: Here, albums: Sequence[OurAlbum], whole: bool = False) -> list[AlbumView]:
    """Return albums as they are shown, in order; only where `whole`, with their candidates."""
    wanted = {album.now for album in albums} | {c.photo for album in albums for c in album.cover.chosen.candidates}
    wanted |= {photo for album in albums for photo in album.cover.chosen.matches}
    photos = here.store.photos.get(here.library, wanted)
    opened = Opened(here.site.settings, here.config, here.store)
    reasons = reasons_of(opened, [a.cover for a in albums if a.cover.chosen.photo in photos], photos)
    return [_album_view(here, album, photos, reasons.get(album.cover.key, ""), whole) for album in albums]


def _album_view(here: Here, album: OurAlbum, photos: Mapping[str, Photo], reason: str, whole: bool) -> AlbumView:
    one, shown = album.cover, photos.get(album.now)
    state = "picked" if album.picked else "theirs" if album.theirs and album.shown == album.now else "ours"
    return AlbumView(
        key=one.key,
        title=clean(one.title) or days(one.start, one.start),
        href=album_address(here, one.key),
        cover=CandidateView(shown.id, shown.content_key, shown.name) if shown else None,
        reason=reason if state == "ours" else "",
        state=state,
        n=len(album.photos),
        n_candidates=len(one.chosen.candidates),
        left_out=tuple((clean(why), n) for why, n in one.chosen.left_out.items() if n),
        candidates=tuple(_candidates(album, photos)) if whole else (),
    )


def _candidates(album: OurAlbum, photos: Mapping[str, Photo]) -> list[CandidateView]:
    """Return the candidates, the likeliest first."""
    chosen = album.cover.chosen
    ranked = sorted(chosen.candidates, key=lambda one: -one.probability)
    return [
        CandidateView(
            one.photo,
            photos[one.photo].content_key,
            photos[one.photo].name,
            _per_cent(one.probability),
            _per_cent(one.interest),
            is_cover=one.photo == album.now,
        )
        for one in ranked
        if one.photo in photos
    ]


def _per_cent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def member_views(here: Here, album: OurAlbum, photos: Sequence[str]) -> list[CandidateView]:
    """Return photos of an album of which nothing more is known, in order."""
    found = here.store.photos.get(here.library, photos)
    there = [found[id_] for id_ in photos if id_ in found]
    return [CandidateView(p.id, p.content_key, p.name, is_cover=p.id == album.now) for p in there]


def video_view(here: Here, video: Photo, cover: VideoCover) -> VideoView:
    """Return a video as it is shown, its frames in order of time."""
    frames = sorted((one for one in cover.candidates if one.at_s is not None), key=lambda one: one.at_s or 0)
    return VideoView(
        video.content_key,
        video.name,
        video_address(here, video.content_key),
        cover.at_s,
        tuple(_frame(video, cover, one) for one in frames),
    )


def _frame(video: Photo, cover: VideoCover, one: Ranked) -> CandidateView:
    weight, match = _per_cent(one.probability), _per_cent(one.interest)
    is_cover = one.at_s == cover.at_s
    return CandidateView("", video.content_key, video.name, weight, match, one.at_s, is_cover)


def asked_views(here: Here, waiting: Sequence[Suggestion]) -> list[AskedCoverView]:
    """Return suggested covers as they are shown, in order."""
    wanted = [key for made in waiting for key in (made.value, *made.evidence.photos)]
    photos = here.store.photos.of_contents(here.library, wanted)
    return [
        AskedCoverView(
            made.key,
            made.value if made.value in photos else "",
            photos[made.value].name if made.value in photos else "",
            clean(made.reason),
            round(100 * made.score),
            tuple(key for key in made.evidence.photos if key in photos),
        )
        for made in waiting
    ]


def answered_views(here: Here, decided: Sequence[Decision]) -> list[AnsweredView]:
    """Return answers about covers as they are shown, in order."""
    frames = {made.key: picked_frames([made]) for made in decided if made.subject.startswith(FRAME)}
    keys = {made.key: next(iter(frames[made.key]), "") if made.key in frames else made.value for made in decided}
    photos = here.store.photos.of_contents(here.library, keys.values())
    return [
        AnsweredView(
            made.key,
            "frame" if made.key in frames else "picked" if is_pick(made) else "suggested",
            keys[made.key] if keys[made.key] in photos else "",
            photos[keys[made.key]].name if keys[made.key] in photos else here.t("covers.gone_photo"),
            made.verdict,
            made.decided_at.isoformat(),
            next(iter(frames.get(made.key, {}).values()), None),
        )
        for made in decided
    ]
