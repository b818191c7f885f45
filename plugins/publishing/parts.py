"""The parts of a plan, as a person thinks of it: our albums, then other covers, tags, people and notes."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from plugins.changes import AlbumChange, Change, RegionChange, SetAlbumCover, SetPoster, TagChange, WriteNote

Part: TypeAlias = Literal["albums", "covers", "tags", "people", "notes"]
PARTS: Final[tuple[Part, ...]] = ("albums", "covers", "tags", "people", "notes")


def part_of(change: Change) -> Part:
    """Return the part that a change belongs to."""
    if isinstance(change, AlbumChange):
        return "albums"
    if isinstance(change, TagChange | RegionChange):
        return "tags"
    if isinstance(change, SetAlbumCover | SetPoster):
        return "covers"
    return "notes" if isinstance(change, WriteNote) else "people"
