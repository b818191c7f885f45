"""What Immich's answers say, read with tolerance: unknown fields are passed over, optional ones may be missing."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import Field

from plugins.galleries.http.shapes import Part, Words, read_as

_T = TypeVar("_T")
Id = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
"""An id is put into paths, so it must be nothing but one."""


class ExifPart(Part):
    """The metadata of an asset's file, as the server read it; `timeZone` is null where nobody knows it."""

    latitude: float | None = None
    longitude: float | None = None
    city: Words = ""
    state: Words = ""
    country: Words = ""
    dateTimeOriginal: str | None = None  # noqa: N815 (the server's names)
    timeZone: str | None = None  # noqa: N815
    make: Words = ""
    model: Words = ""
    rating: float | None = None
    orientation: Words = ""
    exifImageWidth: float | None = None  # noqa: N815
    exifImageHeight: float | None = None  # noqa: N815


class PersonPart(Part):
    """Somebody; `faces` are only in searches of 2.x."""

    id: Id
    name: Words = ""
    isHidden: bool = False  # noqa: N815
    faces: list[FacePart] | None = None


class FacePart(Part):
    """A face: its box in pixels of a picture of `imageWidth` × `imageHeight`."""

    id: Id
    imageWidth: int  # noqa: N815
    imageHeight: int  # noqa: N815
    boundingBoxX1: float  # noqa: N815
    boundingBoxY1: float  # noqa: N815
    boundingBoxX2: float  # noqa: N815
    boundingBoxY2: float  # noqa: N815
    sourceType: Words = ""  # noqa: N815
    person: PersonPart | None = None


class AssetPart(Part):
    """An asset as searches show it; times are text, so that one odd date costs one photo and not all."""

    id: Id
    ownerId: str  # noqa: N815
    type: str
    fileCreatedAt: str  # noqa: N815
    localDateTime: str  # noqa: N815
    visibility: str = "timeline"
    originalFileName: Words = ""  # noqa: N815
    originalPath: Words = ""  # noqa: N815
    libraryId: str | None = None  # noqa: N815
    checksum: Words = ""
    thumbhash: str | None = None
    createdAt: Words = ""  # noqa: N815
    updatedAt: Words = ""  # noqa: N815
    isFavorite: bool = False  # noqa: N815
    isTrashed: bool = False  # noqa: N815
    isOffline: bool = False  # noqa: N815
    isEdited: bool = False  # noqa: N815
    livePhotoVideoId: str | None = None  # noqa: N815
    width: float | None = None
    height: float | None = None
    duration: int | str | None = None
    exifInfo: ExifPart | None = None  # noqa: N815
    people: list[PersonPart] = Field(default_factory=list)


class HitPart(Part):
    """As much of an asset as lists of ids need."""

    id: Id
    fileCreatedAt: str  # noqa: N815
    ownerId: str = ""  # noqa: N815
    visibility: str = "timeline"
    originalFileName: Words = ""  # noqa: N815
    updatedAt: Words = ""  # noqa: N815


class FoundPart(Part):
    """One page of a search, its items not yet read; `nextPage` is a number as text, or null."""

    items: list[Any]
    nextPage: str | int | None = None  # noqa: N815


class SearchPart(Part):
    """The answer to a search."""

    assets: FoundPart


class CountPart(Part):
    """How many assets a search would find."""

    total: int


class VersionPart(Part):
    """A server's version."""

    major: int
    minor: int
    patch: int


class UserPart(Part):
    """Whose key it is; since 3.2, in which group users share their people, as one alone does too."""

    id: Id
    name: Words = ""
    email: Words = ""
    clusterGroupId: Id | None = None  # noqa: N815


class KeyPart(Part):
    """What a key may do."""

    permissions: list[str] = Field(default_factory=list)


class MethodPart(Part):
    """Something that a step of a workflow can do."""

    key: str


class StepPart(Part):
    """A step of a workflow: a method and what it is told."""

    method: str
    config: dict[str, Any] | None = None
    enabled: bool = True


class WorkflowPart(Part):
    """A workflow; the answer to its making has no steps, though it has them."""

    id: Id
    name: Words = ""
    trigger: str = ""
    enabled: bool = True
    steps: list[StepPart] = Field(default_factory=list)


class TagPart(Part):
    """A tag; `value` is its whole path."""

    id: Id
    value: str
    parentId: str | None = None  # noqa: N815


class AssetTagsPart(Part):
    """The tags of one asset, of those on it alone and not of those above them."""

    tags: list[TagPart] = Field(default_factory=list)


class StatePart(Part):
    """What became of one asset."""

    thumbhash: str | None = None
    isTrashed: bool = False  # noqa: N815
    isOffline: bool = False  # noqa: N815


class _AlbumUser(Part):
    user: UserPart
    role: str = ""


class AlbumPart(Part):
    """An album: 2.x says who owns it, 3.x lists the owner among the users."""

    id: Id
    albumName: str  # noqa: N815
    description: Words = ""
    albumThumbnailAssetId: str | None = None  # noqa: N815
    assetCount: int | None = None  # noqa: N815
    ownerId: str | None = None  # noqa: N815
    albumUsers: list[_AlbumUser] = Field(default_factory=list)  # noqa: N815
    order: Words = "desc"
    shared: bool = False
    isActivityEnabled: bool = False  # noqa: N815
    createdAt: Words = ""  # noqa: N815

    @property
    def owners(self) -> set[str]:
        """Return the id of the owner, in a set that is empty where the server does not say."""
        if self.ownerId is not None:
            return {self.ownerId}
        return {one.user.id for one in self.albumUsers if one.role == "owner"}


class PeoplePart(Part):
    """One page of people; `total` counts some that are never shown."""

    people: list[PersonPart]
    hasNextPage: bool = False  # noqa: N815


class _IdPart(Part):
    id: Id


class StackPart(Part):
    """A stack of assets, of which the timeline shows one."""

    primaryAssetId: Id  # noqa: N815
    assets: list[_IdPart] = Field(default_factory=list)


class SharedPart(Part):
    """A shared link to photos, or to an album."""

    type: str = ""
    assets: list[_IdPart] = Field(default_factory=list)
    album: _IdPart | None = None


class MemoryPart(Part):
    """A memory with its photos."""

    isSaved: bool = False  # noqa: N815
    assets: list[_IdPart] = Field(default_factory=list)


class ActivityPart(Part):
    """A like or a comment on a photo of an album, or on the whole album."""

    type: str = ""
    assetId: str | None = None  # noqa: N815


def read(shape: type[_T], answer: object, where: str) -> _T:
    """Return an answer of Immich's in the shape that it must have; see `read_as`."""
    return read_as(shape, answer, where, "Immich")
