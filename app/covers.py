"""Covers on the command line: what was chosen for each album and why, what waits for an answer, and the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from app.answering import asked_again, known_keys, last_step, some, told, verdicts_on
from app.messages import WrongUse, tell, tell_json
from app.people import opened_store
from plugins.settings import load_settings

if TYPE_CHECKING:
    from plugins.pages.album_covers import AlbumCover, Personal
    from plugins.store import Decision, Store, Suggestion, VideoCover

MOST_SHOWN: Final = 50
"""Albums, suggestions and videos on a terminal; --json has all of them."""


@dataclass(frozen=True, slots=True)
class CoversView:
    """What is known of the covers of a library: of our albums and why, of its videos, and what waits.

    `reasons` are by the key of a cover, `videos` by content key, newest first, `decided` are answers by key; `names`
    those of photos by id, `called` by content key. `theirs` are the keys of albums of ours whose cover the user chose.
    """

    library: str
    method: str
    personal: Personal
    covers: tuple[AlbumCover, ...]
    reasons: Mapping[str, str]
    videos: Mapping[str, VideoCover]
    suggestions: tuple[Suggestion, ...]
    decided: Mapping[str, Decision]
    names: Mapping[str, str]
    called: Mapping[str, str]
    theirs: frozenset[str] = frozenset()


def check_use(answers: bool, sheets: bool) -> None:
    """Check that one thing is asked for.

    Raises:
        WrongUse: answers and contact sheets are.
    """
    if answers and sheets:
        raise WrongUse("answers and --sheets go one at a time")


def show_covers(library: str, json: bool) -> None:
    """Print the covers of a library's albums and videos, why they were chosen, and the suggestions that wait."""
    with opened_store(library) as (store, name):
        view = covers_view(store, name, library)
    if json:
        tell_json(_as_json(view))
        return
    for line in (*_head_lines(view), *_album_lines(view), *_video_lines(view), *_asked_lines(view, library)):
        tell(line)


def covers_view(store: Store, name: str, library: str) -> CoversView:
    """Read all that is known of the covers of a library, which the user calls `library`."""
    from plugins.covers.picking import is_pick  # noqa: PLC0415
    from plugins.pages.album_covers import STEP, personal_of  # noqa: PLC0415
    from tasks.context import Opened  # noqa: PLC0415
    from tasks.cover_reasons import covers_of, reasons_of, videos_of  # noqa: PLC0415

    settings = load_settings()
    here = Opened(settings, settings.library(library), store)
    photos = {photo.id: photo for photo in store.photos.all(name)}
    covers = covers_of(here, photos)
    called = {photo.content_key: photo.name for photo in photos.values()}
    decisions = store.suggestions.decisions(name)
    return CoversView(
        library=name,
        method=here.config.covers.method,
        personal=personal_of(last_step(store, name, STEP)),
        covers=tuple(covers),
        reasons=reasons_of(here, covers, photos),
        videos={video.content_key: cover for video, cover in videos_of(here, photos)},
        suggestions=tuple(store.suggestions.open(name, "cover")),
        decided={made.key: made for made in decisions if made.kind == "cover" and not is_pick(made)},
        names={id_: photo.name for id_, photo in photos.items()},
        called=called,
        theirs=frozenset(key for key, one in store.ledger.load(name).albums.items() if one.user_cover and one.cover),
    )


def answer(
    library: str, accept: Sequence[str], reject: Sequence[str], pick: tuple[str, str] | None, json: bool
) -> None:
    """Keep the user's answers to suggested covers of their own albums, and a cover that they pick for one of ours.

    The next run acts on them. An answer may be given again with the other verdict.

    Raises:
        WrongUse: a key, an album or a photo is unknown, or one suggestion gets two answers.
    """
    from app.answers.covers import answer_cover  # noqa: PLC0415

    with opened_store(library) as (store, name), store.transaction():
        view = covers_view(store, name, library)
        asked = {made.key for made in view.suggestions} | view.decided.keys()
        said = []
        for key, verdict in verdicts_on(known_keys(accept, asked), known_keys(reject, asked)).items():
            made, again = answer_cover(store, name, key, verdict)
            said.append(told(asked_again(made), verdict, view.called) | {"again": again})
        if pick is not None:
            said.append(_picked(store, view, library, *pick))
    if json:
        tell_json({"library": name, "decided": said})
        return
    from app.words import command_for  # noqa: PLC0415

    for one in said:
        then = "; where it is set already it stays: `albumen undo` takes it back" if _too_late(one) else ""
        tell(f"{one['verdict'].capitalize()}: {one['text']}{then}.")
    tell(f"What follows from this is planned by {command_for(library, 'curate')}, and written with --apply.")


