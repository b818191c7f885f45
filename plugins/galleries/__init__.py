"""The contract of a gallery: how its photos are read, and how changes are written back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from plugins.changes import Change, Outcome
from plugins.records import Account, Album, Box, Person, Photo, Preview, Region, Signals

TextKind: TypeAlias = Literal["tag", "title", "description"]
"""What a text is for; titles and descriptions are those of albums."""


class GalleryError(Exception):
    """Root of what can go wrong with a gallery; the subclasses say what to do next."""


class GalleryUnreachable(GalleryError):
    """The gallery does not answer now: try again later."""


class GalleryRefused(GalleryError):
    """The gallery says no: fix the key or the permission that the text names."""


class PhotoGone(GalleryError):
    """The photo is not there any more: skip it."""


class NotReady(GalleryError):
    """The gallery is still working on this: ask for it in the next run."""


class PhotosVanished(GalleryError):
    """Most photos are gone at once, as when a disk is not mounted: look, then say that it is right with --force."""


class GalleryBug(GalleryError):
    """The gallery answered something unexpected: report the text, nothing was lost."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this gallery, at this version, can be asked to write; what it cannot is never planned.

    `tag_photos` and `member_photos` are the most photos that one change to tags or to members may hold.
    `vanish_share` is the share of the known photos that may be gone at once without a question (in small libraries
    a few photos may always be). `picks_covers` means that an album of which nobody chose the cover shows a photo that
    the gallery picks, and that reads like a chosen one. `tells_whose_tags` means that `Photo.tags` are the user's own
    alone; where it is false they may be ours. `finds_faces` means that the gallery finds faces itself, so that one
    which only we found is drawn into it when the user wants that; where it is false it has no others. `draws_regions`
    means that it can hold where in a photo the thing is that a tag names. `posters` means that it takes a picture of a
    video beside it. `unnamed_people` means that it can hold somebody who has no name; where it is false somebody comes
    to be by the first face that gets their name. `open_changes` are the most changes to tags, regions, people
    and posters that are asked for between two commits of ours. The run after a killed one makes all of them again, also
    what the user has changed in between: so it is one, but where a call takes no longer than a commit.
    """

    albums: bool = True
    covers: bool = True
    tags: bool = True
    people: bool = False
    notes: bool = False
    tag_photos: int = 300
    member_photos: int = 500
    vanish_share: float = 0.5
    picks_covers: bool = False
    tells_whose_tags: bool = True
    finds_faces: bool = False
    draws_regions: bool = False
    posters: bool = False
    unnamed_people: bool = True
    open_changes: int = 1


@dataclass(frozen=True, slots=True)
class Poster:
    """The picture that stands beside a video.

    Args:
        at_s: which moment of the video it shows, in seconds; None of a picture that is not ours.
        fits: whether it lies where it belongs, alone, and is of the video as it is now.
    """

    at_s: float | None
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the gallery that could not be read, and why; the photos that could be are not held up by it."""

    path: str
    reason: str


