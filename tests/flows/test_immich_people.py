"""People from end to end on a fake Immich: who joins whom, what the user and Immich's own jobs do to it, and undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fakes.curated import LIBRARY, enter
from fakes.immich import FakeImmich
from fakes.painted_people import ANNA, BEN, NAMED, OTHERS, PICTURES, SAID, draw_people
from fakes.served import LONG_AGO
from fakes.served.immich import writes
from fakes.snaps import LEFT, RIGHT, SIZE

from flows.curate import curate
from flows.people import restore_people
from flows.undo import undo
from plugins.people.names_file import names_json
from tasks.names import saved_faces

pytestmark = pytest.mark.flow


@dataclass
class Family:
    """The server, and whose each of its faces truly is, by place in the order of `PICTURES`."""

    server: FakeImmich
    faces: Mapping[tuple[int, int], str]
    people: Mapping[int, str]
    untouched: dict[str, Any] = field(default_factory=dict)

    def of(self, who: int) -> list[str]:
        """Return who has the faces that truly are somebody's: the id of a person, or empty."""
        mine = [face for (_, whose), face in self.faces.items() if whose == who]
        return [self.server.state.faces[face].person or "" for face in mine]

    def name(self, person: str) -> str:
        return self.server.state.people[person].name

    def named(self) -> list[tuple[str, tuple[int, ...], str]]:
        """Return the photo, the place and the name of each face that is somebody's with a name."""
        state = self.server.state
        held = [(face, self.name(face.person)) for face in state.faces.values() if face.person]
        return sorted((state.assets[face.asset].path, face.box, name) for face, name in held if name)

    def asked_for_faces(self, since: int) -> int:
        return sum(seen.path.endswith("/faces") for seen in self.server.requests[since:])


def pixels(box: Sequence[float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return round(left * SIZE[0]), round(top * SIZE[1]), round(right * SIZE[0]), round(bottom * SIZE[1])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_people(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(params=["3.1.0", *(pytest.param(version, marks=pytest.mark.soak) for version in ("2.7.5", "3.3.5"))])
def family(
    request: pytest.FixtureRequest, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Family]:
    """Serve the pictures, with the faces that Immich finds in them, and let the environment name the library."""
    with FakeImmich(request.param) as server:
        photos = server.add_library(pictures, created=LONG_AGO)
        people = {who: server.add_person(name) for who, name in NAMED.items()}
        faces: dict[tuple[int, int], str] = {}
        for n, pictured in enumerate(PICTURES):
            boxes = zip((pixels(LEFT), pixels(RIGHT)), map(str, pictured), strict=False)
            faces |= zip(((n, who) for who in pictured), server.detect(photos[n], dict(boxes)), strict=True)
        for who, person in people.items():
            for face in [face for (_, whose), face in faces.items() if whose == who][:SAID]:
                server.move_face(face, person)
        enter(tmp_path, monkeypatch, "immich", f"{server.url}/api", server.key)
        monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "painted")
        monkeypatch.setenv("ALBUMEN_TAGS__PLACES", "false")
        yield Family(server, faces, people, server.dump())


def test_people_from_end_to_end(family, tmp_path):
    server = family.server
    first = curate(LIBRARY, apply="all")
    assert first["applied"]["refused"] == []
    for who, person in family.people.items():
        assert family.of(who) == [person] * len(family.of(who)), NAMED[who]
    (ben,) = set(family.of(BEN))
    assert (ben != "", family.name(ben)) == (True, "")
    assert {person for who in OTHERS for person in family.of(who)} == {""}
    written, n = server.dump(), len(server.requests)

    second = curate(LIBRARY, apply="all")
    assert (second["plan"]["changes"], writes(server, n), family.asked_for_faces(n)) == (0, [], 0)
    server.nightly()  # Immich's own jobs find everything in order
    assert server.dump() == written

    undone = undo(LIBRARY, first["run"])
    assert undone["applied"]["refused"] == []
    assert server.dump() == family.untouched

    assert curate(LIBRARY, apply="all")["applied"]["refused"] == []
    (ben,) = set(family.of(BEN))
    server.name_person(ben, "Ben")
    server.move_face(family.faces[8, ANNA], server.add_person("Carla"))
    server.move_face(family.faces[5, ANNA], None)
    theirs, n = server.dump(), len(server.requests)
    edits = {o["edit"] for o in curate(LIBRARY, apply="all")["plan"]["observations"]}
    assert edits == {"named", "moved faces", "took faces off"}
    assert (writes(server, n), server.dump()) == ([], theirs)

    names, kept = tmp_path / "names.json", family.named()
    names.write_bytes(names_json(saved_faces(LIBRARY)[0]))
    server.reset_recognition() if server.version == "2.7.5" else server.reset_detection()
    assert family.named() == []
    restored = restore_people(LIBRARY, str(names), apply=True)
    assert restored["applied"]["refused"] == []
    assert family.named() == kept
    n = len(server.requests)
    curate(LIBRARY, apply="all")
    assert (writes(server, n), family.named()) == ([], kept)
