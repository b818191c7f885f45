"""The report of one run as markdown for a Prefect artifact: pictures inline, names harmless, never above its size."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plugins.pages.plan_words import ChangeGroup
from plugins.pages.report import ReportWords, words
from plugins.pages.shadow_view import ShadowView
from plugins.pages.views import FigureView, ReportView
from plugins.pages.wording import clean, count, seconds, shorten

MOST_BYTES = 900_000
"""Prefect keeps artifacts in its database: 1 MB is the project's limit, the rest is for how it is stored."""
PLACES_BY = "Place names: GeoNames, CC BY 4.0."
MOST_PICTURES = 60
MOST_ROWS = 500
"""Rows of one table or list; also sentences of one album."""
MOST_TEXT = 300
"""Characters of one name, reason or note."""

# All ASCII punctuation but the comma, and `.` where it could end a list number or join a bare link: as entities, which
# mean the character itself and nothing else, in tables too.
_SPECIAL = re.compile(r"[!-+\-/:-@\[-`{-~]|\.(?![0-9A-Za-z])|(?<=www)\.", re.IGNORECASE)


def escape(text: str) -> str:
    """Return text that markdown shows as it is: no formatting, no link, no HTML, one line."""
    # Four blanks in front would be code, blanks at an end undo emphasis.
    plain = shorten(" ".join(clean(text).split()), MOST_TEXT)
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", plain)


@dataclass(slots=True)
class _Room:
    """What may still be shown, and what was left out so far."""

    rows: int
    pictures: int
    rows_left_out: int = 0
    pictures_left_out: int = 0

    def cut(self, items: Sequence[str]) -> list[str]:
        self.rows_left_out += max(0, len(items) - self.rows)
        return list(items[: self.rows])

    def picture(self, jpeg: bytes) -> str:
        if not jpeg:
            return ""
        if self.pictures == 0:
            self.pictures_left_out += 1
            return ""
        self.pictures -= 1
        return f"![](data:image/jpeg;base64,{base64.b64encode(jpeg).decode()})"


def render_markdown(view: ReportView, most_bytes: int = MOST_BYTES) -> str:
    """Return the report as markdown of at most `most_bytes` in UTF-8.

    Where it would be longer, pictures are dropped first, then rows, and the end of the report says how many.

    Raises:
        ValueError: `most_bytes` does not even hold the headings; a few kilobytes always do.
    """
    said = words(view)
    rooms = [(MOST_ROWS, n) for n in (MOST_PICTURES, 20, 5, 0)] + [(n, 0) for n in (200, 80, 30, 10, 3, 1, 0)]
    for rows, pictures in rooms:
        text = _compose(view, said, _Room(rows, pictures))
        if len(text.encode()) <= most_bytes:
            return text
    raise ValueError(f"a report does not fit into {most_bytes} bytes: allow at least {len(text.encode())}")


def _compose(view: ReportView, said: ReportWords, room: _Room) -> str:
    """Return the whole report within the room given."""
    parts = [f"# {escape(said.heading)}", f"{said.made} · run {escape(view.run)}", f"**{escape(said.lead)}**"]
    parts.append(_tiles(said))
    parts += [f"**{escape(alert)}**" for alert in view.alerts]
    parts += [" · ".join(f"[{escape(link.text)}]({link.href})" for link in view.links)] if view.links else []
    parts += _bullets("", view.notes, room)
    parts += _changes(view, said, room)
    parts += _waiting(said, room)
    parts += _asked(view, said, room)
    parts += _covers(view, said, room)
    if said.undo:
        parts += ["## Take it back", f"Run {_code(said.undo)}. What you have built on since stays."]
    parts += _bullets("Your edits", said.edits, room)
    parts += _titled("Not done", ("Change", "Reason"), ([escape(a), escape(b)] for a, b in said.refused), room)
    parts += _bullets("Skipped", [f"{name}: {mend}" for name, mend in view.skipped], room)
    parts += [part for one in view.shadows for part in _shadow(one, room)]
    parts += [part for figure in view.figures for part in _figure(figure, room)]
    parts += _bullets("Events", said.events, room) + _bullets("Where the places come from", said.places, room)
    parts += _steps(view, room)
    unreadable = ([escape(u.name), escape(u.reason)] for u in view.unreadable)
    parts += _titled("Not readable", ("File", "Reason"), unreadable, room)
    return "\n\n".join([*parts, *_left_out(room), PLACES_BY]) + "\n"


def _tiles(said: ReportWords) -> str:
    """Return the numbers at the top as one line: they are few and never left out."""
    return " · ".join(f"**{number}** {noun}" for number, noun in said.tiles)


