"""Curate and undo from end to end on a fake Immich: albums with covers and tags; nothing new, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from fakes.curated import LIBRARY, enter, make_pictures, with_user
from fakes.immich import FakeImmich
from fakes.served import LONG_AGO
from fakes.served.immich import writes
from fakes.small_folder import refresh

from flows.curate import curate
from flows.undo import undo
from plugins.galleries import GalleryUnreachable
from plugins.galleries.immich.marker import split_marker
from plugins.store import Suggestion
from tasks.context import opened

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pictures(tmp_path_factory.mktemp("pictures"))


@dataclass
class Family:
    """The server, and what to know of it to hold it against the results."""

    server: FakeImmich
    untouched: dict[str, Any] = field(default_factory=dict)

    def ours(self) -> list[Any]:
        """Return the albums of ours, by name."""
        albums = self.server.state.albums.values()
        return sorted((a for a in albums if split_marker(a.description)[1] is not None), key=lambda a: a.name)

    def budget(self) -> int:
        """Return how many requests a run over an unchanged library may take.

        Tags of ours are looked for twice; of the user's own albums covers ask for the photos and for the chosen cover.
        """
        state, before = self.server.state, {value for _, value, _ in self.untouched["tags"]}
        ours = sum(tag.value not in before for tag in state.tags.values())
        pages = {id_: ceil(len(album.members) / 1_000) for id_, album in state.albums.items()}
        theirs = sum(pages.values()) - sum(pages[album.id] for album in self.ours())
        read = 2 * ceil(len(state.assets) / 1_000) + sum(pages.values()) + 2 * theirs
        return read + len(state.tags) + ours + 21


@pytest.fixture
def family(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    """Serve the library, and let the environment of this process name it."""
    with FakeImmich() as server:
        server.add_library(pictures, with_user=with_user(pictures), created=LONG_AGO)
        enter(tmp_path, monkeypatch, "immich", f"{server.url}/api", server.key)
        yield Family(server, server.dump())


def test_curated_run_again_and_taken_back(family):
    server = family.server
    looked = curate(LIBRARY)
    assert (writes(server), looked["plan"]["changes"] > 0) == ([], True)

    first = curate(LIBRARY, apply="all")
    assert first["applied"]["refused"] == []
    applied = first["applied"]
    assert applied["done"] + applied["already"] == looked["plan"]["changes"]  # the server may have picked our cover
    assert len(family.ours()) >= 2
    for album in family.ours():
        assert album.name
        assert album.cover in album.members
        assert all(server.tags_of(photo) for photo in album.members if server.state.assets[photo].exif["latitude"])
    written, n = server.dump(), len(server.requests)

    second = curate(LIBRARY, apply="all")
    asked = {step["step"]: step["requests"] for step in second["steps"]}
    assert asked["refresh_photos"] > 0
    assert sum(asked.values()) <= len(server.requests) - n  # the report asks for its pictures after the steps
    assert (second["plan"]["changes"], second["applied"]["done"], writes(server, n)) == (0, 0, [])
    assert "Nothing new: no feature made, no write." in Path(second["report"]).read_text()
    assert len(server.requests) - n <= family.budget()
    assert server.dump() == written

    undone = undo(LIBRARY, first["run"])
    assert undone["applied"]["refused"] == []
    assert server.dump() == family.untouched


def test_covers_that_the_user_accepts_for_their_own_albums(family):
    """One is set, though the server goes away just then; where the user has chosen another meanwhile that one stays."""
    server, steps = family.server, ["photos", "plan"]
    photos = sorted(server.state.assets, key=lambda photo: server.state.assets[photo].taken)[:9]
    asked, chosen = (server.add_album(name, photos) for name in ("Asked", "Chosen"))
    for album in (asked, chosen):
        server.set_cover(album, photos[-1])
    refresh(LIBRARY)
    with opened(LIBRARY) as here:
        key = next(photo.content_key for photo in here.store.photos.all(LIBRARY) if photo.id == photos[3])
        made = [Suggestion(f"cover-{album}", "cover", album, key) for album in (asked, chosen)]
        here.store.suggestions.save(LIBRARY, "cover", made)
        for suggestion in made:
            here.store.suggestions.decide(LIBRARY, suggestion.key, "accepted")
    server.set_cover(chosen, photos[5])
    before = server.dump()

    server.before_request = lambda method, *_: server.faults(1, float(method == "PATCH"), ["429"])
    with pytest.raises(GalleryUnreachable):
        curate(LIBRARY, steps=steps, apply="all")
    server.before_request = None
    server.faults(1, 0.0)
    assert server.dump() == before
    first = curate(LIBRARY, steps=steps, apply="all")
    assert (first["applied"]["done"], first["applied"]["refused"]) == (1, [])
    assert [server.album(album).cover for album in (asked, chosen)] == [photos[3], photos[5]]
    with opened(LIBRARY) as here:
        assert dict(here.gallery.signals().covers).items() >= {asked: photos[3], chosen: photos[5]}.items()
    n = len(server.requests)
    assert (curate(LIBRARY, steps=steps, apply="all")["plan"]["changes"], writes(server, n)) == (0, [])
    undo(LIBRARY, first["run"])
    assert server.dump() == before


def test_the_users_edits_are_kept(family):
    """Every one at once: a new name, text and cover, a photo out and one in, a tag off, an album thrown away."""
    server = family.server
    curate(LIBRARY, apply="all")
    gone, edited = family.ours()[:2]
    inside = list(edited.members)
    stranger = next(a for a in server.state.assets if a not in edited.members)
    tagged = next(photo for photo in inside[3:] if server.tags_of(photo))
    tag = min(server.tags_of(tagged))
    server.delete_album(gone.id)
    server.rename_album(edited.id, "Ours 🎉")
    server.describe_album(edited.id, f"It rained.\n{edited.description.splitlines()[-1]}")
    server.remove_from_album(edited.id, inside[0])
    server.add_to_album(edited.id, stranger)
    server.set_cover(edited.id, inside[2])
    server.untag(tag, tagged)
    theirs, n = server.dump(), len(server.requests)

    summary = curate(LIBRARY, apply="all")
    assert {o["edit"] for o in summary["plan"]["observations"]} == {
        "deleted", "renamed", "described", "removed", "added", "chose a cover", "rejected the tag",
    }  # fmt: skip
    assert curate(LIBRARY, apply="all")["plan"]["observations"] == []
    assert writes(server, n) == []
    assert server.dump() == theirs
    undo(LIBRARY, summary["run"])
    assert server.album("Ours 🎉").cover == inside[2]
