"""Whatever a server answers that calls itself PhotoPrism: it is named or passed over, and asked for nothing odd."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from fakes.http.routes import Answer
from fakes.http.server import Seen
from fakes.photoprism import FakePhotoPrism

from plugins.changes import (
    AddMembers,
    AddTags,
    AssignFace,
    Change,
    CreateAlbum,
    CreatePerson,
    DeleteAlbum,
    DescribeAlbum,
    NamePerson,
    RemoveMembers,
    RemovePerson,
    RemoveTags,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    UnassignFace,
)
from plugins.drawn import drawn_face
from plugins.galleries import GalleryError
from plugins.galleries.photoprism import Plugin
from plugins.sections import Retry
from plugins.settings import LibrarySettings

ODD: Final[tuple[Any, ...]] = (
    None, True, -1, 10**30, float("nan"), float("inf"), 1e308, "", "../x", "\ud800", "\x00", "p/../../x",
    "x" * 1_000_000, [], [[]], {}, {"UID": "../x"}, [None],
)  # fmt: skip
"""What an answer may have in place of any of its parts, or be as a whole."""
PATH: Final = re.compile(r"/api/v1/[a-z]+(/[A-Za-z0-9_-]+)*")
KEY: Final = "ev-1"


class Odd(FakePhotoPrism):
    """A server in whose answers some parts are others, as drawn by `draw`; none while that is None."""

    draw: random.Random | None = None
    rate = 0.2

    def answer(self, seen: Seen) -> Answer:
        found = super().answer(seen)
        if self.draw is None or self.draw.random() > self.rate or isinstance(found.body, bytes):
            return found
        body = {"whole": deepcopy(found.body)}
        places = list(_places(body))
        for holder, key in self.draw.sample(places, min(len(places), self.draw.randint(1, 3))):
            holder[key] = self.draw.choice(ODD)
        return Answer(body["whole"], found.status, found.headers)


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    items = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
    for key, value in items:
        yield holder, key
        yield from _places(value)


def changes(server: Odd, photos: list[str], face: str, theirs: str) -> list[Change]:
    a, b, c, *_ = photos
    return [
        CreateAlbum(KEY, "event", "Lisbon", "Three days", (a, b, c)),
        AddMembers(KEY, (c, "../x")),
        RenameAlbum(KEY, "Lisboa", was="Lisbon"),
        DescribeAlbum(KEY, "", was="Three days"),
        SetCover(KEY, a, was=None),
        RemoveMembers(KEY, (a,)),
        SetAlbumCover(theirs, a, None),
        AddTags(("Beach", "Sun"), (a, b)),
        RemoveTags(("Beach",), (a, b)),
        CreatePerson("p-1", "Ana"),
        AssignFace(face, "p-1"),
        AssignFace(drawn_face(b, (0.1, 0.1, 0.3, 0.4)), "p-1"),
        UnassignFace(face, "p-1"),
        NamePerson("p-1", "Bea"),
        RemovePerson("p-1", "Ana"),
        DeleteAlbum(KEY, "event", "Lisboa", "", (b, c)),
    ]


def look(gallery: Plugin) -> None:
    photos = list(gallery.photos())
    for album in gallery.albums():
        gallery.members(album.id)
        gallery.dropped(album.id)
    gallery.people()
    gallery.tagged_among(gallery.tags(), [photo.id for photo in photos])
    gallery.signals()
    list(gallery.all_regions(photos))
    gallery.warnings()


def play(seed: int, folder: Path) -> None:
    draw = random.Random(seed)
    with Odd(draw.choice(["250425", "251130", "260919"]), seed) as server:
        photos, ben = server.add_photos(4), server.add_person("Ben")
        face = f"{photos[0]}#{server.add_face(photos[0], (0.1, 0.1, 0.2, 0.3), face=server.add_cluster())}"
        server.add_face(photos[1], (0.5, 0.1, 0.2, 0.3), ben)
        theirs = server.add_album("Mine", photos)
        server.label("Dog", photos[3])
        said = {"name": "anna", "gallery": "photoprism", "url": server.url, "api_key": server.token}
        library = LibrarySettings.model_validate({**said, "retry": Retry(attempts=2, backoff_s=0.001)})
        server.rate, server.draw = draw.choice([0.02, 0.05, 0.2]), draw
        for change in changes(server, photos, face, theirs):
            with Plugin.of(library, folder) as gallery:
                for step in (lambda: look(gallery), lambda: gallery.apply(change)):  # noqa: B023 (called at once)
                    try:
                        step()
                    except GalleryError:
                        continue
        assert {seen.path for seen in server.requests if not PATH.fullmatch(seen.path)} == set()
        assert {name: album.title for name, album in server.state.albums.items()}[theirs] == "Mine"
        assert (server.labels_of(photos[3]), server.state.subjects[ben].name) == ({"Dog"}, "Ben")


@pytest.mark.parametrize("seed", range(4))
def test_odd_answers(seed: int, tmp_path: Path) -> None:
    play(seed, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
def test_odd_answers_for_long(seed: int, tmp_path: Path) -> None:
    play(seed, tmp_path)
