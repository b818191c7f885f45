"""The web pages of a fake PhotoPrism."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes import pages
from fakes.curated import SHARED
from fakes.served.photoprism import PHOTOPRISM, told

DOCUMENT = SHARED / "contracts/photoprism-251125-swagger.json"


class Here(pages.Here):
    """The web pages of PhotoPrism."""

    def state(self) -> Any:
        return told(self.server)

    def shown(self) -> list[str]:
        photos = self.server.state.photos
        return [photo for photo in self.photos if photo in photos and photos[photo].deleted is None]

    def titles(self) -> dict[str, str]:
        return {uid: album.title for uid, album in self.server.state.albums.items() if not album.deleted}

    def album(self, album: str) -> pages.Seen:
        found, state = self.server.album(album), self.server.state
        file = state.files.get(state.by_hash.get(found.thumb, "")) if found.thumb_src else None
        cover = self.number(file.photo) if file else None
        return pages.Seen(
            found.title,
            found.description,
            tuple(sorted(self.number(p) for p in found.shown() if p in state.photos)),
            cover,
        )

    def tags_of(self, photo: str) -> set[str]:
        return set(self.server.labels_of(photo))

    def rename(self, album: str, title: str) -> None:
        self.server.rename(album, title)

    def describe(self, album: str, text: str) -> None:
        self.server.describe(album, text)

    def release(self, album: str) -> None:
        self.server.change_album(album, notes="", description="mine now")

    def take_out(self, album: str, photo: str) -> None:
        self.server.take_out(album, photo)

    def drop(self, photos: Sequence[str]) -> None:
        self.server.delete_photo(*photos)

    def put_aside(self, photos: Sequence[str]) -> None:
        self.server.archive(*photos)

    def set_tag(self, word: str, photo: str) -> None:
        self.server.label(self.tag(word), photo)

    def untag(self, word: str, *photos: str) -> None:
        self.server.unlabel(self.tag(word), *photos)


@contextmanager
def begun(place: Path, version: str = "", *, bare: bool = False) -> Iterator[Here]:
    """Lend a library that was never curated; a bare one has nothing of its user's but photos.

    Where the server's own document is at hand, every request must fit it as far as it covers them.
    """
    server = PHOTOPRISM.serve(version) if version else PHOTOPRISM.serve()
    photos = PHOTOPRISM.photos(server)
    if not bare:
        PHOTOPRISM.with_things_of_the_users(server, photos)
    if DOCUMENT.is_file():
        server.validate_with(DOCUMENT)
    with server:
        yield Here(PHOTOPRISM, server, photos, PHOTOPRISM.library(server, place / "data"))
    assert server.violations == []
