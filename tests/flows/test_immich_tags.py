"""Tags from end to end on a fake Immich: the user's words set by themselves, what the user does to them, and undo."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fakes import outside_parts
from fakes.immich import FakeImmich
from fakes.immich_writer import open_client
from fakes.served import LONG_AGO
from fakes.served.immich import writes
from fakes.snaps import SIZE, exif_of
from PIL import Image

from flows.curate import curate
from flows.undo import undo
from tasks.context import opened
from tasks.stock import told

pytestmark = pytest.mark.flow
LIBRARY = "family"
BEACH, DOG, SUN = "Nature/Beach", "Animals/Dog", "sun"
SCENES = {BEACH: (12, 5, 0.6), DOG: (10, 3, 0.35), SUN: (5, 7, 0.12)}
"""How many photos of a scene the user has tagged, how many not, and its hue; the last is too rare to be sure."""


@dataclass
class Family:
    """The server, and by tag the photos that the user has put it on, and those that look like them and have none."""

    server: FakeImmich
    tagged: dict[str, list[str]] = field(default_factory=dict)
    bare: dict[str, list[str]] = field(default_factory=dict)

    def with_tag(self, tag: str) -> set[str]:
        return {photo for photo in self.server.state.assets if tag in self.server.tags_of(photo)}

    def all_tags(self) -> dict[str, set[str]]:
        return {photo: self.server.tags_of(photo) for photo in self.server.state.assets}

    def remove_tag(self, tag: str) -> None:
        """Delete a tag from the gallery, as its user does in the page of tags."""
        (found,) = (known.id for known in self.server.state.tags.values() if known.value == tag)
        open_client(self.server).delete(f"/tags/{found}")


def draw(path: Path, hue: float, n: int) -> None:
    """Draw a picture of one colour, a little unlike all others of its scene."""
    noise = np.random.default_rng(n).normal(scale=6, size=(SIZE[1], SIZE[0], 3))
    colour = 255 * np.array(colorsys.hsv_to_rgb(hue, 0.9, 0.8))
    taken = datetime(2024, 5, 4, 10) + timedelta(minutes=7 * n)
    pixels = np.clip(colour + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, "JPEG", quality=95, exif=exif_of(taken, None))


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    """Serve pictures of three scenes, some of them tagged, and let the environment name the library."""
    (tmp_path / "pictures").mkdir()
    wanted = [(tag, n < n_tagged) for tag, (n_tagged, n_bare, _) in SCENES.items() for n in range(n_tagged + n_bare)]
    for n, (tag, _) in enumerate(wanted):
        draw(tmp_path / f"pictures/{n:02}.jpg", SCENES[tag][2], n)
    with FakeImmich() as server:
        made = Family(server)
        for photo, (tag, is_tagged) in zip(
            server.add_library(tmp_path / "pictures", created=LONG_AGO), wanted, strict=True
        ):
            (made.tagged if is_tagged else made.bare).setdefault(tag, []).append(photo)
        for tag, photos in made.tagged.items():
            server.tag(tag, *photos)
        (tmp_path / "key").write_text(f"{server.key}\n")
        table = {"gallery": "immich", "url": f"{server.url}/api", "api_key_file": "key", "time_zone": "Europe/Berlin"}
        lines = [f'{name} = "{value}"' for name, value in table.items()]
        (tmp_path / "albumen.toml").write_text("\n".join([f"[libraries.{LIBRARY}]", *lines, ""]))
        environment = {
            "CONFIG": tmp_path / "albumen.toml",
            "DATA_DIR": tmp_path / "data",
            "FEATURES__EMBEDDER": "painted",
            "FEATURES__PICTURE": "tints",
            "RETRY__BACKOFF_S": 0,
            "TAGS__PLACES": False,
            "TAGS__APPLY": "auto",
            "TAGS__SUPPORT": 6,
            "TAGS__OPTIONS": '{"k": 3}',
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
        outside_parts.install(tmp_path / "outside", monkeypatch)
        yield made


def asked(tag: str) -> dict[str, str]:
    """Return the key of each open suggestion of a tag, by the photo."""
    with opened(LIBRARY) as here:
        photos = {photo.content_key: photo.id for photo in here.store.photos.all(here.name)}
        return {photos[s.subject]: s.key for s in here.store.suggestions.open(here.name, "tag") if s.value == tag}


def test_tags_from_end_to_end(family):
    server = family.server
    untouched = family.all_tags()
    first = curate(LIBRARY, apply="all")
    assert first["applied"]["refused"] == []
    assert family.with_tag(BEACH) == {*family.tagged[BEACH], *family.bare[BEACH]}
    assert family.with_tag(DOG) == {*family.tagged[DOG], *family.bare[DOG]}
    assert family.with_tag(SUN) == set(family.tagged[SUN])
    assert asked(SUN).keys() == set(family.bare[SUN])
    assert writes(server).count("PUT /api/tags/assets") == 2  # each word set in one call
    written, n = family.all_tags(), len(server.requests)

    second = curate(LIBRARY, apply="all")
    assert (second["plan"]["changes"], writes(server, n), family.all_tags()) == (0, [], written)

    off, again, *_ = family.bare[BEACH]
    refused, theirs, *_ = family.bare[SUN]
    server.untag(BEACH, off, again)
    with opened(LIBRARY) as here:
        here.store.suggestions.decide(here.name, asked(SUN)[refused], "rejected")
    server.tag(SUN, theirs)
    edits = curate(LIBRARY, apply="all")["plan"]["observations"]
    assert [(edit["edit"], edit["what"], edit["n"]) for edit in edits] == [("rejected the tag", BEACH, 2)]
    server.tag(BEACH, again)
    family.remove_tag(DOG)
    after, n = family.all_tags(), len(server.requests)
    plan = curate(LIBRARY, apply="all")["plan"]
    assert {(seen["edit"], seen["what"]) for seen in plan["observations"]} == {
        ("confirmed the tag", BEACH),
        ("rejected the tag", DOG),
    }
    assert (plan["changes"], writes(server, n)) == (0, [])
    assert family.all_tags() == after
    assert DOG not in {tag.value for tag in server.state.tags.values()}
    assert asked(SUN).keys() == set(family.bare[SUN]) - {refused, theirs}
    with opened(LIBRARY) as here:
        said, ids = told(here).said, {photo.id: photo.content_key for photo in here.store.photos.all(here.name)}
    assert (said.refused[ids[off]], said.refused[ids[refused]]) == ({BEACH.casefold()}, {SUN})
    assert (said.own[ids[again]], said.own[ids[theirs]]) == ({BEACH}, {SUN})

    assert undo(LIBRARY, first["run"])["applied"]["refused"] == []
    mine = {photo: tags - {DOG} for photo, tags in untouched.items()} | {again: {BEACH}, theirs: {SUN}}
    assert family.all_tags() == mine
