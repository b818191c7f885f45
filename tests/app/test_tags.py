"""`albumen tags` on a store filled by hand: what is known, what waits, answers that are kept, words that are barred."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes.tiny import photo
from typer.testing import CliRunner, Result

from app.cli import app
from plugins.settings import load_settings
from plugins.store import Evidence, Store, Suggestion, open_store

HOSTILE = "Ev\x1b[2Jil \u202e<b>, of\nall " + 80 * "x"
LIKE = Evidence(photos=("key4", "key5"), similarity=0.8)


def tag(key: str, n: int, word: str, score: float) -> Suggestion:
    return Suggestion(key, "tag", f"key{n}", word, score, f"{n + 4} of 9 similar photos have «{word}»", LIKE)


CATS = [tag("tag-1", 0, "Big cat", 0.9), tag("tag-2", 1, "Big cat", 0.8), tag("tag-3", 9, "Big cat", 0.7)]
DOG = tag("tag-4", 0, "dog", 0.6)
EVIL = tag("tag-5", 2, HOSTILE, 0.5)
GROUP = Suggestion("group-1", "group", "group-1", "", 0.5, "", Evidence(photos=("key0", "key1")))


@pytest.fixture
def store(library: str) -> Iterator[Store]:
    """Fill a store: two photos have words of the user's, one has a word of ours, and tags and a group wait."""
    with open_store(load_settings()) as opened:
        words = {4: ("Cat", "sea"), 5: ("cat ",), 6: ("ours",)}
        photos = [photo(n, name=f"{n}.jpg", tags=words.get(n, ())) for n in range(7)]
        opened.photos.replace(library, [*photos, photo(7, name="\x1b[2J.jpg", content_key="key2")])
        opened.ledger.save_tags(library, {("p06", "ours"): "ours"})
        opened.trained.put(library, "tags", "1", b"", {"clusters": 8, "tagged": 4})
        opened.suggestions.save(library, "tag", [*CATS, DOG, EVIL])
        opened.suggestions.save(library, "group", [GROUP])
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["tags", *arguments])


