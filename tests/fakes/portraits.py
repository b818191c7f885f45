"""A library whose faces are made of numbers: who is on which photo, as an extractor would have found it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from fakes import outside_parts
from fakes.small_folder import draw, refresh

from plugins.drawn import drawn_face
from plugins.people import Floats
from plugins.records import Box, FoundFace, Person
from plugins.store import FaceLabel, Suggestion
from plugins.store.suggestions import SuggestionKind, Verdict
from tasks.context import opened
from tasks.people import group_people

DIM = 24
LANDMARKS = ((0.3, 0.3), (0.4, 0.3), (0.35, 0.35), (0.3, 0.4), (0.4, 0.4))


def box(place: int) -> Box:
    """Return where the face at this place of a photo is."""
    return (0.1 + 0.2 * place, 0.2, 0.2 + 0.2 * place, 0.4)


def face(person: int, rng: np.random.Generator, noise: float = 0.06, at: Floats | None = None) -> Floats:
    """Return a vector of a person: the axis of that number, and some noise."""
    vector = (np.eye(DIM, dtype=np.float32)[person] if at is None else at) + rng.normal(0, noise, DIM)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@dataclass
class Portraits:
    """A folder of pictures, and the faces that are said to be in them; `photos` are who is on each, by name."""

    folder: Path
    photos: dict[str, tuple[Floats, ...]] = field(default_factory=dict)

    @property
    def library(self) -> str:
        return f"folder:{self.folder}"

    def add(self, *photos: Sequence[Floats]) -> list[str]:
        """Take further pictures with these faces; return their names."""
        names = [f"{len(self.photos) + n:03}.jpg" for n in range(len(photos))]
        draw(self.folder, [*self.photos, *names], size=(16, 16))
        self.photos |= {name: tuple(faces) for name, faces in zip(names, photos, strict=True)}
        self.look()
        return names

    def look(self, version: str = "1") -> None:
        """Let the store hold the faces, as a version of the extractor would have found them."""
        refresh(self.library)
        with opened(self.library) as here:
            keys = {photo.name: photo.content_key for photo in here.store.photos.all(here.name)}
            found = [
                (keys[name], [_found(vector, place) for place, vector in enumerate(vectors)])
                for name, vectors in self.photos.items()
                if name in keys
            ]
            here.store.faces.put("squares", version, found)

    def name(self, **people: tuple[str, Sequence[tuple[str, int]]]) -> None:
        """Say in the folder who is whose: by key the name, and the faces by photo and place."""
        tables = (
            f'["{key}"]\nname = {json.dumps(name)}\nfaces = {json.dumps([drawn_face(p, box(n)) for p, n in faces])}\n'
            for key, (name, faces) in people.items()
        )
        file = self.folder / ".albumen/people.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(tables))

    def run(self) -> dict[str, object]:
        """Group the people and return the figures."""
        refresh(self.library)
        return group_people.as_task.fn(self.library, "key")

    def labels(self) -> dict[tuple[str, int], FaceLabel]:
        """Return whose the faces are, by photo and place."""
        with opened(self.library) as here:
            names = {photo.content_key: photo.name for photo in here.store.photos.all(here.name)}
            labels = here.store.people.labels(here.name, "squares", "1")
            return {(names[key], place): label for (key, place), label in labels.items()}

    def people(self) -> dict[tuple[str, int], str]:
        """Return who the faces are, by photo and place: by name where there is one."""
        with opened(self.library) as here:
            called = {person.id: person.name or person.id for person in here.store.people.all(here.name)}
        return {place: called[label.person] for place, label in self.labels().items()}

    def known(self) -> Mapping[str, Person]:
        with opened(self.library) as here:
            return {person.id: person for person in here.store.people.all(here.name)}

    def asked(self, kind: SuggestionKind | None = None) -> list[Suggestion]:
        with opened(self.library) as here:
            return here.store.suggestions.open(here.name, kind)

    def answer(self, suggestion: Suggestion, verdict: Verdict) -> None:
        with opened(self.library) as here:
            here.store.suggestions.decide(here.name, suggestion.key, verdict)


def _found(vector: Floats, place: int) -> FoundFace:
    return FoundFace(box(place), LANDMARKS, 1.0, 112.0, 1.0, 1.0, vector)  # type: ignore[arg-type]


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Portraits:
    """Make an empty library below this folder, and let the environment name its settings."""
    outside_parts.install(folder / "outside", monkeypatch)
    monkeypatch.setattr(outside_parts.Squares, "dim", DIM)
    settings = {
        "DATA_DIR": folder / "data",
        "FEATURES__EMBEDDER": "squares",
        "FEATURES__PICTURE": "tints",
        "PEOPLE__METHOD": "dbscan_faces",
        "PEOPLE__PURIFY": "none",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    (folder / "photos").mkdir()
    return Portraits(folder / "photos")
