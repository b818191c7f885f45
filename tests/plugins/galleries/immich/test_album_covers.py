"""Covers of albums on Immich, which shows one of its own choice and never says whose choice a cover is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich_writer import OLD, open_writer

from plugins.changes import CreateAlbum, RemoveMembers, SetCover
from plugins.galleries.immich.writing import Writer

KEY = "ev-2024-05-03-a1"


@pytest.fixture(params=["2.7.5", "3.1.0"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeImmich]:
    with FakeImmich(version=request.param) as server:
        server.add_photos(5, created=OLD)
        yield server


def cover(server: FakeImmich) -> str | None:
    (album,) = server.state.albums.values()
    return album.cover


@pytest.mark.parametrize(
    ("photo", "was", "status", "reason"),
    [
        pytest.param("other", None, "done", "", id="the server's pick is nobody's choice"),
        pytest.param("other", "pick", "done", "", id="the pick is known to the ledger"),
        pytest.param("outside", "pick", "refused", "not a photo of the album", id="no member"),
        pytest.param("IMG", "pick", "refused", "not a photo of the album", id="no id"),
        pytest.param("pick", None, "already", "", id="shown already"),
        pytest.param(None, None, "already", "", id="the server's choice stays"),
        pytest.param(None, "pick", "done", "", id="given back to the server"),
    ],
)
def test_cover(
    server: FakeImmich, writer: Writer, photos: list[str], photo: str | None, was: str | None, status: str,
    reason: str,
) -> None:  # fmt: skip
    pick = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:4]))).cover
    named = {"pick": pick, "other": next(p for p in photos if p != pick), "outside": photos[4]}
    wanted = named.get(photo, photo) if photo else None
    outcome = writer.apply(SetCover(KEY, wanted, was=pick if was else None))
    assert (outcome.status, reason in outcome.reason) == (status, True)
    assert cover(server) == (wanted if status == "done" and wanted else pick)


def test_a_cover_that_the_user_chose_stays(
    server: FakeImmich, writer: Writer, photos: list[str], tmp_path: Path
) -> None:
    pick = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos))).cover
    inner = [p for p in photos[1:4] if p != pick]
    server.set_cover("a", inner[0])
    for again in (writer, open_writer(server, tmp_path)):
        for was in (None, pick):
            assert again.apply(SetCover(KEY, inner[1], was=was)).status == "refused"
    assert cover(server) == inner[0]


def test_a_cover_that_went_into_the_bin_is_replaced(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos)))
    pick = cover(server)
    writer.apply(SetCover(KEY, photos[1], was=pick))
    server.trash_asset(photos[1])
    assert writer.apply(SetCover(KEY, photos[2], was=photos[1])).status == "done"


def test_taking_the_cover_out_tells_which_one_is_shown_now(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    pick = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos))).cover
    outcome = writer.apply(RemoveMembers(KEY, (pick,)))
    assert outcome.cover == cover(server) != pick
