"""Every write to a gallery as a frozen record that knows its inverse; nothing else writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from plugins.records import Box

Status: TypeAlias = Literal["done", "already", "gone", "refused", "taken"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change: done, already so, its target gone, refused with the reason, or taken.

    `taken` means that the gallery still works on it and may lose parts of it: `Gallery.digested` says what became of
    it. `skipped` are photos of a change to several that could not take it, while the others could; the reason says why.
    `cover` is the photo by which the gallery shows the album since, where it picked one by itself. `along` are faces of
    nobody that the gallery gave to the same person with the one that was asked for, as it thinks that they are alike.
    """

    status: Status
    reason: str = ""
    gallery_id: str = ""
    skipped: tuple[str, ...] = ()
    cover: str = ""
    along: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateAlbum:
    """Make an album of ours with its marker and its first photos. The key, not the gallery's id, names it from then on.

    One that is there already gets those of the photos that it lacks.
    """

    key: str
    kind: str
    title: str
    description: str = ""
    photos: tuple[str, ...] = ()

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return DeleteAlbum(self.key, self.kind, self.title, self.description, self.photos)


@dataclass(frozen=True, slots=True)
class DeleteAlbum:
    """Delete an album of ours that holds nothing but these photos, which we put there; other members keep it."""

    key: str
    kind: str
    title: str
    description: str = ""
    photos: tuple[str, ...] = ()

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return CreateAlbum(self.key, self.kind, self.title, self.description, self.photos)


@dataclass(frozen=True, slots=True)
class RenameAlbum:
    """Give an album of ours another title."""

    key: str
    title: str
    was: str

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return RenameAlbum(self.key, title=self.was, was=self.title)


@dataclass(frozen=True, slots=True)
class DescribeAlbum:
    """Replace the text above the marker line of an album of ours."""

    key: str
    description: str
    was: str

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return DescribeAlbum(self.key, description=self.was, was=self.description)


@dataclass(frozen=True, slots=True)
class AddMembers:
    """Put photos into an album of ours."""

    key: str
    photos: tuple[str, ...]

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return RemoveMembers(self.key, self.photos)


@dataclass(frozen=True, slots=True)
class RemoveMembers:
    """Take photos that we put there out of an album of ours; the photos themselves stay.

    `out_before` are those of them that the user had taken out of another album of ours already when this was planned:
    an undo may put them back where they were, but not what the user has taken out since.
    """

    key: str
    photos: tuple[str, ...]
    out_before: tuple[str, ...] = ()

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return AddMembers(self.key, self.photos)


@dataclass(frozen=True, slots=True)
class SetCover:
    """Show an album of ours by this photo, a member; None leaves the choice to the gallery.

    Where that always shows one, None writes nothing and is done at once; its inverse sets the cover again. `theirs`
    says that the user has picked the photo, `was_theirs` that they had chosen the one before.
    """

    key: str
    photo: str | None
    was: str | None
    theirs: bool = False
    was_theirs: bool = False

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return SetCover(self.key, photo=self.was, was=self.photo, theirs=self.was_theirs, was_theirs=self.theirs)


@dataclass(frozen=True, slots=True)
class SetAlbumCover:
    """Show an album of the user's own, by the gallery's id of it, by this photo, a member, as they asked for.

    None leaves the choice to the gallery, where that can be. It is refused when the cover is not `was` any more.
    `title` is the album's, for those who read of the change; `asked` is False of one that takes another back.
    """

    album: str
    photo: str | None
    was: str | None
    title: str = ""
    asked: bool = True

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return SetAlbumCover(self.album, photo=self.was, was=self.photo, title=self.title, asked=not self.asked)


@dataclass(frozen=True, slots=True)
class SetPoster:
    """Put the frame that a video shows at `at_s` seconds beside it as a picture; None takes away the one of ours.

    `was` is the moment of the one that is there, None where there is none; the same moment again moves it to where it
    belongs, or makes it anew.
    """

    photo: str
    at_s: float | None
    was: float | None

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return SetPoster(self.photo, at_s=self.was, was=self.at_s)


@dataclass(frozen=True, slots=True)
class AddTags:
    """Put each of these tags on each of these photos."""

    tags: tuple[str, ...]
    photos: tuple[str, ...]

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return RemoveTags(self.tags, self.photos)


@dataclass(frozen=True, slots=True)
class RemoveTags:
    """Take each of these tags, which are ours, off each of these photos."""

    tags: tuple[str, ...]
    photos: tuple[str, ...]

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return AddTags(self.tags, self.photos)


@dataclass(frozen=True, slots=True)
class CreatePerson:
    """Make a person, without a name while nobody has given one."""

    key: str
    name: str = ""

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return RemovePerson(self.key, self.name)


@dataclass(frozen=True, slots=True)
class RemovePerson:
    """Take back a person of ours who has no faces left."""

    key: str
    name: str = ""

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return CreatePerson(self.key, self.name)


@dataclass(frozen=True, slots=True)
class NamePerson:
    """Give a person who has no name the one that the user asked for; by our key, or by the gallery's id.

    With an empty `name` it is the taking back: of the name `was`, and of no other.
    """

    key: str
    name: str
    was: str = ""

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return NamePerson(self.key, name=self.was, was=self.name)


@dataclass(frozen=True, slots=True)
class AssignFace:
    """Say that a face is a person's; `face` is the gallery's id of it, `was` the person before.

    `asked` says that the user has allowed it by accepting a suggestion; only then a face is taken from somebody.
    """

    face: str
    person: str
    was: str | None = None
    asked: bool = False

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        was = self.was
        return UnassignFace(self.face, self.person) if was is None else AssignFace(self.face, was, self.person)


@dataclass(frozen=True, slots=True)
class UnassignFace:
    """Take a face off a person: one that we assigned, or, when `asked`, because the user accepted the suggestion."""

    face: str
    person: str
    asked: bool = False

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return AssignFace(self.face, self.person)


@dataclass(frozen=True, slots=True)
class WriteNote:
    """Write the note of a photo (its description) where it is empty or ours."""

    photo: str
    text: str
    was: str = ""

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return WriteNote(self.photo, text=self.was, was=self.text)


@dataclass(frozen=True, slots=True)
class DrawRegion:
    """Say beside a photo where in it the thing is that a tag names; one such region a photo and tag."""

    photo: str
    tag: str
    box: Box

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return RemoveRegion(self.photo, self.tag, self.box)


@dataclass(frozen=True, slots=True)
class RemoveRegion:
    """Take away a region that we drew; `for_good` leaves the note that there was one, so that it is not drawn again."""

    photo: str
    tag: str
    box: Box
    for_good: bool = False

    def inverse(self) -> Change:
        """Return the change that takes this one back."""
        return DrawRegion(self.photo, self.tag, self.box)


Change: TypeAlias = (
    CreateAlbum
    | DeleteAlbum
    | RenameAlbum
    | DescribeAlbum
    | AddMembers
    | RemoveMembers
    | SetCover
    | SetAlbumCover
    | SetPoster
    | AddTags
    | RemoveTags
    | CreatePerson
    | RemovePerson
    | NamePerson
    | AssignFace
    | UnassignFace
    | WriteNote
    | DrawRegion
    | RemoveRegion
)
AlbumChange: TypeAlias = CreateAlbum | DeleteAlbum | RenameAlbum | DescribeAlbum | AddMembers | RemoveMembers | SetCover
TagChange: TypeAlias = AddTags | RemoveTags
RegionChange: TypeAlias = DrawRegion | RemoveRegion
PersonChange: TypeAlias = CreatePerson | RemovePerson | NamePerson | AssignFace | UnassignFace
