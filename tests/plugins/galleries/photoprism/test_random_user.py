"""Whatever we write to PhotoPrism between whatever its user does, at random, what is the user's stays as it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism.records import BLOCKED, Album
from fakes.photoprism_writer import open_writer

from plugins.changes import (
    AddMembers,
    AddTags,
    Change,
    CreateAlbum,
    DeleteAlbum,
    RemoveMembers,
    RemoveTags,
    RenameAlbum,
    SetCover,
)

KEYS, TITLES = ("k1", "k2", "k3"), ("Rome", "Lisbon", "Paris")
TAGS = ("Beach", "Bay Of Naples", "Usa", "Trips / Rome", "Dog")
VERSIONS = ("250425", "250707", "251130", "260919")


def kept(server: FakePhotoPrism) -> dict[str, object]:
    """Return all that is the user's or the classifier's, and no write of ours may change."""
    photos = server.state.photos.values()
    rows = {(p.uid, row.label, row.src, row.uncertainty) for p in photos for row in p.labels.values()}
    living = [album for album in server.state.albums.values() if not album.deleted]
    return {
        "albums": {a.uid: _album(a) for a in living if "managed-by" not in a.notes},
        "labels": {row for row in rows if row[2] == "image" or row[3] == BLOCKED or row[2:] == ("manual", 0)},
        "marks": {p.uid: (p.private, p.deleted, p.favorite, p.title_src) for p in photos},
    }


def covers(server: FakePhotoPrism) -> dict[str, str]:
    """Return the covers that the user chose, of ours too."""
    return {a.uid: a.thumb for a in server.state.albums.values() if a.thumb_src == "manual" and not a.deleted}


def _album(album: Album) -> tuple[object, ...]:
    return album.title, album.description, album.notes, album.thumb_src, frozenset(album.shown())


class RandomDays:
    """A user and a writer who take turns; `draw` is what comes next."""

    def __init__(self, server: FakePhotoPrism, seed: int) -> None:
        self.server, self.draw = server, random.Random(seed)
        server.version = self.draw.choice(VERSIONS)
        server.features["batchEdit"] = self.draw.random() < 0.7
        self.photos = server.add_photos(8)

    def some(self) -> tuple[str, ...]:
        return tuple(self.draw.sample(self.photos, self.draw.randint(1, 4)))

    def user(self) -> None:
        """Let the user do one thing by hand."""
        server, photos, tag = self.server, self.some(), self.draw.choice(TAGS)
        acts: list[Callable[[], object]] = [
            lambda: server.label(tag, *photos),
            lambda: server.block_label(tag, *photos),
            lambda: server.classify(tag, *photos),
            lambda: server.archive(*photos),
            lambda: server.restore(*photos),
            lambda: server.make_private(photos[0], private=self.draw.random() < 0.5),
            lambda: server.add_album(self.draw.choice(TITLES), photos),
        ]
        if names := sorted(server.labels_of(photos[0])):
            acts.append(lambda: server.unlabel(names[0], photos[0]))
        if living := [album.uid for album in server.state.albums.values() if not album.deleted]:
            album = self.draw.choice(living)
            acts += [
                lambda: server.take_out(album, *photos),
                lambda: server.set_cover(album, photos[0]),
                lambda: server.rename(album, self.draw.choice(TITLES)),
                lambda: server.change_album(album, notes=""),
                lambda: server.delete_album(album),
            ]
        self.draw.choice(acts)()

    def change(self) -> Change:
        """Return what we want next."""
        key, title, photos = self.draw.choice(KEYS), self.draw.choice(TITLES), self.some()
        ours = (a.title for a in self.server.state.albums.values() if f"key={key};" in a.notes)
        changes: list[Change] = [
            CreateAlbum(key, "event", title, "", photos),
            AddMembers(key=key, photos=photos),
            RemoveMembers(key=key, photos=photos),
            RenameAlbum(key=key, title=title, was=next(ours, "")),
            SetCover(key, photos[0], None),
            DeleteAlbum(key, "event", title, "", photos),
            DeleteAlbum(key, "event", title, "", tuple(self.photos)),
            AddTags(photos=photos, tags=tuple(self.draw.sample(TAGS, 2))),
            RemoveTags(photos=photos, tags=(self.draw.choice(TAGS),)),
        ]
        return self.draw.choice(changes)


def check(server: FakePhotoPrism, folder: Path, seed: int, changes: int) -> None:
    days = RandomDays(server, seed)
    writer = open_writer(server, folder)
    for _ in range(changes):
        for _ in range(days.draw.randint(0, 2)):
            days.user()
        if days.draw.random() < 0.3:
            writer = open_writer(server, folder)
        change, before, chosen = days.change(), kept(server), covers(server)
        outcome = writer.apply(change)
        assert kept(server) == before, (server.version, change, outcome)
        gone = {outcome.gallery_id} if isinstance(change, DeleteAlbum) else set()
        assert covers(server).items() >= {(uid, thumb) for uid, thumb in chosen.items() if uid not in gone}


@pytest.mark.parametrize("seed", range(6))
def test_what_is_the_users_stays(newest: FakePhotoPrism, tmp_path: Path, seed: int) -> None:
    check(newest, tmp_path, seed, changes=25)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1_000, 1_200))
def test_what_is_the_users_stays_for_long(newest: FakePhotoPrism, tmp_path: Path, seed: int) -> None:
    check(newest, tmp_path, seed, changes=80)
