"""Notes on Immich: a photo's description, written where it is empty or ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich.server import PERMISSIONS
from fakes.immich_writer import OLD, carried, open_writer

from plugins.changes import AddTags, WriteNote
from plugins.galleries.immich.writing import Writer

NOWHERE = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.fixture(params=["2.7.5", "3.1.0"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeImmich]:
    with FakeImmich(version=request.param) as server:
        server.add_photos(6, created=OLD)
        yield server


def test_notes(server: FakeImmich, writer: Writer, photos: list[str], tmp_path: Path) -> None:
    key = server.add_key([*PERMISSIONS, "asset.update"])
    may, server.race = open_writer(server, tmp_path, key), 1.0
    note = WriteNote(photos[0], "An evening in Belém")
    tags = AddTags(("a",), tuple(photos))
    may.apply(tags)
    assert may.apply(note).status == "done"
    assert may.digested([tags])[0].status == "done"  # it waits: a note makes Immich read the sidecar again, as tags do
    assert may.apply(note).status == "already"
    assert may.apply(WriteNote(photos[0], "x", was="something else")).status == "refused"
    assert may.apply(note.inverse()).status == "done"
    assert may.apply(WriteNote(NOWHERE, "x")).status == "gone"
    assert carried(server) == [{"a"}] * 6
    outcome = writer.apply(note)
    assert (outcome.status, "asset.update" in outcome.reason) == ("refused", True)
