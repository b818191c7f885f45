"""People from end to end on a fake PhotoPrism: who joins whom, who waits for a name and gets it, edits, and undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from typing import Any

import pytest
from fakes.curated import LIBRARY, enter
from fakes.painted_people import ANNA, BEN, NAMED, OTHERS, PICTURES, SAID, draw_people
from fakes.photoprism import FakePhotoPrism
from fakes.served.photoprism import told, writes
from fakes.snaps import LEFT, RIGHT
from typer.testing import CliRunner

from app.cli import app
from flows.curate import curate
from flows.people import restore_people
from flows.undo import undo
from plugins.people.names_file import names_json
from tasks.names import saved_faces

pytestmark = pytest.mark.flow


@dataclass
class Family:
    """The server, and whose each of its faces truly is, by place in the order of `PICTURES`."""

    server: FakePhotoPrism
    faces: Mapping[tuple[int, int], str]
    untouched: dict[str, Any] = field(default_factory=dict)

    def of(self, who: int) -> set[str]:
        """Return who has the faces that truly are somebody's: names, empty for nobody."""
        mine = [self.server.marker(face).subject for (_, whose), face in self.faces.items() if whose == who]
        return {self.server.state.subjects[person].name if person else "" for person in mine}

    def named(self) -> list[tuple[str, str]]:
        """Return the faces that are somebody's, with the name."""
        state = self.server.state
        return sorted((m.uid, state.subjects[m.subject].name) for m in state.markers.values() if m.subject)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_people(tmp_path_factory.mktemp("pictures"))


@pytest.fixture
def family(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    """Serve the pictures with the faces in them, Ben's as a cluster, and let the environment name the library."""
    with FakePhotoPrism() as server:
        photos = server.add_library(pictures)
        people = {who: server.add_person(name) for who, name in NAMED.items()}
        faces: dict[tuple[int, int], str] = {}
        clusters = {BEN: server.add_cluster()}
        for n, pictured in enumerate(PICTURES):
            for who, (left, top, right, bottom) in zip(pictured, (LEFT, RIGHT), strict=False):
                box, cluster = (left, top, right - left, bottom - top), clusters.get(who, "")
                faces[n, who] = server.add_face(photos[n], box, face=cluster)
        for who, person in people.items():
            for face in [face for (_, whose), face in faces.items() if whose == who][:SAID]:
                server.give(face, person)
        enter(tmp_path, monkeypatch, "photoprism", server.url, server.token)
        monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "painted")
        monkeypatch.setenv("ALBUMEN_TAGS__PLACES", "false")
        yield Family(server, faces, told(server))


def named_by_the_user(name: str) -> str:
    """Let the user name the only person without a name; return what is said of that."""
    listed = CliRunner().invoke(app, ["people", LIBRARY, "--json"])
    (somebody,) = [one["id"] for one in loads(listed.stdout)["people"] if not one["name"]]
    return CliRunner().invoke(app, ["people", LIBRARY, "--name", somebody, name]).stdout


def test_people_from_end_to_end(family, tmp_path):
    server = family.server
    first = curate(LIBRARY, apply="all")
    assert (first["applied"]["refused"], first["plan"]["nameless"]) == ([], 1)
    assert {who: family.of(who) for who in NAMED} == {who: {name} for who, name in NAMED.items()}
    assert [family.of(who) for who in (BEN, *OTHERS[:6])] == [{""}] * 7
    written, n = told(server), len(server.requests)

    second = curate(LIBRARY, apply="all")
    assert (second["plan"]["changes"], writes(server, n)) == (0, [])
    assert [seen.path for seen in server.requests[n:] if seen.path.startswith("/api/v1/photos/")] == []

    assert "the gallery gets this person" in named_by_the_user("Ben")
    third = curate(LIBRARY, apply="all")
    assert (third["applied"]["refused"], third["plan"]["nameless"], family.of(BEN)) == ([], 0, {"Ben"})
    assert len(writes(server, n)) == 1, "the other faces came along with the first"
    assert curate(LIBRARY, apply="all")["plan"]["changes"] == 0
    undone = undo(LIBRARY, third["run"])
    assert (undone["applied"]["refused"], told(server)) == ([], written)
    undone = undo(LIBRARY, first["run"])
    assert (undone["applied"]["refused"], told(server)) == ([], family.untouched)

    assert curate(LIBRARY, apply="all")["applied"]["refused"] == []
    assert family.of(BEN) == {"Ben"}
    (ben,) = [subject.uid for subject in server.state.subjects.values() if subject.name == "Ben"]
    server.rename_person(ben, "Benjamin")
    server.give(family.faces[8, ANNA], server.add_person("Carla"))
    server.give(family.faces[5, ANNA], None)
    theirs, n = told(server), len(server.requests)
    edits = {o["edit"] for o in curate(LIBRARY, apply="all")["plan"]["observations"]}
    assert edits == {"named", "moved faces", "took faces off"}
    assert (writes(server, n), told(server)) == ([], theirs)

    names, kept = tmp_path / "names.json", family.named()
    names.write_bytes(names_json(saved_faces(LIBRARY)[0]))
    for face, _ in kept:
        server.give(face, None)
    restored = restore_people(LIBRARY, str(names), apply=True)
    assert (restored["applied"]["refused"], family.named()) == ([], kept)
