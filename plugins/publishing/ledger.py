"""The ledger: what we last published, and what the user did about it since; the memory that makes edits win."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

from plugins.records import Box

AlbumState: TypeAlias = Literal["live", "deleted", "released", "readonly", "retired"]
"""Ours and kept up to date; deleted by the user; its marker removed by the user; found without our memory of it;
deleted by us, and kept only to remember what the user had taken out of it."""
Membership: TypeAlias = Literal["ours", "user", "removed"]
"""Put there by us; put there (or kept) by the user; taken out by the user."""
TagState: TypeAlias = Literal["ours", "user", "rejected"]
"""Set by us; set or confirmed by the user; taken off by the user, so never set again."""
PersonState: TypeAlias = Literal["live", "theirs", "deleted", "lost", "named"]
"""Made by us; the user's since they named or hid them; deleted (or merged into another) by the user; gone with all
their faces, as when the gallery looks for faces anew; nobody, but the note of a name given (see `naming`)."""
FaceState: TypeAlias = Literal["ours", "user", "removed", "left"]
"""Given to the person by us; given back by the user; taken off by the user, so never given again; taken off by us as
the user allowed it."""

PosterState: TypeAlias = Literal["ours", "user", "removed", "away", "readonly"]
"""Put there by us; another picture, put in its place by the user; taken away by the user, so never made again; ours,
of a video that has left the library; found without our memory of it."""
CoverState: TypeAlias = Literal["ours", "user"]
"""Shown since we set it; changed by the user (or taken back for good), so not set again."""


@dataclass(frozen=True, slots=True)
class LedgerAlbum:
    """One album as we last published it; `user_*` says that this part is the user's from now on.

    `members` keeps the photos of a deleted or released album too: what the user did follows the photos, not the key.
    """

    key: str
    kind: str
    gallery_id: str = ""
    state: AlbumState = "live"
    title: str = ""
    description: str = ""
    cover: str | None = None
    user_title: bool = False
    user_description: bool = False
    user_cover: bool = False
    members: Mapping[str, Membership] = field(default_factory=dict)

    @property
    def touched(self) -> bool:
        """Whether the user has put anything of their own into this album."""
        edited = self.user_title or self.user_description or self.user_cover
        return edited or any(state != "ours" for state in self.members.values())

    @property
    def built_on(self) -> bool:
        """Whether the user has added something that would be lost with the album: words, a cover or photos."""
        chosen = self.user_cover and self.cover is not None
        return self.user_title or self.user_description or chosen or bool(self.photos("user"))

    def photos(self, *states: Membership) -> frozenset[str]:
        """Return the photos whose membership is one of these."""
        return frozenset(photo for photo, state in self.members.items() if state in states)


@dataclass(frozen=True, slots=True)
class LedgerPerson:
    """Somebody whom we have made in the gallery, under our key; `name` is the one that they had when last seen.

    Or, under the key that `naming` returns, the name that anybody in the gallery was given as the user asked for it:
    one that the user takes away is not given again.
    """

    key: str
    gallery_id: str = ""
    name: str = ""
    state: PersonState = "live"


@dataclass(frozen=True, slots=True)
class LedgerFace:
    """What became of a face that we gave to a person; by its box it is found when the gallery names it anew."""

    state: FaceState
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class LedgerPoster:
    """The picture that we put beside a video: which moment it shows, in seconds."""

    state: PosterState
    at_s: float


@dataclass(frozen=True, slots=True)
class LedgerCover:
    """The photo by which we show an album of the user's own, as they asked for."""

    state: CoverState
    photo: str


@dataclass(slots=True)
class Ledger:
    """All that we know of one library: albums and people by our key, tags by (photo, tag), faces by (face, person).

    The person of a face is our key of somebody of ours, the gallery's id of anybody else. Posters are by the video's
    id, covers of the user's own albums by the gallery's id of the album.
    """

    albums: dict[str, LedgerAlbum] = field(default_factory=dict)
    tags: dict[tuple[str, str], TagState] = field(default_factory=dict)
    people: dict[str, LedgerPerson] = field(default_factory=dict)
    faces: dict[tuple[str, str], LedgerFace] = field(default_factory=dict)
    posters: dict[str, LedgerPoster] = field(default_factory=dict)
    covers: dict[str, LedgerCover] = field(default_factory=dict)

    @property
    def lost(self) -> bool:
        """Whether we find things of ours but remember nothing about them: the store was deleted or is another one.

        What the user does to them while they are read-only (deleting one, say) brings no memory back.
        """
        states = {album.state for album in self.albums.values()}
        made = {poster.state for poster in self.posters.values()}
        return "readonly" in states | made and not (states & {"live", "retired"} or made & {"ours", "away"})


@dataclass(frozen=True, slots=True)
class Touched:
    """What a step changed in the ledger: keys of each of its parts, to be saved with the journal in one go."""

    albums: frozenset[str] = frozenset()
    tags: frozenset[tuple[str, str]] = frozenset()
    people: frozenset[str] = frozenset()
    faces: frozenset[tuple[str, str]] = frozenset()
    posters: frozenset[str] = frozenset()
    covers: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self != Touched()

    def __or__(self, other: Touched) -> Touched:
        return union((self, other))


def union(touched: Iterable[Touched]) -> Touched:
    """Return what any of these has touched."""
    each = tuple(touched)
    return Touched(*(frozenset().union(*(getattr(one, part.name) for one in each)) for part in fields(Touched)))
