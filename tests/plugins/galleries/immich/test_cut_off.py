"""Writing to Immich that is cut off between any two requests, and gone on with by a new process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich_writer import OLD, open_writer, settled

from plugins.changes import (
    AddMembers,
    AddTags,
    AssignFace,
    Change,
    CreateAlbum,
    CreatePerson,
    DeleteAlbum,
    Outcome,
    RemoveMembers,
    RemoveTags,
    SetCover,
    UnassignFace,
)
from plugins.galleries import GalleryUnreachable
from plugins.galleries.immich.writing import Writer
from plugins.galleries.server.face_ids import FaceId

KEY = "ev-1"


def changes(photos: list[str], face: str) -> list[Change]:
    a, b, c, d = photos
    return [
        CreateAlbum(KEY, "event", "Lisbon", "Three days", (a, b)),
        AddMembers(KEY, (c,)),
        SetCover(KEY, c, was=None),
        CreateAlbum("ev-2", "event", "for a while", "", (d,)),
        RemoveMembers(KEY, (b,)),
        AddTags(("Auto/sea", "Auto/sun"), (a, b)),
        AddTags(("Auto/old",), (c, d)),
        RemoveTags(("Auto/old",), (c, d)),
        CreatePerson("p-1"),
        AssignFace(face, "p-1"),
        AssignFace(str(FaceId(b, box=(0.5, 0.5, 0.75, 0.75))), "p-1"),
        UnassignFace(face, "p-1"),
        DeleteAlbum("ev-2", "event", "for a while", "", (d,)),
    ]


def make(server: FakeImmich) -> tuple[list[str], str]:
    server.race = 1.0
    photos = server.add_photos(4, created=OLD)
    return photos, str(FaceId(photos[0], server.add_face(photos[0], (64, 48, 192, 192))))


def undisturbed(folder: Path) -> tuple[dict[str, object], int]:
    """Return what the server holds in the end, and how many requests that took."""
    with FakeImmich() as server:
        writer, todo = open_writer(server, folder), changes(*make(server))
        assert [settled(writer, change).status for change in todo] == ["done"] * len(todo)
        return server.dump(), len(server.requests)


def go_on(writer: Writer, change: Change) -> Outcome:
    """Make a change that an earlier process may have made: its tags are asked for, as the next run does."""
    return writer.digested([change])[0]


def replanned(server: FakeImmich, change: Change) -> Change:
    """Return a change as the next run plans it: it has seen by which photo Immich shows the album."""
    return replace(change, was=server.album("Lisbon").cover) if isinstance(change, SetCover) else change


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.soak)])
def test_cut_off_anywhere_the_end_is_the_same(tmp_path: Path, step: int) -> None:
    end, n_requests = undisturbed(tmp_path / "undisturbed")
    for n in range(step, n_requests + 1, step):
        with FakeImmich() as server:
            todo, folder = changes(*make(server)), tmp_path / f"{n}"

            def cut(method: str, path: str, number: int, server: FakeImmich = server, n: int = n) -> None:
                server.maintenance = number >= n

            server.before_request = cut
            writer = open_writer(server, folder)
            while todo:
                try:
                    settled(writer, todo[0])
                except GalleryUnreachable:
                    break
                todo.pop(0)
            server.before_request, server.maintenance = None, False
            writer = open_writer(server, folder)
            for number, planned in enumerate(todo):
                change = replanned(server, planned)
                outcome = settled(writer, change) if number else go_on(writer, change)
                assert outcome.status in {"done", "already"} or (outcome.status == "gone" and not number), (n, change)
            assert server.dump() == end, n


@pytest.mark.parametrize("version", ["2.7.5", "3.1.0"])
def test_every_request_fits_the_servers_own_description(shared: Path, version: str, tmp_path: Path) -> None:
    with FakeImmich(version) as server:
        server.validate_with(shared.parent / "contracts" / f"immich-{version}-openapi.json")
        writer = open_writer(server, tmp_path)
        for change in changes(*make(server)):
            assert settled(writer, change).status == "done", change
        assert server.violations == []
