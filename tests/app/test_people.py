"""`albumen people` on a store filled by hand: who is there, what waits, answers that are kept, labels as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes.tiny import photo
from typer.testing import CliRunner, Result

from app.cli import app
from plugins.publishing.ledger import LedgerPerson
from plugins.publishing.wanted_people import naming
from plugins.records import Box, FoundFace, Person
from plugins.settings import load_settings
from plugins.store import Evidence, FaceLabel, ShownFace, Store, Suggestion, open_store

HOSTILE = "=Ev\x1b[2Jil <b>"
HIDDEN = Person("h", "Hidden", hidden=True)
BOX: Box = (0.1, 0.2, 0.3, 0.4)
FACE = FoundFace(BOX, ((0.1, 0.2),) * 5, 0.99, 100.0, 0.9, 0.9, np.ones(2, np.float32))
SHOWN = tuple(ShownFace(f"key{n}", 0, BOX) for n in range(3))
MERGE = Suggestion(
    "merge-1", "merge", "anna", "person-abcdef", 0.9, "", Evidence(SHOWN, SHOWN[:1], 0.61, 0, (), "net 1")
)
PERSON = Suggestion("person-7", "person", "key0#0", "anna", 0.8, "", Evidence(SHOWN[:1], SHOWN[1:], 0.7))
SPLIT = Suggestion("split-1", "split", "anna", "", 0.7, "", Evidence(SHOWN[:2], SHOWN[2:], 0.3, 2))
DOUBT = Suggestion("doubt-1", "doubt", "anna", "", 0.6, "blurred", Evidence(SHOWN))
GROUP = Suggestion("group-1", "group", "group-1", "beach", 0.5, "", Evidence(photos=("key0", "key1", "gone")))
NAMELESS = Suggestion("group-2", "group", "group-2", "", 0.25, "", Evidence(photos=("key3",), similarity=0.25))
ALL = (MERGE, PERSON, SPLIT, DOUBT)


@pytest.fixture
def store(library: str) -> Iterator[Store]:
    """Fill a store: Anna and Evil have names, x1 and x2 have none, and one face is nobody's."""
    with open_store(load_settings()) as opened:
        opened.photos.replace(library, [*(photo(n) for n in range(4)), photo(5, content_key="key1", name="-p.jpg")])
        opened.models.choose(library, "faces", "net", "1")
        opened.faces.put("net", "1", [(f"key{n}", [FACE] * 2) for n in range(4)])
        people = [Person("anna", "Anna"), Person("evil", HOSTILE), Person("person-abcdef"), Person("x2"), HIDDEN]
        opened.people.save(library, people)
        labels = [
            FaceLabel("key0", 0, "anna", "user"),
            FaceLabel("key1", 0, "anna", "ours", 0.75),
            FaceLabel("key1", 1, "anna", "ours", 0.25),
            FaceLabel("key2", 0, "person-abcdef"),
            FaceLabel("key2", 1, "x2"),
            FaceLabel("key3", 0, "evil", "gallery"),
            FaceLabel("key3", 1, "h", "gallery"),
        ]
        opened.people.save_labels(library, "net", "1", labels)
        for made in ALL:
            opened.suggestions.save(library, made.kind, [made])
        opened.suggestions.save(library, "group", [GROUP, NAMELESS])
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["people", *arguments])


