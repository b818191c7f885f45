"""Days on which something goes wrong with a server of any kind: it is named, harms nothing, and the next goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from fakes.http.server import FakeServer
from fakes.pages import Here
from fakes.served import Served, Undisturbed
from fakes.served.wanted import Means, event, grown

from plugins.publishing.wanted import Wanted

ODD_TITLES = ("A" * 5_000, "🎂" * 1_250, "\u202eback\u202c\twards", "<b>&amp;</b> '; DROP TABLE albums; --")
ODD_TEXTS = ("x" * 5_000, "[albumen:event key=event-000000000000 v=1] is not ours", "two\n\nlines\n", "")
ODD_TAGS = (
    "sky",
    "Sky",
    "SKY",
    "Auto/Beach",
    "Auto/beach",
    "/lead/ing/",
    "a//b",
    "Réunion 🏝️",
    "👨‍👩‍👧‍👦",
    "comma, pipe| and\nnewline",
    " blanks ",
    "x" * 300,
    "Ünïcödé/Straße",
)


def odd(photos: Sequence[str]) -> Wanted:
    """Return what nobody would type: names of 5,000 characters, right-to-left marks, tags of every kind."""
    albums = [
        replace(event(photos[10 * n : 10 * n + 10], title, 1), description=text)
        for n, (title, text) in enumerate(zip(ODD_TITLES, ODD_TEXTS, strict=True))
    ]
    tags = {(photos[n], tag) for n, tag in enumerate(ODD_TAGS)} | {(photos[30], tag) for tag in ODD_TAGS}
    return Wanted(tuple(albums), frozenset(tags))


def check_odd_texts_are_written_once(here: Here) -> None:
    before = here.state()
    first = here.library.run(odd)
    assert first.applied.refused == []
    with here.library.gallery() as gallery:
        assert set(here.titles().values()) >= {gallery.as_kept("title", title) for title in ODD_TITLES}
        kept = {gallery.as_kept("tag", tag) for tag in ODD_TAGS}
        assert [tag for tag in kept if here.photos[30] not in gallery.tagged(tag)] == []
        assert {gallery.as_kept("tag", tag) for tag in here.tags_of(here.photos[30])} <= kept
    n = len(here.server.requests)
    second = here.library.run(odd)
    assert (second.plan.changes, second.plan.observations, here.writes(n)) == ((), (), [])
    here.library.undo(first.run)
    assert here.state() == before


def check_it_ends_well(library: Served, server: FakeServer, undisturbed: Undisturbed) -> None:
    """Run on a good day again: the end is that of good days alone."""
    library.run()
    assert (server.dump(), library.memory()) == undisturbed.ends["first"]
    n = len(server.requests)
    assert (library.run().plan.changes, library.kind.writes(server, n)) == ((), [])


Blow = Callable[[Here], None]
BLOWS: dict[str, Blow] = {
    "some deleted for good": lambda h: h.drop(h.photos[::7]),
    "covers and first photos deleted": lambda h: h.drop([h.photos[n] for n in (0, 2, 20, 24)]),
    "all photos of an album deleted": lambda h: h.drop(h.photos[:10]),
    "some put aside": lambda h: h.put_aside(h.photos[::7]),
    "all photos of an album put aside": lambda h: h.put_aside(h.photos[20:30]),
}
"""What happens to photos while somebody reads the plan."""


def check_photos_that_go_between_plan_and_apply(here: Here, means: Means, blow: Blow) -> None:
    """The plan names photos that are gone when it is applied: the others get what it says, and the next run mends."""
    if means is grown:
        here.library.run()
    photos, shown = here.photos, here.shown

    def rest(left: Sequence[str]) -> Wanted:
        """Return what the methods want of the photos that are left."""
        whole = means(photos)
        albums = [replace(a, photos=tuple(p for p in a.photos if p in left)) for a in whole.albums]
        albums = [replace(a, cover=a.cover if a.cover in a.photos else None) for a in albums if a.photos]
        return Wanted(tuple(albums), frozenset((p, tag) for p, tag in whole.tags or () if p in left))

    here.library.run(means, meanwhile=lambda: blow(here))
    left = shown()
    here.library.run(lambda _: rest(left))
    n = len(here.server.requests)
    last = here.library.run(lambda _: rest(left))
    assert (last.plan.changes, last.applied.refused, here.writes(n)) == ((), [], [])
    inside = {frozenset(photos[n] for n in here.album(album).photos if photos[n] in left) for album in here.titles()}
    assert {frozenset(album.photos) for album in rest(left).albums} <= inside
    tags = {photo: {here.tag(tag) for other, tag in rest(left).tags or () if other == photo} for photo in left}
    assert {photo: here.tags_of(photo) for photo in left} == tags


def check_two_albumens_on_one_library(server: FakeServer, library: Served, elsewhere: Path) -> None:
    """The second finds albums of ours that it does not remember: it names them, and touches nothing."""
    other = library.kind.library(server, elsewhere)
    library.run()
    n, after = len(server.requests), server.dump()
    second = other.run(grown)
    assert "4 albums carry our marker, but the store does not remember them" in second.plan.blocked
    assert (second.plan.changes, library.kind.writes(server, n), server.dump()) == ((), [], after)
    assert library.run().plan.changes == ()


def check_two_albumens_at_the_same_time(
    server: FakeServer, library: Served, undisturbed: Undisturbed, elsewhere: Path
) -> None:
    """Both plan the same albums; the later one finds them made, and makes none again."""
    other = library.kind.library(server, elsewhere)
    library.run(meanwhile=other.run)
    assert server.dump() == undisturbed.ends["first"][0]
    assert library.run().plan.changes == other.run().plan.changes == ()


def check_an_upgrade_between_two_runs(here: Here, after: str, warned: str = "") -> None:
    """What was made with one version is known and taken back with the other; one that nobody knows is warned of."""
    before = here.state()
    first = here.library.run()
    here.server.version = after
    n = len(here.server.requests)
    second = here.library.run()
    assert (second.plan.changes, second.plan.observations, here.writes(n)) == ((), (), [])
    assert any("newer" in warning and warned in warning for warning in second.warnings) == bool(warned)
    third = here.library.run(grown)
    assert third.applied.refused == []
    here.library.undo(third.run)
    here.library.undo(first.run)
    assert here.state() == before
