"""What differs between Immich's versions, in one table; which are too old, and which are newer than we know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from plugins.galleries import GalleryRefused


class Version(NamedTuple):
    """A server's version; it compares and prints as one."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


OLDEST: Final = Version(2, 5, 3)
"""Before it, tags are lost where a photo's metadata is still being read (immich #16747)."""
UNKNOWN: Final = Version(3, 4, 0)
"""The first version of which we know nothing; what it changed shows in its answers, or does not."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How one version is talked to.

    `careful`: nobody has looked at this version; people and faces are not written, and nothing is left to a default.
    `shows_all`: a search without `visibility` finds everything but locked photos (else the timeline alone).
    `boxes_in_search`: a search with people says where their faces are; later versions have to be asked photo by photo.
    `bare_albums`: albums come without their photos, and those shared with the user are listed unless told otherwise.
    `one_merge_route`: people are merged by `POST /people/merge`, no longer by `POST /people/{id}/merge`.
    """

    version: Version
    careful: bool = False
    shows_all: bool = True
    boxes_in_search: bool = False
    bare_albums: bool = True
    one_merge_route: bool = False

    @property
    def own_albums(self) -> dict[str, bool]:
        """Return what asks for the user's own albums and no others."""
        return {"isOwned": True} if self.bare_albums else {}

    @property
    def bare_album(self) -> dict[str, bool]:
        """Return what asks for an album without its photos."""
        return {} if self.bare_albums else {"withoutAssets": True}


_TABLE: Final[tuple[tuple[Version, dict[str, Any]], ...]] = (
    (OLDEST, {"shows_all": False, "boxes_in_search": True, "bare_albums": False}),
    (Version(3, 0, 0), {}),
    (Version(3, 2, 1), {"one_merge_route": True}),
    (UNKNOWN, {"one_merge_route": True, "careful": True, "shows_all": False}),
)


def ways_of(version: Version) -> Ways:
    """Return how a version is talked to.

    Raises:
        GalleryRefused: it is too old; the text names it.
    """
    if version < OLDEST:
        raise GalleryRefused(f"Immich {version} is too old, as it loses tags: Albumen needs {OLDEST} or later")
    return Ways(version, **[fields for since, fields in _TABLE if since <= version][-1])


def warning_of(version: Version) -> str:
    """Return what the user should know about a version; empty when there is nothing."""
    if version < UNKNOWN:
        return ""
    return (
        f"Immich {version} is newer than what this Albumen knows: it is read and written with care, people and faces "
        "are only read. Look for a newer Albumen"
    )
