"""The web pages of a fake Immich."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes import pages
from fakes.served.immich import IMMICH


class Here(pages.Here):
    """The web pages of Immich."""

    def state(self) -> Any:
        return self.server.dump()

    def shown(self) -> list[str]:
        assets = self.server.state.assets
        return [photo for photo in self.photos if photo in assets and assets[photo].trashed is None]

    def titles(self) -> dict[str, str]:
        return {album.id: album.name for album in self.server.state.albums.values()}

    def album(self, album: str) -> pages.Seen:
        found = self.server.album(album)
        inside = tuple(sorted(map(self.number, found.members)))
        return pages.Seen(found.name, found.description, inside, self.number(found.cover) if found.cover else None)

    def tags_of(self, photo: str) -> set[str]:
        return set(self.server.tags_of(photo))

    def rename(self, album: str, title: str) -> None:
        self.server.rename_album(album, title)

    def describe(self, album: str, text: str) -> None:
        self.server.describe_album(album, f"{text}\n{self.album(album).description.splitlines()[-1]}")

    def release(self, album: str) -> None:
        self.server.describe_album(album, "mine now")

    def take_out(self, album: str, photo: str) -> None:
        self.server.remove_from_album(album, photo)

    def drop(self, photos: Sequence[str]) -> None:
        self.server.delete_asset(*photos)

    def put_aside(self, photos: Sequence[str]) -> None:
        self.server.trash_asset(*photos)

    def set_tag(self, word: str, photo: str) -> None:
        self.server.tag(self.tag(word), photo)

    def untag(self, word: str, *photos: str) -> None:
        self.server.untag(self.tag(word), *photos)


@contextmanager
def begun(place: Path, version: str = "", *, bare: bool = False) -> Iterator[Here]:
    """Lend a library that was never curated; a bare one has nothing of its user's but photos."""
    server = IMMICH.serve(version) if version else IMMICH.serve()
    photos = IMMICH.photos(server)
    if not bare:
        IMMICH.with_things_of_the_users(server, photos)
    with server:
        yield Here(IMMICH, server, photos, IMMICH.library(server, place / "data"))
