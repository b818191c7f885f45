"""What PhotoPrism's answers say, read with tolerance: unknown fields are passed over, optional ones may be missing.

Field names are the server's own; ids are a letter (p, f, m, j, l, a) and 15 letters or digits.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, Field

from plugins.galleries.http.shapes import Count, Part, Words, read_as

_UID: Final = re.compile("[a-z][a-z0-9]{15}")
Uid = Annotated[str, Field(pattern=f"^{_UID.pattern}$")]
"""An id is put into paths, so it must be nothing but one."""
_HASH: Final = re.compile("[0-9a-f]{40}")
Hash = Annotated[str, Field(pattern=f"^{_HASH.pattern}$")]
"""SHA-1 of a file, which names its pictures in paths too."""
NEVER: Final = "0001-01-01T00:00:00Z"
"""How Go writes a time that is not set, in versions that do not leave it out."""
When = Annotated[str, BeforeValidator(lambda text: "" if text in (None, NEVER) else text)]
"""A time that may not be set."""
VISION: Final = "vision"
"""Who gave a label, or chose a cover, that is ours: what PhotoPrism has for programs, and takes for no user's."""
BLOCKED: Final = 100
"""The uncertainty of a label that the user took off a photo: the row stays, and searches do not find it."""
_T = TypeVar("_T")


def is_uid(text: str) -> bool:
    """Say whether this can be an id."""
    return _UID.fullmatch(text) is not None


def is_hash(text: str) -> bool:
    """Say whether this can be the hash of a file."""
    return _HASH.fullmatch(text) is not None


def _or_empty(items: object) -> object:
    return [] if items is None else items


class FeaturesPart(Part):
    """What the server's settings switch on; what a version does not know is missing, and off."""

    people: bool = True
    labels: bool = True
    albums: bool = True
    private: bool = True
    review: bool = True
    batchEdit: bool = False  # noqa: N815 (the server's names)


class SettingsPart(Part):
    """The server's settings, as far as they matter here."""

    features: FeaturesPart = FeaturesPart()


class ConfigPart(Part):
    """`GET /config`: `mode` is `user` for somebody who is logged in, `public` else."""

    version: Words = ""
    mode: Words = ""
    public: bool = False
    readonly: bool = False
    siteUrl: Words = ""  # noqa: N815
    previewToken: Words = Field("", repr=False)  # noqa: N815
    settings: SettingsPart = SettingsPart()


class UserPart(Part):
    """Who asks; an access token without a user has no UID."""

    UID: Words = ""
    Name: Words = ""
    Role: Words = ""
    SuperAdmin: bool = False


class SessionPart(Part):
    """`GET /session` and `POST /session`: who asks, and what the token may do (`*` is everything)."""

    access_token: Words = Field("", repr=False)
    scope: Words = ""
    user: UserPart = UserPart()


class RowPart(Part):
    """A photo as searches show it with `primary=true`: its primary file is the one that `Hash` names.

    Times are text, so that one odd date costs one photo and not all; `Duration` is in nanoseconds.
    """

    UID: Uid
    Hash: Hash
    TakenAt: str
    TakenAtLocal: str
    Type: str = "image"
    TakenSrc: Words = ""
    TimeZone: Words = ""
    Favorite: bool = False
    Private: bool = False
    Quality: Count = 3
    Faces: Count = 0
    Duration: float = 0
    Lat: float = 0.0
    Lng: float = 0.0
    PlaceSrc: Words = ""
    PlaceCity: Words = ""
    PlaceState: Words = ""
    PlaceCountry: Words = ""
    CameraMake: Words = ""
    CameraModel: Words = ""
    FileRoot: Words = ""
    FileName: Words = ""
    OriginalName: Words = ""
    Width: Count = 0
    Height: Count = 0
    DeletedAt: When = ""


class HitPart(Part):
    """As much of a search row as lists of ids need."""

    UID: Uid
    Hash: Words = ""
    Faces: int = 0
    UpdatedAt: Words = ""


class MarkerPart(Part):
    """A region of a file: left, top, width and height as shares of the upright picture; `SubjUID` is whose it is."""

    UID: Uid
    Type: Words = ""
    Src: Words = ""
    Name: Words = ""
    FaceID: Words = ""
    SubjUID: Words = ""
    SubjSrc: Words = ""
    Invalid: bool = False
    X: float = 0.0
    Y: float = 0.0
    W: float = 0.0
    H: float = 0.0


class FilePart(Part):
    """A file of a photo, with its markers."""

    UID: Uid
    Hash: Words = ""
    Primary: bool = False
    Markers: Annotated[list[MarkerPart], BeforeValidator(_or_empty)] = Field(default_factory=list)


class LabelPart(Part):
    """A label, as `GET /labels` lists it."""

    UID: Uid
    Slug: str
    CustomSlug: Words = ""
    Name: str
    PhotoCount: int = 0


class PhotoLabelPart(Part):
    """A label on a photo: who gave it (`LabelSrc`), and how unsure (`Uncertainty` in percent; 100: blocked)."""

    LabelID: int
    LabelSrc: Words = ""
    Uncertainty: int = 0
    Label: LabelPart | None = None


class AlbumPart(Part):
    """An album; `Thumb` is the hash of its cover, and `ThumbSrc` says who chose it (empty: the server picks).

    With a `Filter` it is a search, and shows what that finds.
    """

    UID: Uid
    Title: Words = ""
    Description: Words = ""
    Notes: Words = ""
    Order: Words = ""
    Filter: Words = ""
    Thumb: Words = ""
    ThumbSrc: Words = ""
    PhotoCount: int = 0
    CreatedAt: Words = ""


class SubjectPart(Part):
    """Somebody whom the server knows by name."""

    UID: Uid
    Name: Words = ""
    Hidden: bool = False
    Excluded: bool = False
    Private: bool = False


class PhotoPart(Part):
    """`GET /photos/{uid}`: a photo with its files and labels."""

    UID: Uid
    UpdatedAt: Words = ""
    Files: Annotated[list[FilePart], BeforeValidator(_or_empty)] = Field(default_factory=list)
    Labels: Annotated[list[PhotoLabelPart], BeforeValidator(_or_empty)] = Field(default_factory=list)

    @property
    def primary(self) -> FilePart | None:
        """Return the file that stands for the photo; None where it has none now."""
        return next((file for file in self.Files if file.Primary), None)


def read(shape: type[_T], answer: object, where: str) -> _T:
    """Return an answer of PhotoPrism's in the shape that it must have; see `read_as`."""
    return read_as(shape, answer, where, "PhotoPrism")
