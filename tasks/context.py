"""What every step opens: the settings, the store and the gallery of one library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import plugins
from plugins.exclusion import excluded
from plugins.galleries import Gallery, PhotoGone
from plugins.records import Album, Photo
from plugins.sections import MethodKind
from plugins.settings import LibrarySettings, Settings, load_settings
from plugins.store import Store, open_store

_T = TypeVar("_T")


@dataclass
class Opened:
    """One library, open: its settings, the store, and its gallery on first use.

    `read` holds what was asked by `once`.
    """

    settings: Settings
    config: LibrarySettings
    store: Store
    read: dict[Callable[[Opened], Any], Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Return the name under which everything of this library is kept."""
        return self.config.name

    @cached_property
    def gallery(self) -> Gallery:
        """Return the gallery of the library; making it asks nothing of it yet."""
        return make_gallery(self.settings, self.config)

    def once(self, reads: Callable[[Opened], _T]) -> _T:
        """Return what a function reads of this library, asked once: what a server tells costs requests.

        A cached step hands what was read for its key over to its body.
        """
        if reads not in self.read:
            self.read[reads] = reads(self)
        found: _T = self.read[reads]
        return found

    def trying(self, kind: MethodKind, method: str) -> Opened:
        """Return this library as if another method of a kind published; its gallery, and what was read of it, are this.

        What is asked by `once` must not hang on the method.
        """
        other = replace(self, config=self.config.trying(kind, method))
        other.__dict__["gallery"] = self.gallery
        return other

    def curated(self, every: Iterable[Photo] | None = None) -> tuple[list[Photo], dict[str, int]]:
        """Return the photos that methods may use, by time, and how many are left out for each reason.

        `every` photo of the library, by time, may be given.
        """
        photos = self.store.photos.all(self.name) if every is None else every
        homes = self.homes()
        kept: list[Photo] = []
        reasons: dict[str, int] = {}
        for photo in photos:
            reason = excluded(photo, self.config.exclude, homes.get(photo.id, ()))
            if reason is None:
                kept.append(photo)
            else:
                reasons[reason] = reasons.get(reason, 0) + 1
        return kept, reasons

    def user_albums(self) -> tuple[tuple[Album, tuple[str, ...]], ...]:
        """Return the albums without our marker, each with the ids of its photos; read once."""
        return self.once(_user_albums)

    def homes(self) -> dict[str, list[str]]:
        """Return the titles of the user's albums by photo, as far as the settings ask for them."""
        homes: dict[str, list[str]] = {}
        for album, members in self.user_albums() if self.config.exclude.albums else ():
            for photo in members:
                homes.setdefault(photo, []).append(album.title)
        return homes


def _user_albums(here: Opened) -> tuple[tuple[Album, tuple[str, ...]], ...]:
    found = []
    for album in here.gallery.albums():
        if album.marker is None:
            with suppress(PhotoGone):  # deleted since it was listed
                found.append((album, tuple(here.gallery.members(album.id))))
    return tuple(found)


def make_gallery(settings: Settings, config: LibrarySettings) -> Gallery:
    """Return the gallery that a library's settings name, not yet connected."""
    gallery: Gallery = plugins.load("galleries", config.gallery).of(config, settings.data_dir)
    return gallery


@contextmanager
def opened(library: str) -> Iterator[Opened]:
    """Open one library by name, by the settings that the environment and albumen.toml give.

    Raises:
        UnknownLibrary, SettingsWrong: there is no such library, or the settings are wrong.
        StoreUnusable, StoreBusy: the database cannot be used.
    """
    settings = load_settings()
    config = settings.library(library)
    with open_store(settings) as store:
        here = Opened(settings, config, store)
        try:
            yield here
        finally:
            if "gallery" in here.__dict__:
                here.gallery.__exit__(None, None, None)