def answered(library: str, *arguments: str) -> dict[str, object]:
    done = run(library, *arguments, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.usefixtures("store")
def test_people_are_listed_with_what_waits(library: str) -> None:
    done = run(library)
    assert (done.exit_code, "\x1b" in done.output, done.stderr) == (0, False, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{library}: 2 people with names, 2 without; 8 faces, 1 of nobody"
    assert [" ".join(line.split()) for line in lines[1:5]] == [
        "Anna 3 faces 3 photos 2024-05-03 to 2024-05-03",
        "=Ev\ufffd[2Jil <b> 1 face 1 photo 2024-05-03 to 2024-05-03",
        "person-abcdef 1 face 1 photo 2024-05-03 to 2024-05-03",
        "x2 1 face 1 photo 2024-05-03 to 2024-05-03",
    ]
    assert [line.strip() for line in lines[lines.index("For you to decide:") + 1 : -1]] == [
        "merge-1  “Anna” and somebody not named yet may be one person (similarity 0.61; no photo shows both)",
        "person-7  this face may be “Anna” (similarity 0.70)",
        "split-1  2 faces of “Anna” may be somebody else (similarity 0.30; 2 photos show both)",
        "doubt-1  these 3 faces may not be “Anna” (blurred)",
        "group-1  3 photos look alike; they could be called “beach”",
        "group-2  1 photo looks alike; without a name so far (similarity 0.25)",
    ]
    assert "--accept KEY" in lines[-1]


@pytest.mark.usefixtures("store")
def test_json_has_all_of_it(library: str) -> None:
    answer = answered(library)
    people = [(p["name"], p["faces"], p["first"]) for p in answer["people"]]  # type: ignore[attr-defined]
    assert people[0] == ("Anna", 3, "2024-05-03 10:00:00")
    assert (answer["faces"], answer["faces_of_nobody"]) == (8, 1)
    (merge, *_) = answer["suggestions"]  # type: ignore[misc]
    assert (merge["key"], merge["evidence"]["faces"][0]["content_key"]) == ("merge-1", "key0")
    assert merge["because"] == "similarity 0.61; no photo shows both"
    assert "Hidden" not in json.dumps(answer)


def test_nothing_known_yet(library: str, tmp_path: Path) -> None:
    done = run(library)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nothing is known" in done.stderr
    assert not (tmp_path / "data").exists()


def test_an_empty_library_has_nobody(library: str) -> None:
    with open_store(load_settings()):
        done = run(library)
    assert done.exit_code == 0
    assert "0 people with names, 0 without; 0 faces, 0 of nobody" in done.stdout
    assert "No suggestion waits for you." in done.stdout


def test_answers_are_kept_for_ever_and_several_go_at_once(library: str, store: Store) -> None:
    done = run(library, "--accept", "merge-1, split-1", "--reject", "doubt-1", "--reject", "group-1")
    assert done.exit_code == 0, done.output
    assert "Accepted: “Anna” and somebody not named yet may be one person." in done.stdout
    assert "Rejected: these 3 faces may not be “Anna”." in done.stdout
    assert f"curate {library}, and written with --apply" in done.stdout
    verdicts = {d.key: d.verdict for d in store.suggestions.decisions(library)}
    accepted, rejected = "accepted", "rejected"
    assert verdicts == {"merge-1": accepted, "split-1": accepted, "doubt-1": rejected, "group-1": rejected}
    assert [s.key for s in store.suggestions.open(library)] == ["person-7", "group-2"]
    store.suggestions.save(library, "merge", [MERGE])
    assert [s["key"] for s in answered(library)["suggestions"]] == ["person-7", "group-2"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--accept", "nobody"], "there are: doubt-1, group-1, group-2, merge-1", id="unknown key"),
        pytest.param(["--accept", "merge-1,nobody"], "'nobody'", id="one of several is unknown"),
        pytest.param(["--accept", "merge-1", "--reject", "merge-1"], "at once", id="yes and no"),
        pytest.param(["--accept", "split-1,group-2"], "--name group-2 NAME", id="a group that has no name yet"),
        pytest.param(["--name", "nobody", "Ben"], "without a name are: person-abcdef, x2", id="unknown person"),
        pytest.param(["--name", "perso", "Ben"], "no person 'perso'", id="an id is not cut too short"),
        pytest.param(["--name", "anna", "Ben"], "'Anna' already", id="somebody who has a name"),
        pytest.param(["--name", "h", "Ben"], "no person 'h'", id="somebody whom the gallery hides"),
        pytest.param(["--name", "x2", " "], "cannot be a name", id="no name"),
        pytest.param(["--name", "x2", "B\x1b[2J"], "control characters", id="a name that commands a terminal"),
        pytest.param(["--name", "x2", "B" * 201], "at most 200", id="an endless name"),
        pytest.param(["--merge", "anna", "evil"], "people of different names", id="two people with different names"),
        pytest.param(["--merge", "Anna", "anna"], "the same person", id="one person"),
        pytest.param(["--merge", "Anna", "h"], "no person 'h'", id="somebody hidden for another"),
        pytest.param(["--not", "p01.jpg", "Anna"], "say which: p01.jpg#0, p01.jpg#1", id="two faces of her in a photo"),
        pytest.param(["--not", "p03.jpg", "Anna"], "no face of this person", id="a photo without her"),
        pytest.param(["--not", "p01.jpg#2", "Anna"], "no face of this person", id="a face that is not there"),
        pytest.param(["--accept", "merge-1", "--export", "a.csv"], "one at a time", id="two things at once"),
        pytest.param(["--backup", "a.json", "--restore", "a.json"], "one at a time", id="there and back"),
        pytest.param(["--accept", "merge-1", "--apply"], "--apply and --force belong", id="apply of answers"),
        pytest.param(["--restore", "none.json"], "there is no file", id="no backup"),
        pytest.param(["--export", "none/a.csv"], "none/a.csv cannot be written", id="no folder for the file"),
        pytest.param(["--export", "photos"], "cannot be written", id="a folder for a file"),
    ],
)
def test_wrong_use_changes_nothing(arguments: Sequence[str], said: str, library: str, store: Store) -> None:
    done = run(library, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert store.suggestions.decisions(library) == []


@pytest.mark.parametrize("wanted", ["person-abcdef", "person-abc"])
def test_somebody_without_a_name_gets_one_and_another(wanted: str, library: str, store: Store) -> None:
    then = "the gallery gets this person, with the faces found so far"
    for name in ("Ben", "</b>Benjamin"):
        assert answered(library, "--name", wanted, name)["decided"] == [
            {
                "key": "person-abcdef",
                "kind": "name",
                "subject": "person-abcdef",
                "value": name,
                "verdict": "accepted",
                "text": f"{wanted} is called “{name}”; {then}",
            }
        ]
    assert store.suggestions.names(library) == {"person-abcdef": "</b>Benjamin"}
    assert "</b>Benjamin" in run(library).stdout
    store.people.save(library, [Person("person-abcdef", "Gallery's")])
    assert "Gallery's" in run(library).stdout


@pytest.mark.usefixtures("store")
def test_a_name_that_the_gallery_gets_too(library: str) -> None:
    """Whom the gallery knows without a name gets it there; somebody of ours is made with it."""
    said = [
        run(library, "--name", *named).stdout.splitlines()[0] for named in (("x2", "Ben"), ("person-abcdef", "Anna"))
    ]
    assert said == [
        "Accepted: x2 is called “Ben”; the gallery has this person already, without a name: they get it there too.",
        "Accepted: person-abcdef is called “Anna”, as is somebody else: the two count as one person.",
    ]


def test_who_asks_again_for_a_name_gets_it_again(library: str, store: Store) -> None:
    given = LedgerPerson(naming("x2"), name="Ben", state="named")
    store.ledger.save_people(library, {given.key: given})
    said = run(library, "--name", "x2", "Carla").stdout.splitlines()[0]
    assert said.endswith("; if the gallery calls them “Ben” by now, as you had asked, change it there.")
    assert store.ledger.load(library).people == {given.key: given}
    assert "they get it there too" in run(library, "--name", "x2", "Ben").stdout
    assert store.ledger.load(library).people == {}


@pytest.mark.parametrize(
    ("arguments", "text", "decided"),
    [
        pytest.param(
            ["--merge", "x2", "Anna"],
            "“Anna” and somebody not named yet may be one person",
            ("merge", "anna", "x2", ()),
            id="two are one",
        ),
        pytest.param(
            ["--not", "p00.jpg", "Anna"],
            "this face may not be “Anna”",
            ("doubt", "anna", "faces-", (ShownFace("key0", 0, BOX),)),
            id="not her",
        ),
        pytest.param(
            ["--not", "p01.jpg#1", "anna"],
            "this face may not be “Anna”",
            ("doubt", "anna", "faces-", (ShownFace("key1", 1, BOX),)),
            id="one of two faces is not her",
        ),
    ],
)
def test_what_is_said_unasked_is_kept_as_an_answer(arguments, text, decided, library: str, store: Store) -> None:
    done = run(library, *arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Accepted: {text}.")
    (made,) = store.suggestions.decisions(library)
    kind, subject, value, faces = decided
    assert (made.kind, made.subject, made.evidence.faces, made.verdict) == (kind, subject, faces, "accepted")
    assert made.value.startswith(value)


def test_photos_that_look_alike_get_a_name(library: str, store: Store) -> None:
    said = answered(library, "--name", "group-2", "Our beach")["decided"]
    assert said[0]["text"] == "group-2 is called “Our beach”; its photos get that as a tag"  # type: ignore[index]
    assert store.suggestions.open(library, "group") == [GROUP]
    assert ("group-2", "accepted") in [(d.key, d.verdict) for d in store.suggestions.decisions(library)]
    assert store.suggestions.names(library) == {"group-2": "Our beach"}
    assert ["p03", "p03.jpg", "look-alike", "group-2", "Our beach", "0.2500"] in table(library)


def table(library: str) -> list[list[str]]:
    """Export the labels and read them as a spreadsheet would."""
    answer = answered(library, "--export", "labels.csv")
    head, *rows = csv.reader(io.StringIO(Path("labels.csv").read_text(encoding="utf-8"), newline=""))
    assert head == ["photo", "name", "kind", "group", "label", "strength"]
    assert answer["rows"] == len(rows)
    return rows


@pytest.mark.usefixtures("store")
def test_labels_are_exported_for_people_and_for_what_looks_alike(library: str) -> None:
    assert table(library) == [
        ["p00", "p00.jpg", "person", "anna", "Anna", "1.0000"],
        ["p01", "p01.jpg", "person", "anna", "Anna", "0.7500"],
        ["p02", "p02.jpg", "person", "person-abcdef", "", "1.0000"],
        ["p02", "p02.jpg", "person", "x2", "", "1.0000"],
        ["p03", "p03.jpg", "person", "evil", "'=Ev\ufffd[2Jil <b>", "1.0000"],
        ["p05", "'-p.jpg", "person", "anna", "Anna", "0.7500"],
        ["p00", "p00.jpg", "look-alike", "group-1", "beach", "0.5000"],
        ["p01", "p01.jpg", "look-alike", "group-1", "beach", "0.5000"],
        ["p05", "'-p.jpg", "look-alike", "group-1", "beach", "0.5000"],
        ["p03", "p03.jpg", "look-alike", "group-2", "", "0.2500"],
    ]


@pytest.mark.usefixtures("store")
def test_status_counts_people(library: str) -> None:
    said = CliRunner().invoke(app, ["status", library])
    assert (
        "  people    2 with a name, 2 without; 8 faces, 1 of nobody; 6 for you to decide: albumen people" in said.stdout
    )
    told = json.loads(CliRunner().invoke(app, ["status", library, "--json"]).stdout)
    counts = {"named": 2, "unnamed": 2, "faces": 8, "faces_of_nobody": 1, "suggestions": 6}
    assert [one["people"] for one in told["libraries"]] == [counts]