class Gallery(Protocol):
    """One library on one server or in one folder; a context manager that gives back what it holds open.

    Every method raises only `GalleryError`s. A context manager so that connections are closed.
    """

    @property
    def capabilities(self) -> Capabilities:
        """Say what can be asked of this gallery: of its version, with this key."""
        ...

    @property
    def problems(self) -> Sequence[Problem]:
        """Return what the last `photos()` could not read."""
        ...

    def __enter__(self) -> Gallery: ...

    def __exit__(self, *exc: object) -> None: ...

    def account(self) -> Account:
        """Say whose library this is; the cheapest call that proves the access."""
        ...

    def photos(self, changed_since: datetime | None = None) -> Iterator[Photo]:
        """Yield own, visible photos, each once; all of them when None, so that deletions can be found."""
        ...

    def newer(self, since: datetime) -> bool:
        """Say whether photos came in at or after a time, as cheaply as can be: what else has changed does not count."""
        ...

    def preview(self, photo: Photo, min_px: int) -> Preview:
        """Return a picture of at least `min_px` on its shorter side where the original has that, or the original.

        It is not decoded yet: `plugins.decoding` does that, and says what cannot be.

        Raises:
            PhotoGone: it is not there any more.
            NotReady: the gallery has made no preview yet.
        """
        ...

    def video(self, photo: Photo, most_bytes: int) -> Path | bytes | None:
        """Return a video, as a file of it or its bytes; None where it would have to be sent and has more than that.

        It may have fewer pixels than the original, and is not decoded yet, as a preview.

        Raises:
            PhotoGone: it is not there any more.
        """
        ...

    def regions(self, photo: Photo) -> Sequence[Region]:
        """Return the faces that the gallery knows in a photo."""
        ...

    def regions_of_people(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with at least the faces of somebody in them, in the way that costs the gallery least."""
        ...

    def all_regions(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with all faces that the gallery knows in them, those of nobody too, in the order given.

        Where a gallery tells of nobody's faces only photo by photo this costs a request each, and `regions` does
        without: ask for photos in which there is a face. What was asked once is asked again only when it may differ.
        """
        ...

    def people(self) -> Sequence[Person]:
        """Return the people that the gallery knows: all who have a face in it, and those of ours who may still get one.

        So somebody who is not among them is gone: deleted, or merged into another.
        """
        ...

    def tags(self) -> Sequence[str]:
        """Return all tags in use, sorted."""
        ...

    def tagged(self, tag: str) -> Sequence[str]:
        """Return the ids of the photos that carry a tag, sorted."""
        ...

    def tagged_among(self, tags: Collection[str], photos: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Return which of these photos carry each of these tags, as `tagged` does; for few photos this is cheaper."""
        ...

    def tag_regions(self) -> Mapping[tuple[str, str], Box | None]:
        """Return the regions that we drew, by photo and tag; None for one that somebody has taken away since.

        Asked only of a gallery that `draws_regions`.
        """
        ...

    def posters(self, gone: Iterable[str] = ()) -> Mapping[str, Poster]:
        """Return the posters of videos, by the video's id; of `gone`, videos that have left the library, ours alone.

        Asked only of a gallery that takes `posters`.
        """
        ...

    def albums(self) -> Sequence[Album]:
        """Return all albums, ours (with a marker) and the user's."""
        ...

    def members(self, album: str) -> Sequence[str]:
        """Return the photo ids of an album, by the gallery's id of it, in its own order."""
        ...

    def dropped(self, album: str) -> frozenset[str]:
        """Return the photos that the gallery has taken out of an album of ours by itself, so that no user did.

        As where it lets go of the members that it hides, and does not bring them back when they are shown again. While
        such a photo is `hidden`, `members` still has it.
        """
        ...

    def as_kept(self, kind: TextKind, text: str) -> str:
        """Return a text as this gallery keeps it, so that what is written is what is read; empty where it keeps none.

        Doing it twice is doing it once.
        """
        ...

    def signals(self) -> Signals:
        """Return what the user likes, as far as the gallery knows."""
        ...

    def apply(self, change: Change) -> Outcome:
        """Make one change; idempotent: doing it twice is doing it once. Albums are found by the key in their marker.

        An album whose marker is gone is the user's: the outcome is `gone`. The outcome `taken` means that the gallery
        still works on it: ask `digested` for it later.
        """
        ...

    def digested(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Wait until changes are worked in, make again what was lost of them, and say what became of each, in order.

        They were answered by `taken`, or were begun by a run that was killed: then a change may not have arrived at
        all, and is made now. `taken` once more means that the gallery has not come to an end: the next run asks again.
        """
        ...

    def warnings(self) -> Sequence[str]:
        """Return what the user should know though all works: an unknown version, a page that is switched off."""
        ...
