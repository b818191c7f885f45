"""The tiny gallery with the manners of a server: tags that are worked in later and may be lost, covers of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from fakes.tiny import TinyGallery

from plugins.changes import (
    AddTags,
    Change,
    Outcome,
    PersonChange,
    RegionChange,
    RemoveTags,
    SetAlbumCover,
    SetCover,
    SetPoster,
    TagChange,
)
from plugins.galleries import Capabilities
from plugins.records import Album, Photo

SERVER = Capabilities(
    people=True, finds_faces=True, tag_photos=3, member_photos=4, picks_covers=True, tells_whose_tags=False
)


@dataclass
class RacyGallery(TinyGallery):
    """Answers changes to tags by `taken`; until they are digested any of them may come undone at any time.

    `slow` is how many times it is not ready when it is asked. Small chunks, so that several changes make one album.
    """

    capabilities: Capabilities = SERVER
    undigested: dict[tuple[str, str], bool] = field(default_factory=dict)
    luck: Random = field(default_factory=Random)
    slow: int = 0

    def photos(self) -> Iterator[Photo]:
        for shot in self.shots.values():
            yield replace(shot, tags=tuple(sorted(t for p, t in self.our_tags | self.user_tags if p == shot.id)))

    def albums(self) -> Sequence[Album]:
        return tuple(replace(album, cover=self._shown_by(album)) for album in self.shown.values())

    def _shown_by(self, album: Album) -> str | None:
        return album.cover or next(iter(self.members(album.id)), None)

    def apply(self, change: Change) -> Outcome:
        if isinstance(change, SetCover) and change.photo is None:
            return Outcome("done")  # it always shows one
        outcome = super().apply(change)
        if isinstance(change, TagChange):
            self.undigested |= {(p, t): isinstance(change, AddTags) for p in change.photos for t in change.tags}
            self.strike()
            return Outcome("taken")
        if isinstance(change, PersonChange | RegionChange | SetPoster | SetAlbumCover):
            return outcome
        album = self.ours(change.key)  # type: ignore[union-attr]
        return replace(outcome, cover=(self._shown_by(album) or "") if album else "")

    def strike(self) -> None:
        """Lose some of what is being worked on: a tag that was set is gone, one that was taken off is there again."""
        for pair, added in self.undigested.items():
            if self.luck.random() < 0.3:
                self.our_tags = self.our_tags - {pair} if added else self.our_tags | {pair}

    def digested(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        if self.slow:
            self.slow -= 1
            self.strike()
            return [Outcome("taken") for _ in changes]
        return [self._digest(change) for change in changes]

    def _digest(self, change: Change) -> Outcome:
        outcome = super().apply(change)
        if isinstance(change, AddTags | RemoveTags):
            for pair in ((p, t) for p in change.photos for t in change.tags):
                self.undigested.pop(pair, None)
        return outcome
