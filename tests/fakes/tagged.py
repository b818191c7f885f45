"""Libraries of photos that are only in the store, with picture vectors of a few scenes: for tests of tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fakes import outside_parts
from fakes.tiny import START

from plugins.publishing.ledger import TagState
from plugins.records import Photo
from plugins.store import Suggestion
from plugins.store.suggestions import Verdict
from tasks.context import opened

SCENES = {"beach": 0, "cat": 1, "wood": 2, "town": 3}
DIM = 8


def enter(place: Path, monkeypatch: pytest.MonkeyPatch, *names: str, settings: str = "") -> None:
    """Let the environment name libraries; `settings` are more lines of their file, such as those of a section."""
    outside_parts.install(place / "outside", monkeypatch)
    (place / "photos").mkdir(exist_ok=True)
    tables = (f"[libraries.{name}]\ngallery = 'folder'\npath = '{place / 'photos'}'\n" for name in names)
    (place / "albumen.toml").write_text("\n".join(tables) + settings)
    for name, value in {
        "CONFIG": place / "albumen.toml",
        "DATA_DIR": place / "data",
        "FEATURES__EMBEDDER": "squares",
        "FEATURES__PICTURE": "scenes",
    }.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))


@dataclass
class Shots:
    """The photos of one library, by id, each with a content of its own that shows a scene."""

    library: str
    photos: dict[str, Photo] = field(default_factory=dict)
    scenes: dict[str, str] = field(default_factory=dict)

    def take(self, n: int, scene: str, *tags: str, day: int = 0) -> list[str]:
        """Take photos of a scene, a minute apart, with the user's tags; return their ids."""
        first = len(self.photos)
        ids = [f"{self.library}-{first + i:04}" for i in range(n)]
        for i, id_ in enumerate(ids):
            at = START + timedelta(days=day, minutes=first + i)
            self.photos[id_] = Photo(id_, f"{id_}.jpg", at, at.replace(tzinfo=None), f"key-{id_}", tags=tags)
            self.scenes[id_] = scene
        return ids

    def tag(self, ids: Iterable[str], *tags: str) -> None:
        """Let photos carry just these tags."""
        for id_ in ids:
            self.photos[id_] = replace(self.photos[id_], tags=tags)

    def save(self, *, vectors: bool = True) -> Shots:
        """Put the photos into the store, and what they look like."""
        with opened(self.library) as here:
            here.store.photos.replace(here.name, self.photos.values())
            if vectors:
                looks = ((photo.content_key, self._look(id_)) for id_, photo in self.photos.items())
                here.store.features.put("scenes", "1", looks)
        return self

    def forget_vectors(self) -> None:
        """Forget what all photos of all libraries look like."""
        with opened(self.library) as here:
            here.store.features.forget("scenes", "1")

    def _look(self, id_: str) -> np.ndarray:
        noise = np.random.default_rng([*id_.encode()]).normal(scale=0.05, size=DIM)
        return np.eye(DIM)[SCENES[self.scenes[id_]]] + noise

    def ledger(self, states: Mapping[tuple[str, str], TagState | None]) -> None:
        """Write what we have done to tags, and the user since."""
        with opened(self.library) as here:
            here.store.ledger.save_tags(here.name, states)

    def decide(self, verdict: Verdict, *pairs: tuple[str, str]) -> None:
        """Answer suggestions of a tag for a photo."""
        with opened(self.library) as here:
            of_pair = {(s.subject, s.value): s.key for s in here.store.suggestions.open(here.name, "tag")}
            for photo, tag in pairs:
                here.store.suggestions.decide(here.name, of_pair[self.photos[photo].content_key, tag], verdict)

    def waiting(self) -> list[Suggestion]:
        """Return the open suggestions of tags."""
        with opened(self.library) as here:
            return here.store.suggestions.open(here.name, "tag")

    def asked(self) -> set[tuple[str, str]]:
        """Return the (photo, tag) pairs that are suggested."""
        of_key = {photo.content_key: id_ for id_, photo in self.photos.items()}
        return {(of_key[made.subject], made.value) for made in self.waiting()}
