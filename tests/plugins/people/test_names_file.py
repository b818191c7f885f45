"""The backup of names: what goes in comes out, and a file from anywhere is either whole or refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from plugins.people import names_file
from plugins.people.names_file import NamesFileWrong, SavedFace, fit_name, names_json, read_names

FACE: dict[str, Any] = {"content_key": "sha1:ab", "box": [0.1, 0.2, 0.3, 0.4], "name": "Anna", "photo": "a.jpg"}


def written(tmp_path: Path, faces: object = (FACE,), **changed: object) -> Path:
    path = tmp_path / "names.json"
    path.write_text(json.dumps({"schema": "albumen-names", "version": 1, "faces": faces} | changed))
    return path


@pytest.mark.parametrize(
    "name", ["Anna", "Åsa Þór", "李小龍", "=HYPERLINK(1)", "</script>", "a" * 200, "🏖️ Ann", " Anna"]
)
def test_what_goes_in_comes_out(name: str, tmp_path: Path) -> None:
    faces = [SavedFace("k2", (0.0, 0.0, 1.0, 1.0), name, "b"), SavedFace("k1", (0.1, 0.2, 0.3, 0.4), name, "a\udcff")]
    path = tmp_path / "names.json"
    path.write_bytes(names_json(faces))
    assert read_names(path) == (SavedFace("k1", (0.1, 0.2, 0.3, 0.4), name, "a\ufffd"), faces[0])
    assert names_json(faces) == names_json(reversed(faces))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "is no backup of names", id="empty"),
        pytest.param("[" * 100_000, "is no backup of names", id="nested without end"),
        pytest.param("[]", "is no backup of names", id="a list"),
        pytest.param('"x"', "is no backup of names", id="a word"),
        pytest.param("\x00\xff", "is no backup of names", id="not text"),
        pytest.param('{"version": 1, "faces": []}', "schema: Field required", id="no schema"),
        pytest.param('{"schema": "albumen-names", "faces": []}', "version: Field required", id="no version"),
        pytest.param('{"schema": "other", "version": 1}', "its schema is 'other'", id="another program's"),
        pytest.param('{"schema": "albumen-names", "version": "1"}', "version", id="the version is text"),
        pytest.param('{"schema": "albumen-names", "version": 2}', "of version 2, and this", id="of a newer Albumen"),
        pytest.param('{"schema": "albumen-names", "version": 1}', "faces: Field required", id="no faces"),
        pytest.param('{"schema": "albumen-names", "version": 1, "faces": [', "is no backup", id="cut off"),
    ],
)
def test_a_file_of_another_kind_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(NamesFileWrong, match=said):
        read_names(path)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        pytest.param({"name": ""}, "faces.0.name", id="no name"),
        pytest.param({"name": "  "}, "faces.0.name", id="a blank name"),
        pytest.param({"name": "a" * 201}, "faces.0.name", id="an endless name"),
        pytest.param({"name": "An\x1b[2Jna"}, "faces.0.name", id="a name that commands the terminal"),
        pytest.param({"name": "An\nna"}, "faces.0.name", id="a name of two lines"),
        pytest.param({"name": "\u202eannA"}, "faces.0.name", id="a name that turns the text around"),
        pytest.param({"name": "\0"}, "faces.0.name", id="a name that no database holds"),
        pytest.param({"name": 7}, "faces.0.name", id="a number for a name"),
        pytest.param({"content_key": ""}, "faces.0.content_key", id="no content"),
        pytest.param({"content_key": "k" * 201}, "faces.0.content_key", id="endless content key"),
        pytest.param({"box": [0.1, 0.2, 0.3]}, "faces.0.box", id="three edges"),
        pytest.param({"box": [0.3, 0.2, 0.1, 0.4]}, "faces.0.box", id="right of left"),
        pytest.param({"box": [0.1, 0.2, 0.1, 0.4]}, "faces.0.box", id="an empty box"),
        pytest.param({"box": [-0.1, 0.2, 0.3, 0.4]}, "faces.0.box", id="outside the picture"),
        pytest.param({"box": [0.1, 0.2, 0.3, 7]}, "faces.0.box", id="in pixels"),
        pytest.param({"box": [0.1, 0.2, 0.3, float("nan")]}, "faces.0.box", id="not a number"),
        pytest.param({"box": ["0.1", 0.2, 0.3, 0.4]}, "faces.0.box", id="text for a number"),
        pytest.param({"photo": "p" * 1_001}, "faces.0.photo", id="an endless photo name"),
        pytest.param({"unknown": 1}, "faces.0.unknown", id="more than we know"),
    ],
)
def test_one_wrong_face_refuses_the_file_and_says_where(changed: dict[str, Any], where: str, tmp_path: Path) -> None:
    with pytest.raises(NamesFileWrong, match="damaged, and nothing of it is used") as refused:
        read_names(written(tmp_path, [FACE, FACE | changed][::-1]))
    assert where in str(refused.value)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 600


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace("Anna", "\\ud800"))
    with pytest.raises(NamesFileWrong):
        read_names(path)


def test_too_many_people_are_refused(tmp_path: Path) -> None:
    people = [FACE | {"name": f"P{n}"} for n in range(10_001)]
    assert len(read_names(written(tmp_path, people[1:]))) == 10_000
    with pytest.raises(NamesFileWrong, match="names 10,001 people, and 10,000 are the most"):
        read_names(written(tmp_path, people))


def test_a_file_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_file, "MOST_BYTES", 300)
    assert read_names(written(tmp_path))
    with pytest.raises(NamesFileWrong, match="is larger than"):
        read_names(written(tmp_path, [FACE] * 5))


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in ((tmp_path / "none", "there is no file"), (tmp_path, "is no file"), (tmp_path / "pipe", "is no")):
        with pytest.raises(NamesFileWrong, match=said):
            read_names(path)


@pytest.mark.parametrize("name", ["", "\t", "a\r", "\u2066x", "a" * 201])
def test_names_that_no_file_holds(name: str) -> None:
    with pytest.raises(ValueError, match="a name"):
        fit_name(name)