def told(library: str, *arguments: str) -> dict[str, Any]:
    done = run(library, *arguments, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def verdicts(store: Store, library: str) -> dict[str, str]:
    return {d.key: d.verdict for d in store.suggestions.decisions(library)}


def waiting(library: str) -> list[str]:
    return [made["key"] for word in told(library)["waiting"] for made in word["suggestions"]]


def test_what_is_known_and_what_waits(library: str, store: Store) -> None:
    store.suggestions.never(library, "todo")
    done = run(library)
    assert (done.exit_code, "\x1b" in done.output, "\u202e" in done.output, done.stderr) == (0, False, False, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == [f"{library}: 2 of 8 photos with 2 words of yours", "  Cat 2, sea 1"]
    assert lines[2].startswith("Learned from 4 tagged photos by cluster_frequency, ")
    assert lines[3] == "Never suggested: todo"
    first = lines.index("For you to decide:") + 1
    assert [line.strip() for line in lines[first : first + 7]] == [
        "Big cat: 3 photos, scores 0.90 to 0.70",
        "tag-1  “0.jpg” (4 of 9 similar photos have «Big cat»; similarity 0.80)",
        "tag-2  “1.jpg” (5 of 9 similar photos have «Big cat»; similarity 0.80)",
        "tag-3  a photo that is not there any more (13 of 9 similar photos have «Big cat»; similarity 0.80)",
        "dog: 1 photo, score 0.60",
        "tag-4  “0.jpg” (4 of 9 similar photos have «dog»; similarity 0.80)",
        "Ev\ufffd[2Jil \ufffd<b>, of all xxxxxxxxxxxxxxxxx…: 1 photo, score 0.50",
    ]
    assert lines[-2:][0] == "  group-1  2 photos"
    assert "--sheets DIR" in lines[-1]


@pytest.mark.usefixtures("store")
def test_json_has_all_of_it(library: str) -> None:
    answer = told(library)
    assert (answer["words"], answer["learned"]["facts"]) == ({"Cat": 2, "sea": 1}, {"clusters": 8, "tagged": 4})
    cats, _, evil = answer["waiting"]
    assert (cats["key"], [made["key"] for made in cats["suggestions"]]) == ("tag:Big cat", ["tag-1", "tag-2", "tag-3"])
    assert (evil["word"], evil["suggestions"][0]["evidence"]["photos"]) == (HOSTILE, ["key4", "key5"])
    assert [group["key"] for group in answer["groups"]] == ["group-1"]


def test_nothing_known_yet(library: str, tmp_path: Path) -> None:
    done = run(library)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nothing is known" in done.stderr
    assert not (tmp_path / "data").exists()


def test_an_empty_library(library: str) -> None:
    with open_store(load_settings()) as store:
        run_id = store.runs.start(library, "curate")
        step = {"step": "recommend_tags", "status": "skipped", "figures": {}, "mend": "no photo has a tag"}
        store.runs.finish(run_id, "done", {"steps": [step]})
        done = run(library)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"{library}: 0 of 0 photos with 0 words of yours",
        "Nothing is learned from them yet.",
        "Note: no photo has a tag",
        "No tag waits for you.",
    ]


def test_answers_to_photos_and_words(library: str, store: Store) -> None:
    done = run(library, "--accept", "tag:BIG  CAT", "--reject", "tag-2, tag-4", "--reject", "group-1")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[:-1] == [
        "Accepted: “Big cat” for 2 photos.",
        "Rejected: “Big cat” for “1.jpg”.",
        "Rejected: “dog” for “0.jpg”.",
        "Rejected: 2 photos look alike; without a name so far.",
    ]
    assert f"curate {library}, and written with --apply" in done.stdout
    yes, no = dict.fromkeys(("tag-1", "tag-3"), "accepted"), dict.fromkeys(("tag-2", "tag-4", "group-1"), "rejected")
    assert verdicts(store, library) == yes | no
    store.suggestions.save(library, "tag", [*CATS, DOG, EVIL])
    assert waiting(library) == ["tag-5"]


def test_of_a_word_only_the_sure_ones_are_accepted(library: str, store: Store) -> None:
    run(library, "--accept", "tag:big cat,tag-4", "--sure", "0.8")
    assert verdicts(store, library) == dict.fromkeys(("tag-1", "tag-2", "tag-4"), "accepted")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(f"tag:{HOSTILE}", id="as it is, with a comma and a line break"),
        pytest.param("tag:ev\ufffd[2Jil \ufffd<b>, of all " + 80 * "x", id="as a terminal shows it"),
    ],
)
def test_a_hostile_word_can_be_answered(key: str, library: str, store: Store) -> None:
    done = run(library, "--accept", key)
    assert (done.exit_code, "\x1b" in done.output) == (0, False)
    assert verdicts(store, library) == {"tag-5": "accepted"}


@pytest.mark.usefixtures("store")
def test_a_mind_can_change(library: str, store: Store) -> None:
    run(library, "--accept", "tag-1")
    rejected = run(library, "--reject", "tag-1")
    assert rejected.stdout.splitlines()[0] == (
        "Rejected: “Big cat” for “0.jpg”; where it was set it is taken off again."
    )
    assert verdicts(store, library) == {"tag-1": "rejected"}
    store.ledger.save_tags(library, {("p00", "Big cat"): "rejected", ("p01", "Big cat"): "rejected"})
    assert told(library, "--accept", "tag-1")["decided"][0]["again"] is True
    assert verdicts(store, library) == {"tag-1": "accepted"}
    assert sorted(store.ledger.load(library).tags) == [("p01", "Big cat"), ("p06", "ours")]


