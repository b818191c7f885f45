"""The report of one run as a page: what was found, what changes, what of the user's is kept, how to undo."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from plugins.pages.plan_words import ChangeGroup, describe, edit_text, grouped, quoted
from plugins.pages.rendering import ORIGINS, render
from plugins.pages.views import AskedView, CoverView, ReportView
from plugins.pages.wording import both, clean, clock, count, day
from plugins.settings import FOLDER


@dataclass(frozen=True, slots=True)
class ReportWords:
    """A report in words, the same for HTML and markdown."""

    heading: str
    lead: str
    made: str
    tiles: tuple[tuple[str, str], ...]
    groups: tuple[ChangeGroup, ...]
    events: tuple[str, ...]
    places: tuple[str, ...]
    edits: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    undo: str
    asked: tuple[str, ...]
    answer: str
    asked_tags: tuple[str, ...]
    answer_tags: str
    asked_covers: tuple[str, ...]
    answer_covers: str
    covers: tuple[str, ...]
    video_covers: tuple[str, ...]
    sheets_covers: str
    held: tuple[ChangeGroup, ...]
    allow: str
    write: str
    setting: str


def words(view: ReportView) -> ReportWords:
    """Return what a report says."""
    return ReportWords(
        heading=f"{'Report' if view.applied else 'Plan'} for {clean(view.library)}",
        lead=_lead(view),
        made=f"{day(view.made_at)}, {clock(view.made_at)}",
        tiles=_tiles(view),
        groups=grouped(view.changes, view.titles),
        events=_events(view),
        places=_places(view),
        edits=tuple(edit_text(edit) for edit in view.edits),
        refused=tuple((describe(r.change, view.titles), clean(r.reason)) for r in view.refused),
        undo=undo_command(view.library, view.run) if view.applied and view.changes else "",
        asked=tuple(_asked(one) for one in view.asked),
        answer=answer_command(view.library) if view.asked else "",
        asked_tags=tuple(_asked(one) for one in view.asked_tags),
        answer_tags=answer_command(view.library, "tags") if view.asked_tags else "",
        asked_covers=tuple(_asked(one) for one in view.asked_covers),
        answer_covers=answer_command(view.library, "covers") if view.asked_covers else "",
        covers=tuple(_cover(one) for one in view.covers.albums),
        video_covers=tuple(_cover(one) for one in view.covers.videos),
        sheets_covers=_command(view.library, "covers", "--sheets", "DIR") if view.covers.albums else "",
        held=grouped(view.held, view.titles),
        allow=_allow(view),
        write=_command(view.library, "curate", "--apply") if _waits(view) else "",
        setting='apply = "all"' if _waits(view) and not view.library.startswith(FOLDER) else "",
    )


def _waits(view: ReportView) -> bool:
    """Say whether changes are planned that only wait for a word of the user."""
    planned = view.changes and not view.applied and not view.undoes
    return bool(view.held or planned) and not view.blocked


def _allow(view: ReportView) -> str:
    """Return what was held back, where that is a part of the plan, and why."""
    if not view.held:
        return ""
    was = "was" if len(view.held) == 1 else "were"
    return f"{count(len(view.held), 'change')} {was} held back: this run was to write albums only"


def undo_command(library: str, run: str) -> str:
    """Return the command that takes a run back, quoted for a shell."""
    # `--` because a library's or a run's name may begin with a dash.
    dashes = ["--"] if library.startswith("-") or run.startswith("-") else []
    return shlex.join(["albumen", "undo", *dashes, clean(library), clean(run)])


def answer_command(library: str, of: str = "people") -> str:
    """Return the command that accepts a suggestion of people, tags or covers, with KEY where its key goes, quoted."""
    return _command(library, of, "--accept", "KEY")


def _command(library: str, *words: str) -> str:
    dashes = ["--"] if library.startswith("-") else []
    return shlex.join(["albumen", *words, *dashes, clean(library)])


def render_report(view: ReportView) -> bytes:
    """Return the report as an HTML page with the albums' pictures, by their paths below the pages."""
    return render("report.html", view=view, words=words(view))


def _lead(view: ReportView) -> str:
    """Return what happened in two sentences: what was found, and what was written."""
    if view.quiet and not view.blocked:
        return "Nothing new: no feature made, no write. The gallery is as it should be."
    return f"{_found(view)}{_written(view)}"


def _found(view: ReportView) -> str:
    n = view.counts
    if view.undoes:
        return f"This run takes back run {clean(view.undoes)}. "
    if not n.photos and not n.videos:
        return ""
    looked = both([count(n.photos, "photo"), *([count(n.videos, "video")] if n.videos else [])])
    n_events = view.worth + sum(number for _, number in view.not_worth)
    return f"Albumen looked at {looked}, {n.new:,} of them new, and found {count(n_events, 'event')}. "


def _written(view: ReportView) -> str:
    if view.blocked:
        return f"Nothing was planned: {clean(view.blocked).rstrip('.')}."
    if not view.changes and not view.held:
        return "Nothing had to be changed: the gallery is as it should be."
    held = (
        f", and {count(len(view.held), 'other')} {'is' if len(view.held) == 1 else 'are'} held back"
        if view.held
        else ""
    )
    changes = count(len(view.changes) - (len(view.refused) if view.applied else 0), "change")
    if not view.applied:
        return f"This run would make {changes}; nothing was written yet."
    refused = f"; {count(len(view.refused), 'more was', 'more were')} not made" if view.refused else ""
    return f"This run made {changes}{refused}{held}."


def _tiles(view: ReportView) -> tuple[tuple[str, str], ...]:
    """Return the numbers at the top with their nouns; the last ones only where there is something to say."""
    n = view.counts
    always = (
        (n.photos, "photo" if n.photos == 1 else "photos"),
        (n.videos, "video" if n.videos == 1 else "videos"),
        (n.new, "new"),
        (view.worth, "event worth an album" if view.worth == 1 else "events worth an album"),
    )
    sometimes = (
        (n.changed, "changed"),
        (n.gone, "gone"),
        (len(view.unreadable), "unreadable"),
        (view.n_asked + view.n_asked_tags + view.n_asked_covers, "for you to decide"),
    )
    return tuple((f"{number:,}", noun) for number, noun in (*always, *(s for s in sometimes if s[0])))


def _events(view: ReportView) -> tuple[str, ...]:
    """Return how many events are worth an album, and why the others are not."""
    n_others = sum(n for _, n in view.not_worth)
    if not view.worth and not n_others:
        return ()
    of = (
        f"{count(view.worth, 'event')} of {view.worth + n_others:,} {'is' if view.worth == 1 else 'are'} worth an album"
    )
    return (of, *(f"{count(n, 'event')}: {clean(reason)}" for reason, n in view.not_worth if n))


def _asked(one: AskedView) -> str:
    """Return a suggestion as one line, its key at the end."""
    why = f" ({clean(one.because)})" if one.because else ""
    return f"{clean(one.text)}{why}: {clean(one.key)}"


def _cover(one: CoverView) -> str:
    """Return a cover as one line: "“Lisbon”: IMG_3.jpg, match with your favourites: 0.83; chosen out of 12 photos"."""
    why = ", ".join(clean(part) for part in (one.name, one.reason) if part)
    return f"{quoted(one.title)}: {'; '.join(filter(None, (why, clean(one.considered))))}"


def _places(view: ReportView) -> tuple[str, ...]:
    """Return how the places of the photos are known."""
    known = [f"{count(n, 'photo')}: {ORIGINS[origin]}" for origin, n in view.places if n]
    return tuple(known + ([f"{count(view.without_place, 'photo')}: not known"] if view.without_place else []))
