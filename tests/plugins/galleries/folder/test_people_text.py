"""Faces are put into `people.toml` table by table, and whatever the user has made of the file stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from plugins.changes import AssignFace, UnassignFace
from plugins.galleries.folder.holders import PersonEntry
from plugins.galleries.folder.people import PeopleFile
from plugins.galleries.folder.people_text import Tables

OURS = """\
# People.

[p-1]
name = ""
faces = [
    "a#0",
    "b \\"c\\"#1",
]

["name:Ana"]
name = "Ana"
faces = []
"""
OLD = {"p-1": PersonEntry("", ("a#0", 'b "c"#1')), "name:Ana": PersonEntry("Ana")}
NEW = {"p-1": PersonEntry("", ('b "c"#1',)), "name:Ana": PersonEntry("Ana", ('é "x"#0', "[p-9]"))}


def test_only_the_lines_of_faces_change() -> None:
    tables = Tables.of(OURS)
    assert tables is not None
    after = tables.changed(OLD, NEW)
    assert after is not None
    assert after.text == OURS.replace('    "a#0",\n', "").replace("[]", '[\n    "é \\"x\\"#0",\n    "[p-9]",\n]')
    assert {key: tuple(table["faces"]) for key, table in tomllib.loads(after.text).items()} == {
        key: entry.faces for key, entry in NEW.items()
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(OURS.replace("    ", "  ", 1), id="another indent"),
        pytest.param(OURS.replace('    "a#0",', '    "a#0", # at the sea'), id="a comment in the list"),
        pytest.param(
            OURS.replace('name = "Ana"\n', 'name = "Ana"\nnote = """\n[p-1]\nfaces = [\n]\n"""\n'), id="a text"
        ),
        pytest.param('p-1.name = ""\np-1.faces = ["a#0", "b \\"c\\"#1"]\n["name:Ana"]\nname = "Ana"\n', id="dotted"),
        pytest.param(OURS.removesuffix("\n"), id="no end of the last line"),
        pytest.param(OURS.replace("[p-1]", "[p-1] # Grandma"), id="a comment beside the name"),
        pytest.param(OURS.replace("\n", "\r\n"), id="line ends of Windows"),
    ],
)
def test_whatever_the_layout_the_faces_are_right_and_the_rest_stays(text: str, tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    path.write_bytes(text.encode())
    people = PeopleFile(path)
    for change in (AssignFace("n#0", "name:Ana"), AssignFace("m#0", "p-1"), UnassignFace("a#0", "p-1")):
        assert people.apply(change).status == "done", change
    after = path.read_bytes().decode()
    assert people.read() == {"p-1": PersonEntry("", ('b "c"#1', "m#0")), "name:Ana": PersonEntry("Ana", ("n#0",))}
    assert all(word in after for word in ("# People.", "# Grandma", 'note = """') if word in text)
    assert PeopleFile(path).read() == people.read()
