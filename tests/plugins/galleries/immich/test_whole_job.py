"""Albums and tags on the fake Immich from first run to undo; what the user does by hand there is there ever after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.served import Served
from fakes.served.immich import IMMICH, serve, with_things_of_the_users, writes
from fakes.served.wanted import event, grown

from plugins.publishing.wanted import Wanted

pytestmark = pytest.mark.usefixtures("quick_disk")
VERSIONS = ["2.5.3", "2.7.5", "3.1.0", "3.3.5", *(pytest.param(v, marks=pytest.mark.soak) for v in ("3.0.0", "3.2.1"))]


@dataclass
class Here:
    """The server, its photos in time order, and the library."""

    server: FakeImmich
    photos: list[str]
    library: Served

    def number(self, photo: str) -> int:
        return self.photos.index(photo)

    def album(self, name: str) -> tuple[str, str, tuple[int, ...], int | None]:
        """Return an album's name, description, photos and cover as its user sees them, by the photos' numbers."""
        found = self.server.album(name)
        inside = tuple(sorted(map(self.number, found.members)))
        return found.name, found.description, inside, self.number(found.cover) if found.cover else None


def begin(tmp_path: Path, version: str = "3.1.0") -> Iterator[Here]:
    server = serve(version)
    photos = sorted(server.state.assets, key=lambda a: server.state.assets[a].taken)
    with_things_of_the_users(server, photos)
    with server:
        yield Here(server, photos, IMMICH.library(server, tmp_path / "data"))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    """Lend a library that was never curated."""
    yield from begin(tmp_path)


def budget(here: Here, tags: int, members: list[int]) -> int:
    """Return how many requests a run over an unchanged library may take."""
    passes = 2  # of the timeline and of the archive
    return passes * ceil(len(here.photos) / 1000) + tags + sum(ceil(n / 1000) for n in members) + 15


@pytest.mark.parametrize("version", VERSIONS)
def test_first_run_second_run_and_undo(version: str, tmp_path: Path) -> None:
    for here in begin(tmp_path, version):
        before = here.server.dump()
        first = here.library.run()
        assert first.applied.refused == []
        assert here.album("Lisbon")[2:] == (tuple(range(10)), 0)
        assert here.album("Hamburg with Anna")[2:] == (tuple(range(20, 30)), 24)
        assert here.server.tags_of(here.photos[20]) == {"Hamburg", "Germany", "Auto/Harbour", "sky"}
        assert here.server.tags_of(here.photos[30]) == {"Sky"}
        n = len(here.server.requests)
        again = here.library.run()
        assert (again.plan.changes, again.plan.observations, writes(here.server, n)) == ((), (), [])
        assert len(here.server.requests) - n <= budget(here, tags=9, members=[10, 10, 10, 10, 6])
        assert here.library.undo(first.run).refused == []
        assert here.server.dump() == before


def test_an_undo_of_the_later_run_brings_back_what_the_first_had_made(here: Here) -> None:
    before = here.server.dump()
    first = here.library.run()
    after_first = here.server.dump()
    second = here.library.run(grown)
    assert here.album("Lisbon, 3–4 May")[2] == tuple(range(11))
    assert "sky" not in here.server.tags_of(here.photos[5])
    here.library.undo(second.run)
    assert here.server.dump() == after_first
    here.library.undo(first.run)
    assert here.server.dump() == before


def test_as_many_writes_as_promised(here: Here) -> None:
    here.server.add_photos(
        [{"name": f"X{n}.jpg", "taken": here.server.state.assets[here.photos[-1]].taken} for n in range(1_160)],
        created=here.server.state.assets[here.photos[0]].created,
    )

    def one_large(photos: Sequence[str]) -> Wanted:
        pairs = frozenset((photo, tag) for photo in photos for tag in ("Lisbon", "Portugal"))
        return Wanted((event(photos, "Large", cover=3),), pairs)

    first = here.library.run(one_large)
    assert first.applied.refused == []
    done = writes(here.server)
    assert sum(" /api/albums" in write for write in done) == 1 + (ceil(1200 / 500) - 1) + 1
    # Two photos carry Portugal as the user's own: they lack one tag, the others both.
    assert done.count("PUT /api/tags/assets") == ceil(1198 / 300) + 1


Edit = Callable[[Here], object]
LISBON = "Lisbon"


def marked(here: Here, text: str, name: str = LISBON) -> str:
    """Return a description as a user leaves it who writes above our line."""
    return f"{text}\n{here.server.album(name).description.splitlines()[-1]}"


EDITS = [
    pytest.param(
        lambda h: h.server.rename_album(LISBON, "Our week 🎉"),
        lambda h: [a.name for a in h.server.state.albums.values() if a.name.startswith(("Lisbon", "Our"))],
        "renamed",
        id="renamed",
    ),
    pytest.param(
        lambda h: h.server.describe_album(LISBON, marked(h, "It rained.\n\nWe stayed.")),
        lambda h: h.server.album(lisbon(h)).description,
        "described",
        id="described",
    ),
    pytest.param(
        lambda h: h.server.remove_from_album(LISBON, h.photos[2]),
        lambda h: h.photos[2] in h.server.album(lisbon(h)).members,
        "removed",
        id="a photo taken out",
    ),
    pytest.param(
        lambda h: h.server.remove_from_album(LISBON, h.photos[0]),
        lambda h: h.photos[0] in h.server.album(lisbon(h)).members,
        "removed",
        id="the cover's photo taken out",
    ),
    pytest.param(
        lambda h: h.server.add_to_album(LISBON, h.photos[39]),
        lambda h: h.photos[39] in h.server.album(lisbon(h)).members,
        "added",
        id="a photo put in",
    ),
    pytest.param(
        lambda h: h.server.set_cover(LISBON, h.photos[7]),
        lambda h: h.server.album(lisbon(h)).cover,
        "chose a cover",
        id="another cover",
    ),
    pytest.param(
        lambda h: h.server.delete_album(LISBON),
        lambda h: [a.name for a in h.server.state.albums.values() if a.name.startswith("Lisbon")],
        "deleted",
        id="deleted",
    ),
    pytest.param(
        lambda h: h.server.describe_album(LISBON, "mine now"),
        lambda h: h.album(LISBON),
        "released",
        id="our line deleted",
    ),
    pytest.param(
        lambda h: h.server.untag("Lisbon", h.photos[1]),
        lambda h: "Lisbon" in h.server.tags_of(h.photos[1]),
        "rejected the tag",
        id="a tag taken off",
    ),
    pytest.param(
        lambda h: h.server.untag("Auto/Harbour", *h.photos[20:27]),
        lambda h: [p for p in h.photos if "Auto/Harbour" in h.server.tags_of(p)],
        "rejected the tag",
        id="a tag taken off everywhere",
    ),
]


def lisbon(here: Here) -> str:
    """Return the id of the album of Lisbon, whatever it is called now."""
    return next(a.id for a in here.server.state.albums.values() if a.name.startswith(("Lisbon", "Our")))


@pytest.mark.parametrize(("edit", "part", "seen"), EDITS)
def test_an_edit_of_the_users_is_kept(here: Here, edit: Edit, part: Edit, seen: str) -> None:
    first, was = here.library.run(), part(here)
    edit(here)
    theirs, after, n = part(here), here.server.dump(), len(here.server.requests)
    assert theirs != was
    plan = here.library.run().plan
    assert seen in {o.edit for o in plan.observations}
    if seen != "removed":  # with its photo a cover may have gone, which is nobody's choice
        assert (plan.changes, writes(here.server, n)) == ((), [])
        assert here.server.dump() == after
    second = here.library.run(grown)
    assert part(here) == theirs
    assert here.library.run(grown).plan.changes == ()
    here.library.undo(second.run)
    assert part(here) == theirs
    if seen in {"renamed", "described", "added", "chose a cover"}:  # an album that holds something of theirs stays
        here.library.undo(first.run)
        assert part(here) == theirs


@pytest.mark.parametrize("who", ["before us", "after taking it off"])
def test_a_tag_that_the_user_has_set_is_the_users(here: Here, who: str) -> None:
    """We ask for it too; it is there already, so it is none of ours, and outlives the undo."""
    photo, tag = (here.photos[3], "Portugal") if who == "before us" else (here.photos[1], "Lisbon")
    first = here.library.run()
    if who == "after taking it off":
        here.server.untag(tag, photo)
        here.library.run()
        here.server.tag(tag, photo)
        assert [o.edit for o in here.library.run().plan.observations] == ["confirmed the tag"]
    here.library.run(lambda _: Wanted((), frozenset()))
    here.library.undo(first.run)
    carriers = [p for p in here.photos if tag in here.server.tags_of(p)]
    assert carriers == ([photo, here.photos[38]] if who == "before us" else [photo])


def test_an_album_of_the_users_with_the_same_name_is_left_alone(here: Here) -> None:
    mine = here.server.add_album("Lisbon", here.photos[:3], "my own")
    first = here.library.run()
    assert [a.name for a in here.server.state.albums.values()].count("Lisbon") == 2
    assert list(here.server.state.albums[mine].members) == here.photos[:3]
    here.library.undo(first.run)
    assert list(here.server.state.albums[mine].members) == here.photos[:3]


def test_a_run_without_memory_changes_nothing_until_adopted(here: Here, tmp_path: Path) -> None:
    here.library.run()
    n, after = len(here.server.requests), here.server.dump()
    other = IMMICH.library(here.server, tmp_path / "new machine")
    blocked = other.run(grown)
    assert "4 albums carry our marker" in blocked.plan.blocked
    assert (blocked.plan.changes, writes(here.server, n)) == ((), [])
    assert here.server.dump() == after