def test_an_answer_holds_where_its_place_in_the_picture_cannot_be_found(
    library: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALBUMEN_TAGS__REGIONS", "true")
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "false")
    said = run(library, "--accept", "tag:Big cat", "--reject", "tag-4").stdout.splitlines()
    assert said[2:4] == [
        "Where in the picture: found for 0 of 3 tags.",
        "  not for 3 tags: features are switched off: [features] enabled = true switches them on",
    ]
    assert list(verdicts(store, library).values()).count("accepted") == 3
    (place,) = told(library, "--accept", "tag-5")["places"]
    assert (place["key"], place["box"]) == ("tag-5", None)


@pytest.mark.usefixtures("store")
def test_status_counts_the_tags_that_wait(library: str) -> None:
    said = CliRunner().invoke(app, ["status", library])
    assert "  tags      1 ours; 5 for you to decide: albumen tags\n" in said.stdout
    run(library, "--never", "big cat")
    told = json.loads(CliRunner().invoke(app, ["status", library, "--json"]).stdout)
    assert [one["tags_waiting"] for one in told["libraries"]] == [2]


def test_a_word_is_barred_and_allowed_again(library: str, store: Store) -> None:
    barred = run(library, "--never", " big CAT ", "--never", "todo").stdout.splitlines()
    assert barred == [
        "“big CAT” is never suggested from now on; 3 suggestions are withdrawn.",
        "“todo” is never suggested from now on.",
    ]
    assert store.suggestions.never_tags(library) == {"big cat", "todo"}
    assert waiting(library) == ["tag-4", "tag-5"]
    assert told(library, "--allow", "Big cat")["decided"][0]["key"] == "never:big cat"
    assert waiting(library)[:3] == ["tag-1", "tag-2", "tag-3"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--accept", "tag-9"], "the words that wait are: tag:Big cat, tag:dog", id="unknown key"),
        pytest.param(["--accept", "tag-1,tag:cow"], "'tag:cow'", id="one of several is unknown"),
        pytest.param(["--accept", "tag-1", "--reject", "tag-1"], "at once", id="yes and no to a photo"),
        pytest.param(["--accept", "tag:dog", "--reject", "tag:Dog"], "at once", id="yes and no to a word"),
        pytest.param(["--accept", "group-1"], "--name group-1 WORD", id="a group that has no word yet"),
        pytest.param(["--accept", "tag:\x1b[2J"], "no suggestion has the key", id="a key that commands a terminal"),
        pytest.param(["--never", " "], "cannot be a tag", id="no word"),
        pytest.param(["--never", "B" * 201], "at most 200", id="an endless word"),
        pytest.param(["--allow", "dog"], "barred are: none", id="a word that is not barred"),
        pytest.param(["--accept", "tag-1", "--photo", "a.jpg"], "one at a time", id="two things at once"),
        pytest.param(["--sure", "0.5"], "--sure belongs to --accept", id="sure of nothing"),
        pytest.param(["--accept", "tag:dog", "--sure", "0.9"], "scores 0.9 or more", id="nothing is so sure"),
        pytest.param(["--accept", "tag-1", "--sure", "2"], "Invalid value", id="no score"),
        pytest.param(["--without", "3"], "--without belongs to --name", id="left out of nothing"),
        pytest.param(["b.jpg"], "with --photo FILE", id="a picture without the option"),
        pytest.param(["--name", "group-1", "sea", "--without", "1,x"], "'x' is none", id="a photo without a number"),
        pytest.param(["--name", "group-1", "sea", "--without", "0"], "'0' is none", id="photos are counted from 1"),
    ],
)
def test_wrong_use_changes_nothing(arguments: Sequence[str], said: str, library: str, store: Store) -> None:
    done = run(library, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert store.suggestions.decisions(library) == []


@pytest.mark.usefixtures("store")
def test_one_word_tags_a_group(library: str, store: Store) -> None:
    assert told(library, "--name", "group-1", "Sea", "--without", "2")["photos"] == 1
    assert "group-1" in verdicts(store, library)
