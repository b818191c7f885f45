"""The web pages of a server of any kind: what its user does there by hand, and sees there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fakes.served import Kind, Served

WORDS = ("Lisbon", "Portugal", "Hamburg", "Germany", "Auto/Harbour", "Auto/Repair shop", "sky", "Sky", "Vienna", "tram")


@dataclass(frozen=True)
class Seen:
    """An album as its user sees it; photos by their number in time order."""

    title: str
    description: str
    photos: tuple[int, ...]
    cover: int | None


@dataclass
class Here(ABC):
    """A server of a kind, its photos in time order, and the library. Albums go by id, or by a title that one has."""

    kind: Kind
    server: Any
    photos: list[str]
    library: Served

    def number(self, photo: str) -> int:
        return self.photos.index(photo)

    def writes(self, since: int = 0) -> list[str]:
        return self.kind.writes(self.server, since)

    @cached_property
    def _kept(self) -> dict[str, str]:
        with self.library.gallery() as gallery:
            return {word: gallery.as_kept("tag", word) for word in WORDS}

    def tag(self, word: str) -> str:
        """Return one of the tags that are wanted as the server keeps it."""
        return self._kept[word]

    def carriers(self, word: str) -> list[int]:
        return [n for n, photo in enumerate(self.photos) if self.tag(word) in self.tags_of(photo)]

    def lisbon(self) -> str:
        """Return the id of the album of Lisbon, whatever it is called now."""
        return next(id_ for id_, title in self.titles().items() if title.startswith(("Lisbon", "Our")))

    def named(self, *starts: str) -> list[str]:
        return sorted(title for title in self.titles().values() if title.startswith(starts))

    @abstractmethod
    def state(self) -> Any:
        """Return all that the server holds, without what it derives by itself from labels and tags."""

    @abstractmethod
    def shown(self) -> list[str]:
        """Return the photos that are neither gone nor put aside, in time order."""

    @abstractmethod
    def titles(self) -> dict[str, str]:
        """Return the titles of all albums by their id."""

    @abstractmethod
    def album(self, album: str) -> Seen: ...

    @abstractmethod
    def tags_of(self, photo: str) -> set[str]: ...

    @abstractmethod
    def rename(self, album: str, title: str) -> None: ...

    @abstractmethod
    def describe(self, album: str, text: str) -> None:
        """Write another text above our line, where there is one."""

    @abstractmethod
    def release(self, album: str) -> None:
        """Delete our line."""

    @abstractmethod
    def take_out(self, album: str, photo: str) -> None: ...

    def put_in(self, album: str, photo: str) -> None:
        self.server.add_to_album(album, photo)

    def cover(self, album: str, photo: str) -> None:
        self.server.set_cover(album, photo)

    def delete(self, album: str) -> None:
        self.server.delete_album(album)

    @abstractmethod
    def drop(self, photos: Sequence[str]) -> None:
        """Delete photos for good."""

    @abstractmethod
    def put_aside(self, photos: Sequence[str]) -> None:
        """Put photos where no page of photos shows them."""

    @abstractmethod
    def set_tag(self, word: str, photo: str) -> None: ...

    @abstractmethod
    def untag(self, word: str, *photos: str) -> None: ...