def _picked(store: Store, view: CoversView, library: str, wanted: str, photo: str) -> dict[str, Any]:
    """Keep the cover that the user picks for an album of ours, by its key or title, and the photo's id or name.

    Raises:
        WrongUse: there is no such album, or several, or the photo is not in it.
    """
    from app.answers import CannotBe  # noqa: PLC0415
    from app.answers.covers import as_published, our_albums, pick_cover  # noqa: PLC0415
    from plugins.pages.plan_words import quoted  # noqa: PLC0415

    albums = our_albums(store, view.library, load_settings().library(library))
    found = [one for one in albums if wanted in {one.cover.key, one.cover.title}]
    if len(found) != 1:
        known = some([one.cover.key for one in found or albums]) or "none"
        are = "several albums are" if found else "no album of ours is"
        raise WrongUse(f"{are} called {wanted!r}: give one of {known}")
    (album,) = as_published(store, view.library, found)
    ids = [id_ for id_ in album.photos if photo in {id_, view.names.get(id_)}]
    try:
        made = pick_cover(store, view.library, album, ids[0] if ids else photo)
    except CannotBe as error:
        raise WrongUse(str(error)) from error
    text = f"{quoted(view.called[made.value])} as the cover of {quoted(album.cover.title)}, from the next plan on"
    return told(asked_again(made), made.verdict, view.called) | {"again": False, "text": text}


def _too_late(said: Mapping[str, Any]) -> bool:
    """Say whether a cover was accepted before and is not wanted now: a run may have set it."""
    return bool(said["again"]) and said["verdict"] == "rejected"


def _as_json(view: CoversView) -> dict[str, Any]:
    from plugins.pages.suggestion_words import because, suggestion_text  # noqa: PLC0415

    return {
        "library": view.library,
        "method": view.method,
        "personal": asdict(view.personal),
        "albums": [
            {**asdict(one), "reason": view.reasons[one.key], "yours": one.key in view.theirs} for one in view.covers
        ],
        "videos": [{"video": view.called[key], "key": key, **asdict(one)} for key, one in view.videos.items()],
        "suggestions": [
            {**asdict(made), "text": suggestion_text(made, view.called), "because": because(made)}
            for made in view.suggestions
        ],
        "decided": [asdict(decision) for decision in view.decided.values()],
        "names": view.names,
    }


def _head_lines(view: CoversView) -> Iterator[str]:
    """Yield how many covers there are, and whether what the user likes counts."""
    from plugins.pages.album_covers import personal_text  # noqa: PLC0415
    from plugins.pages.wording import clean, count  # noqa: PLC0415

    videos = f", {count(len(view.videos), 'video')} with a frame as cover" if view.videos else ""
    yield f"{view.library}: {count(len(view.covers), 'album')} with a cover{videos}"
    if view.personal.reason or view.personal.signals:
        yield f"{personal_text(view.personal)}."
    if view.personal.note:
        yield f"Note: {clean(view.personal.note)}"


def _album_lines(view: CoversView) -> Iterator[str]:
    """Yield each album with its cover, why it was chosen, and out of how many."""
    from plugins.pages.album_covers import considered  # noqa: PLC0415
    from plugins.pages.wording import clean, days  # noqa: PLC0415

    for one in view.covers[:MOST_SHOWN]:
        yield clean(one.title) or days(one.start, one.start)
        reason = f": {view.reasons[one.key]}" if view.reasons[one.key] else ""
        yield f"  {clean(view.names[one.chosen.photo])}{reason}"
        if told_from := considered(one.chosen):
            yield f"  {told_from}"
        if one.key in view.theirs:
            yield "  you chose the cover of this album yourself, and yours stays"
    if len(view.covers) > MOST_SHOWN:
        yield f"… and {len(view.covers) - MOST_SHOWN:,} more albums; --json has all"


def _video_lines(view: CoversView) -> Iterator[str]:
    """Yield each video with the moment of the frame that stands for it."""
    from plugins.pages.album_covers import moment  # noqa: PLC0415
    from plugins.pages.wording import clean, count  # noqa: PLC0415

    if view.videos:
        yield "Videos:"
    for key, one in [*view.videos.items()][:MOST_SHOWN]:
        frames = f", chosen out of {count(len(one.candidates), 'frame')}" if one.candidates else ""
        yield f"  {clean(view.called[key])}: the frame at {moment(one.at_s)}{frames}"
    if len(view.videos) > MOST_SHOWN:
        yield f"  … and {len(view.videos) - MOST_SHOWN:,} more; --json has all"


def _asked_lines(view: CoversView, library: str) -> Iterator[str]:
    """Yield the covers that are suggested for the user's own albums, and how to answer."""
    from app.words import command_for  # noqa: PLC0415
    from plugins.pages.suggestion_words import because, suggestion_text  # noqa: PLC0415

    if not view.suggestions:
        yield "No cover waits for you."
        return
    yield "For you to decide, covers of your own albums:"
    for made in view.suggestions[:MOST_SHOWN]:
        yield f"  {made.key}  {suggestion_text(made, view.called)} ({because(made)})"
    if len(view.suggestions) > MOST_SHOWN:
        yield f"  … and {len(view.suggestions) - MOST_SHOWN:,} more; --json has all"
    how = command_for(library, "covers", "--accept", "KEY")
    yield f"Answer by {how}, or --reject KEY; the last report shows the photos."
