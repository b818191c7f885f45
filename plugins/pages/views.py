"""What the pages show, as frozen records: filled by the flows, read by the templates.

Paths are plain text with `/` between the parts, relative to the folder that holds the pages; the templates turn them
into links. Times are naive wall times where the photo was taken. An empty string means that there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from plugins.changes import Change
from plugins.pages.shadow_view import ShadowView
from plugins.records import Kind, PlaceOrigin

StepStatus: TypeAlias = Literal["done", "cached", "skipped", "failed"]
EditKind: TypeAlias = Literal[
    "renamed", "described", "removed", "added", "deleted", "cover", "released", "restored", "untagged", "tagged",
    "named", "hid", "deleted the person", "took faces off", "moved faces", "gave faces back", "took posters away",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PhotoView:
    """One photo on a page; `original` empty means no link, `width` and `height` are those of the upright picture."""

    name: str
    original: str
    thumb: str
    taken_local: datetime
    alt: str = ""
    width: int = 0
    height: int = 0
    kind: Kind = "image"
    is_cover: bool = False
    tags: tuple[str, ...] = ()
    place_origin: PlaceOrigin = "exif"
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PileView:
    """The photos of one person group, shown as a strip below the photos; title as `wording.pile_title` makes it."""

    title: str
    photos: tuple[PhotoView, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One event of an album, photos in time order; an album that is no trip has one of these."""

    photos: tuple[PhotoView, ...]
    title: str = ""
    place: str = ""
    piles: tuple[PileView, ...] = ()


@dataclass(frozen=True, slots=True)
class AlbumView:
    """One album: its own page and its card in the index; `cover` is the path of the 1280 px picture.

    `card` is the path of the same picture for the index (640 px); where it is empty the index shows `cover`.
    `cover_reason` says why this is the cover, where that is because it matches what the user likes.
    """

    key: str
    title: str
    start: datetime
    end: datetime
    sections: tuple[SectionView, ...]
    cover: str = ""
    cover_alt: str = ""
    card: str = ""
    place: str = ""
    people: tuple[str, ...] = ()
    description: str = ""
    cover_reason: str = ""

    @property
    def photos(self) -> tuple[PhotoView, ...]:
        """Return all photos of the album, section by section."""
        return tuple(photo for section in self.sections for photo in section.photos)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many photos and videos a library holds, and what became of them since the last run."""

    photos: int = 0
    videos: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo that could not be read, and why, in words for the user."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a run; `note` says what it did, or how to mend what made it skip or fail.

    `requests` is how many the gallery had to answer for it.
    """

    name: str
    status: StepStatus
    seconds: float = 0.0
    note: str = ""
    requests: int = 0


@dataclass(frozen=True, slots=True)
class FigureView:
    """Counts with their labels, to be drawn; `noun` is what is counted, `upright` says that the labels are in order.

    `note` says what is not shown. Without rows there is nothing to draw.
    """

    title: str
    noun: str
    rows: tuple[tuple[str, int], ...] = ()
    upright: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link with its text."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class EditView:
    """Something that the user did to an album or a tag of ours and that we keep.

    `title` names the album or the tag as we know it, `detail` is the user's own text (the new name), `n` counts photos.
    """

    kind: EditKind
    title: str
    detail: str = ""
    n: int = 0


@dataclass(frozen=True, slots=True)
class RefusedView:
    """A change that was not made, and why."""

    change: Change
    reason: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """The picture of one album in a report: a thumbnail's path for HTML, JPEG bytes of at most 96 px for markdown."""

    path: str = ""
    jpeg: bytes = b""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class AskedView:
    """A suggestion that waits for the user: the key to answer it by, what it says, and what speaks for it.

    `shown` are the paths of small pictures of the faces or photos that it is about, `beside` those of faces or photos
    to compare them with. `lines` are the suggestions that this one stands for, where it stands for several.
    """

    key: str
    text: str
    because: str = ""
    shown: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverView:
    """The cover of an album or of a video: what it is of, the name of the photo, why, and what it was chosen from.

    `shown` is the path of a small picture of it, empty where there is none; `others` are those of the best other
    candidates, `like` those of the favourites that it resembles.
    """

    title: str
    name: str
    reason: str = ""
    considered: str = ""
    shown: str = ""
    others: tuple[str, ...] = ()
    like: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoversView:
    """What a report says of covers: the first of albums and of videos, and how many there are of each.

    `personal` says whether what the user likes counts.
    """

    albums: tuple[CoverView, ...] = ()
    n_albums: int = 0
    videos: tuple[CoverView, ...] = ()
    n_videos: int = 0
    personal: str = ""


@dataclass(frozen=True, slots=True)
class ReportView:
    """What one run found and what it would change, or did change when `applied`.

    `titles` gives albums by key (and photos by id, people by key) the names that a person knows; `pictures` goes by
    album key. `changes` is the whole plan, those in `refused` too. `not_worth` counts the events that become no album
    by reason, `places` the photos by origin of place; `album_pages` holds the keys that have a page in the folder
    `pages` (empty: beside the report; else it ends with a slash). `blocked` says why nothing could be planned; `quiet`
    that nothing was new; `undoes` names the run that this one takes back. `asked` are the first of the suggestions of
    people that wait, `n_asked` is the number of all of them; `asked_tags` and `n_asked_tags` the same of words, and
    `asked_covers` and `n_asked_covers` of covers.
    `sheets` is the page of groups to name beside the report, empty where the library has tags. `held` are the changes
    that were planned and that the run was not to write; they are not among `changes`. `skipped` are the steps that did
    not run, or only in part, with the mend. `alerts` are what the user should see first. `links` lead to the pages of
    a service that runs; they are for those who do not read the page as a file. `shadows` are the methods that do not
    publish, and where they would do otherwise.
    """

    library: str
    run: str
    made_at: datetime
    applied: bool
    counts: Counts = Counts()
    unreadable: tuple[Unreadable, ...] = ()
    steps: tuple[StepView, ...] = ()
    worth: int = 0
    not_worth: tuple[tuple[str, int], ...] = ()
    places: tuple[tuple[PlaceOrigin, int], ...] = ()
    without_place: int = 0
    changes: tuple[Change, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[EditView, ...] = ()
    refused: tuple[RefusedView, ...] = ()
    pictures: Mapping[str, PictureView] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    album_pages: frozenset[str] = frozenset()
    index: str = ""
    pages: str = ""
    blocked: str = ""
    quiet: bool = False
    undoes: str = ""
    asked: tuple[AskedView, ...] = ()
    n_asked: int = 0
    asked_tags: tuple[AskedView, ...] = ()
    n_asked_tags: int = 0
    asked_covers: tuple[AskedView, ...] = ()
    n_asked_covers: int = 0
    covers: CoversView = CoversView()
    sheets: str = ""
    shadows: tuple[ShadowView, ...] = ()
    held: tuple[Change, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    alerts: tuple[str, ...] = ()
    figures: tuple[FigureView, ...] = ()
    links: tuple[LinkView, ...] = ()
