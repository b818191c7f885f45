"""A folder of five pictures and its user, who edits text files."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fakes.snaps import LEFT, RIGHT, SIZE, named_face, write_sidecar
from fakes.worlds import N, World
from PIL import Image

from plugins.drawn import drawn_face
from plugins.galleries.folder import Plugin

NAMES = tuple(f"2024/day {n % 2}/IMG_{n}.jpg" for n in range(N))
_UNTOLD = {"index.json", "README.txt"}
"""The memory of the files is no part of the gallery, and its explanation stays."""


@lru_cache(maxsize=1)
def _drawn(place: Path) -> Path:
    """Draw the folder and have it read, once: copies of it cost no process that reads."""
    for n, name in enumerate(NAMES):
        path = place / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE, (n * 40, 80, 120)).save(path)
    write_sidecar(place / "photos" / NAMES[0], named_face("Ana", RIGHT))
    with Plugin(place / "photos", place / "data", ZoneInfo("UTC")) as gallery:
        assert len(list(gallery.photos())) == N
    return place


@contextmanager
def folder_world(place: Path, common: Path) -> Iterator[World]:
    """Lend a folder of its own in `place`; what all of them share is drawn in `common`."""
    shutil.copytree(_drawn(common), place)
    user = _User(place / "photos")
    yield World(
        open=lambda: Plugin(user.root, place / "data", ZoneInfo("UTC")),
        originals=user.originals,
        everything=user.everything,
        nowhere="nowhere",
        add_photo=lambda: Image.new("RGB", SIZE, (1, 2, 3)).save(user.root / "2024/new.jpg"),
        add_album=user.add_album,
        release=user.release,
        hide=None,
        loose=tuple(drawn_face(name, LEFT) for name in NAMES[:4]),
        anas=f"{NAMES[0]}#0",
        ana="name:Ana",
        give=user.give,
        call=user.call,
    )


@dataclass(frozen=True)
class _User:
    root: Path

    def originals(self) -> dict[str, object]:
        return {str(p.relative_to(self.root)): _digest(p) for p in self.root.rglob("*.jpg")}

    def everything(self) -> dict[str, object]:
        """Return all files by name: of albums and people what they say, without the order of photos and faces."""
        files = {
            str(p.relative_to(self.root)): p for p in self.root.rglob("*") if p.is_file() and p.name not in _UNTOLD
        }
        return {
            name: _sorted(tomllib.loads(p.read_text())) if p.suffix == ".toml" else _digest(p)
            for name, p in files.items()
        }

    def add_album(self, title: str, photos: Sequence[str]) -> str:
        self._album("mine").parent.mkdir(parents=True, exist_ok=True)
        self._album("mine").write_text(f'title = "{title}"\nphotos = {list(photos)}\n')
        return "mine"

    def release(self, album: str) -> None:
        self._album(album).write_text(self._album(album).read_text().split("[albumen]")[0])

    def give(self, face: str, person: str | None) -> None:
        people = {key: one | {"faces": [f for f in one["faces"] if f != face]} for key, one in self._people().items()}
        if person is not None:
            one = people.setdefault(person, {"name": person.removeprefix("name:"), "faces": []})
            one["faces"] = [*one["faces"], face]
        self._save(people)

    def call(self, person: str, name: str) -> None:
        self._save({key: one | ({"name": name} if key == person else {}) for key, one in self._people().items()})

    def _album(self, key: str) -> Path:
        return self.root / ".albumen/albums" / f"{key}.toml"

    def _people(self) -> dict[str, dict[str, Any]]:
        file = self.root / ".albumen/people.toml"
        return tomllib.loads(file.read_text()) if file.exists() else {}

    def _save(self, people: dict[str, dict[str, Any]]) -> None:
        """Write the file as somebody does who has never seen ours."""
        tables = (f'["{key}"]\nname = "{one["name"]}"\nfaces = {one["faces"]}\n' for key, one in people.items())
        (self.root / ".albumen/people.toml").write_text("\n".join(tables))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sorted(said: Any) -> Any:
    if isinstance(said, dict):
        return {key: _sorted(value) for key, value in said.items()}
    return sorted(said) if isinstance(said, list) else said
