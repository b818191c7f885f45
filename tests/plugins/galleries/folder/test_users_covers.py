"""The cover that the user asked for goes into an album file of theirs, which stays as they wrote it otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.changes import SetAlbumCover
from plugins.galleries.folder import Plugin

THEIRS = """\
# our best
title   = "Best of"   # for grandma
stars = 5
photos = [ "a.jpg",
   'b.jpg', # the dog
]
"""


@pytest.fixture
def album(reopen: Callable[[], Plugin]) -> Path:
    path = reopen().state / "albums/Best of.toml"
    path.parent.mkdir(parents=True)
    path.write_text(THEIRS)
    return path


def test_the_file_stays_as_the_user_wrote_it(album: Path, gallery: Plugin) -> None:
    change = SetAlbumCover("Best of", "b.jpg", None, "Best of")
    assert gallery.apply(change).status == "done"
    assert [line for line in album.read_text().splitlines() if line not in THEIRS.splitlines()] == ['cover = "b.jpg"']
    assert (gallery.albums()[0].cover, gallery.signals().covers) == ("b.jpg", (("Best of", "b.jpg"),))
    assert gallery.apply(change).status == "already"
    assert gallery.apply(change.inverse()).status == "done"
    assert album.read_text() == THEIRS


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param('cover = "a.jpg"', "has chosen the cover 'a.jpg'", id="another chosen since"),
        pytest.param('cover = "no such.jpg"', "has chosen the cover 'no such.jpg'", id="even a wrong one"),
        pytest.param('albumen = { key = "ev-1" }', "not the user's own", id="ours"),
        pytest.param("", "not a photo of the album", id="no member"),
    ],
)
def test_refused(album: Path, gallery: Plugin, line: str, reason: str) -> None:
    album.write_text(f"{line}\n{THEIRS}")
    outcome = gallery.apply(SetAlbumCover("Best of", "b.jpg" if line else "c.jpg", None))
    assert (outcome.status, reason in outcome.reason) == ("refused", True), outcome
    assert album.read_text() == f"{line}\n{THEIRS}"


def test_a_cover_that_went_is_none(album: Path, root: Path, reopen: Callable[[], Plugin]) -> None:
    album.write_text(f'cover = "a.jpg"\n{THEIRS}')
    list(reopen().photos())
    (root / "a.jpg").unlink()
    gallery = reopen()
    list(gallery.photos())
    assert gallery.signals().covers == ()
    assert gallery.apply(SetAlbumCover("Best of", "b.jpg", None)).status == "done"


def test_a_copy_of_an_album_of_ours_is_the_users(album: Path, gallery: Plugin) -> None:
    for name in ("ev-1", "copy"):
        album.with_name(f"{name}.toml").write_text(f'{THEIRS}\n[albumen]\nkey = "ev-1"\n')
    assert gallery.apply(SetAlbumCover("copy", "b.jpg", None)).status == "done"
    assert gallery.apply(SetAlbumCover("ev-1", "b.jpg", None)).status == "refused"
    assert 'key = "ev-1"' in album.with_name("copy.toml").read_text()
