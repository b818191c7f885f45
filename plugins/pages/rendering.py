"""The one Jinja environment of all pages: everything escaped, nothing undefined, no request to anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from plugins.pages import figures, links, wording
from plugins.pages.views import AlbumView, PhotoView, SectionView

ORIGINS = {
    "exif": "from the photo",
    "track": "from a track",
    "words": "from place words",
    "neighbour": "from a neighbour",
}
"""How the place of a photo is known, as captions and reports say it."""

_TENTHS = range(4, 31)


def render(template: str, **values: object) -> bytes:
    """Return a page as UTF-8; the same values give the same bytes."""
    page = environment().get_template(template).render(values)
    # What no finalised value can hold a template of ours cannot either, but a page must never fail to encode.
    return page.encode("utf-8", "replace")


@cache
def environment() -> Environment:
    """Return the environment, made once."""
    made = Environment(
        loader=PackageLoader("plugins.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=wording.tidy,
    )
    made.filters |= {
        "href": links.href,
        "page_name": links.page_name,
        "alt": alt_text,
        "ratio": ratio_class,
        "tally": tally,
        "when": when,
        "dated": dated,
        "by_day": by_day,
        "has_piles": has_piles,
        "section_hours": lambda s: wording.hours(s.photos[0].taken_local, s.photos[-1].taken_local) if s.photos else "",
        "origin": lambda origin: f"place {ORIGINS[origin]}",
        "capital": lambda text: text[:1].upper() + text[1:],
        "clock": wording.clock,
        "day": wording.day,
        "days": wording.days,
        "both": wording.both,
        "count": wording.count,
        "seconds": wording.seconds,
        "bars": figures.bars,
        "figure_height": figures.height,
    }
    style = _style(made)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Opened from a disk, some browsers do not count the file beside the page as 'self': file: says the same for them.
    policy = f"default-src 'none'; img-src 'self' file: data:; style-src 'sha256-{digest}'; base-uri 'none'"
    made.globals |= {"style": Markup(style), "csp": f"{policy}; form-action 'none'"}  # noqa: S704 - our own file
    return made


def _style(made: Environment) -> str:
    """Return the style sheet: our file, and one class for each shape of picture (style attributes are forbidden)."""
    assert made.loader is not None  # noqa: S101 - just given
    shapes = "".join(f".r{n}{{--r:{n / 10}}}" for n in _TENTHS)
    return made.loader.get_source(made, "style.css")[0] + shapes


def ratio_class(photo: PhotoView) -> str:
    """Return the class for a photo's shape: width by height in tenths, 4:3 where it is not known."""
    if photo.width <= 0 or photo.height <= 0:
        return "r13"
    return f"r{min(max(round(10 * photo.width / photo.height), _TENTHS[0]), _TENTHS[-1])}"


def alt_text(photo: PhotoView) -> str:
    """Return what a screen reader says: the text given, else kind and time."""
    kind = "Video" if photo.kind == "video" else "Photo"
    return photo.alt or f"{kind}, {wording.day(photo.taken_local)}, {wording.clock(photo.taken_local)}"


def dated(album: AlbumView) -> bool:
    """Say whether the title tells the days already."""
    return wording.days(album.start, album.end) in album.title


def when(album: AlbumView) -> str:
    """Return the time span of an album, without the days when its title tells them."""
    if not dated(album):
        return wording.span(album.start, album.end)
    n_days = (album.end.date() - album.start.date()).days + 1
    return wording.hours(album.start, album.end) if n_days == 1 else f"{n_days} days"


def tally(photos: Sequence[PhotoView]) -> str:
    """Return "42 photos", "1 video" or "42 photos and 1 video"."""
    n_videos = sum(photo.kind == "video" for photo in photos)
    n_photos = len(photos) - n_videos
    parts = [wording.count(n_photos, "photo")] if n_photos or not n_videos else []
    return wording.both([*parts, *([wording.count(n_videos, "video")] if n_videos else [])])


def has_piles(section: SectionView) -> bool:
    """Say whether the piles tell anything: one pile of all photos does not."""
    return len(section.piles) > 1 or any(len(pile.photos) < len(section.photos) for pile in section.piles)


def by_day(album: AlbumView) -> list[tuple[date, list[tuple[int, SectionView]]]]:
    """Return the sections, numbered from 1, by the day they start on; a section over several days is cut at midnight.

    The piles stay with the last part of a cut section, below all its photos.
    """
    parts: list[tuple[date, int, SectionView]] = []
    for number, section in enumerate(album.sections, 1):
        cut = [(d, tuple(g)) for d, g in groupby(section.photos, key=lambda photo: photo.taken_local.date())]
        for i, (when, photos) in enumerate(cut):
            piles = section.piles if i == len(cut) - 1 else ()
            parts.append((when, number, SectionView(photos, section.title, section.place, piles)))
    return [(d, [(n, s) for _, n, s in group]) for d, group in groupby(parts, key=lambda part: part[0])]
