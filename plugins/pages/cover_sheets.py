"""Contact sheets of covers: all candidates of an album or a video, the chosen one framed, and what it resembles."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugins.pages.contact_sheets import Part
from plugins.pages.rendering import render
from plugins.pages.wording import count
from plugins.store.covers import Ranked

LIKE = "Favourites of yours that it resembles"


@dataclass(frozen=True, slots=True)
class CoverSheet:
    """A sheet of covers as its page shows it: what it is of, why that one, what was left out, the file beside the page.

    `parts` are what is drawn, `size` is the picture's in px.
    """

    key: str
    title: str
    reason: str
    considered: str
    path: str
    size: tuple[int, int]
    parts: tuple[Part, ...]


def file_of(key: str) -> str:
    """Return the name of the file of a sheet, the same for the same key."""
    return f"cover-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}.jpg"


def sheet_parts(
    title: str, candidates: Sequence[Ranked], chosen: Ranked, matches: Sequence[str], names: Mapping[str, str]
) -> tuple[Part, ...]:
    """Return what a sheet shows: numbered candidates in their order, and below them favourites by name.

    Args:
        title: what the cover is of.
        candidates: all of them; each is noted with its probability and how well it matches what the user likes.
        chosen: the one that has a frame; it is the only one where no candidates are known.
        matches: the favourites that it resembles.
        names: those of the matches, by what `matches` has.
    """
    of = list(candidates) or [chosen]
    framed = next((n for n, one in enumerate(of) if (one.photo, one.at_s) == (chosen.photo, chosen.at_s)), None)
    caption = f"{count(len(of), 'candidate')} for {title}"
    first = Part(caption, [str(n) for n in range(1, len(of) + 1)], [_note(one) for one in of], framed)
    like = Part(LIKE, [""] * len(matches), [names.get(one, "") for one in matches])
    return (first, like) if matches else (first,)


def _note(one: Ranked) -> str:
    interest = f", interest {one.interest:.2f}" if one.interest is not None else ""
    return f"p {one.probability:.2f}{interest}"


def render_cover_sheets(sheets: Sequence[CoverSheet], library: str) -> bytes:
    """Return the page of sheets as UTF-8, the sheets in the order given."""
    return render("cover_sheets.html", sheets=sheets, library=library)
