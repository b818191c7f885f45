"""What every step opens: the settings, the store and the gallery of one library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import plugins
from plugins.exclusion import excluded
from plugins.galleries import Gallery
from plugins.records import Photo
from plugins.settings import LibrarySettings, Settings, load_settings
from plugins.store import Store, open_store


@dataclass
class Opened:
    """One library, open: its settings, the store, and its gallery on first use."""

    settings: Settings
    config: LibrarySettings
    store: Store

    @property
    def name(self) -> str:
        """Return the name under which everything of this library is kept."""
        return self.config.name

    @cached_property
    def gallery(self) -> Gallery:
        """Return the gallery of the library; making it asks nothing of it yet."""
        return make_gallery(self.settings, self.config)

    def curated(self) -> tuple[list[Photo], dict[str, int]]:
        """Return the photos that methods may use, by time, and how many are left out for each reason."""
        photos = self.store.photos.all(self.name)
        homes = self._albums_of() if self.config.exclude.albums else {}
        kept: list[Photo] = []
        reasons: dict[str, int] = {}
        for photo in photos:
            reason = excluded(photo, self.config.exclude, homes.get(photo.id, ()))
            if reason is None:
                kept.append(photo)
            else:
                reasons[reason] = reasons.get(reason, 0) + 1
        return kept, reasons

    def _albums_of(self) -> dict[str, list[str]]:
        homes: dict[str, list[str]] = {}
        for album in self.gallery.albums():
            if album.marker is None:
                for photo in self.gallery.members(album.id):
                    homes.setdefault(photo, []).append(album.title)
        return homes


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
