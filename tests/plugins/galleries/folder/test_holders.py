"""Whose the faces in a folder's photos are, where the metadata and `people.toml` both have a say."""

from __future__ import annotations

import pytest

from plugins.drawn import drawn_face
from plugins.galleries.folder.holders import Holders, PersonEntry
from plugins.records import Box, Region

HERE: Box = (0.1, 0.1, 0.3, 0.3)
NEAR: Box = (0.12, 0.1, 0.32, 0.3)
AWAY: Box = (0.6, 0.6, 0.8, 0.8)
OURS = drawn_face("a.jpg", HERE)
NAMED = Region("a.jpg", NEAR, "Ana", "a.jpg#0")
UNNAMED = Region("a.jpg", NEAR, "", "a.jpg#0")


@pytest.mark.parametrize(
    ("people", "found", "shown"),
    [
        pytest.param({}, [NAMED], [("a.jpg#0", "name:Ana", "Ana")], id="named in the metadata alone"),
        pytest.param({}, [UNNAMED], [("a.jpg#0", "", "")], id="found by another program, and nobody's"),
        pytest.param(
            {"p-1": PersonEntry("Ana")}, [NAMED], [("a.jpg#0", "p-1", "Ana")], id="the same name is the same person"
        ),
        pytest.param(
            {"p-1": PersonEntry("Ben", ("a.jpg#0",))},
            [NAMED],
            [("a.jpg#0", "p-1", "Ben")],
            id="given to somebody else in people.toml",
        ),
        pytest.param(
            {"p-1": PersonEntry("", ("a.jpg#0",))},
            [NAMED],
            [("a.jpg#0", "p-1", "")],
            id="given to somebody without a name",
        ),
        pytest.param(
            {"name:Ana": PersonEntry("Ana Maria")},
            [NAMED],
            [("a.jpg#0", "name:Ana", "Ana Maria")],
            id="another name in people.toml is theirs in all photos",
        ),
        pytest.param(
            {"p-1": PersonEntry("Ben", (OURS, drawn_face("b.jpg", HERE)))},
            [],
            [(OURS, "p-1", "Ben")],
            id="only we found it; those of other photos are not shown",
        ),
        pytest.param(
            {"p-1": PersonEntry("Ben", (OURS,))},
            [NAMED],
            [("a.jpg#0", "name:Ana", "Ana")],
            id="named by another program since",
        ),
        pytest.param(
            {"p-1": PersonEntry("Ben", (OURS,))}, [UNNAMED], [(OURS, "p-1", "Ben")], id="found by another program since"
        ),
        pytest.param(
            {"p-1": PersonEntry("Ben", (OURS,))},
            [Region("a.jpg", AWAY, "Ana", "a.jpg#0"), Region("a.jpg", None, "Eve")],
            [("a.jpg#0", "name:Ana", "Ana"), ("", "name:Eve", "Eve"), (OURS, "p-1", "Ben")],
            id="others beside it, one of them somewhere",
        ),
    ],
)
def test_whose_the_faces_of_a_photo_are(
    people: dict[str, PersonEntry], found: list[Region], shown: list[tuple[str, str, str]]
) -> None:
    holders = Holders(people)
    assert [(r.id, r.person, r.name) for r in holders.regions("a.jpg", found)] == shown
    for face, person, _ in shown:
        assert not face or holders.holder(face, found) == (person or None)


def test_a_face_of_ours_that_another_program_names_is_theirs_whatever_we_call_it() -> None:
    assert Holders({"p-1": PersonEntry("Ben", (OURS,))}).holder(OURS, [NAMED]) == "name:Ana"
    assert Holders({}).holder(OURS, []) is None