def _code(command: str) -> str:
    """Return a command as code: an HTML element with entities, since a backtick in a name would end a code span."""
    return f"<code>{escape(command)}</code>"


def _changes(view: ReportView, said: ReportWords, room: _Room) -> list[str]:
    rows = [_change_row(view, group, room) for group in said.groups[: room.rows]]
    room.rows_left_out += len(said.groups) - len(rows)
    if not said.groups:
        return []
    return [
        f"## {'What changed' if view.applied else 'What would change'}",
        _table(("", "Album", "Changes"), rows, room),
    ]


def _waiting(said: ReportWords, room: _Room) -> list[str]:
    """Return what is planned and not written, and how to write it."""
    lines = [line for group in said.held for line in group.lines]
    parts = ["## Held back", escape(f"{said.allow}."), *_bullets("", lines, room)] if said.held else []
    if said.write:
        own = f", or set {_code(said.setting)} for the library in albumen.toml" if said.setting else ""
        parts += ["## Write it", f"Run {_code(said.write)}{own}."]
    return parts


def _steps(view: ReportView, room: _Room) -> list[str]:
    """Return what each step took; how many requests it made, where there were any."""
    asked = any(step.requests for step in view.steps)
    head = ("Step", "Status", "Time", *(["Requests"] if asked else []), "Note")
    rows = (
        [escape(s.name), s.status, seconds(s.seconds), *([f"{s.requests:,}"] if asked else []), escape(s.note)]
        for s in view.steps
    )
    return _titled("Steps", head, rows, room)


def _figure(figure: FigureView, room: _Room) -> list[str]:
    """Return a figure as a table; a drawing would take more room than it is worth here."""
    rows = [[escape(label), f"{n:,}"] for label, n in figure.rows]
    note = [escape(f"{figure.note}.")] if figure.note else []
    return [*_titled(figure.title, ("", figure.noun), rows, room), *note] if rows else []


def _shadow(one: ShadowView, room: _Room) -> list[str]:
    return [f"## {escape(one.heading)}", *_bullets("", (f"{one.lead}.", *one.examples), room)]


def _asked(view: ReportView, said: ReportWords, room: _Room) -> list[str]:
    """Return the suggestions in words; the faces and photos are in the HTML report."""
    parts = _asked_of("people", "faces", said.asked, view.n_asked, said.answer, room)
    parts += _asked_of("tags", "photos", said.asked_tags, view.n_asked_tags, said.answer_tags, room)
    parts += _asked_of("covers", "photos", said.asked_covers, view.n_asked_covers, said.answer_covers, room)
    return ["## For you to decide", *parts] if parts else []


def _covers(view: ReportView, said: ReportWords, room: _Room) -> list[str]:
    """Return the covers in words, those of albums and those of videos; the photos are in the HTML report."""
    parts = [escape(f"{view.covers.personal}.")] if view.covers.personal else []
    lines = (*said.covers, *said.video_covers)
    return ["## Covers", *parts, *_bullets("", lines, room)] if lines else []


def _asked_of(command: str, shown: str, asked: Sequence[str], n: int, answer: str, room: _Room) -> list[str]:
    """Return the suggestions that one command answers, how many more there are, and how to answer."""
    if not asked:
        return []
    others = f"And {n - len(asked):,} more, which albumen {command} lists. " if n > len(asked) else ""
    how = f"{others}The HTML report shows the {shown}. Answer by {_code(answer)}, or with --reject in its place."
    return [*_bullets("", asked, room), how]


def _change_row(view: ReportView, group: ChangeGroup, room: _Room) -> list[str]:
    picture = view.pictures.get(group.key)
    kind = f" ({group.kind})" if group.key else ""
    lines = "<br>".join(escape(line) for line in room.cut(group.lines))
    return [
        room.picture(picture.jpeg) if picture else "",
        f"**{escape(group.title) or 'untitled'}**{kind}",
        lines,
    ]


def _bullets(title: str, lines: Sequence[str], room: _Room) -> list[str]:
    if not lines:
        return []
    shown = "\n".join(f"- {escape(line)}" for line in room.cut(lines))
    return [f"## {title}", shown] if title else [shown]


def _titled(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], room: _Room) -> list[str]:
    table = [list(row) for row in rows]
    return [f"## {title}", _table(head, table, room)] if table else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], room: _Room) -> str:
    lines = room.cut([f"| {' | '.join(row)} |" for row in rows])
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines])


def _left_out(room: _Room) -> list[str]:
    parts = [count(room.pictures_left_out, "picture")] if room.pictures_left_out else []
    parts += [count(room.rows_left_out, "row")] if room.rows_left_out else []
    return [f"*Left out to keep this short: {' and '.join(parts)}. The HTML report has all of it.*"] if parts else []
