"""`albumen covers` on a store filled by hand: covers and their reasons, what waits, and answers that are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fakes.tiny import photo
from typer.testing import CliRunner, Result

from app.cli import app
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Event
from plugins.settings import load_settings
from plugins.store import ChosenCover, Evidence, Ranked, Store, Suggestion, VideoCover, open_store
from tasks.features import SHARPNESS

EVIL = "Ev\x1b[2Jil \u202e<b>.jpg"
LEFT_OUT = {"blurred": 5, "nearly the same as another": 3}
BEACH = Suggestion(
    "cover-1", "cover", "a1", "key3", 0.7, "«Beach»: match with your favourites: 0.61, like p08.jpg", Evidence()
)
GONE = Suggestion("cover-2", "cover", "a2", "key77", 0.4, "«Work»: sharp", Evidence(photos=("key8",)))
STEP: dict[str, Any] = {"step": "choose_covers", "status": "cached", "mend": ""}


def ranked(*photos: int) -> tuple[Ranked, ...]:
    return tuple(Ranked(f"p{n:02}", (20 + n) / 100, (80 + n) / 100) for n in photos)


@pytest.fixture
def store(library: str) -> Iterator[Store]:
    """Fill a store: a trip whose cover resembles favourites, an event with a plain cover, a small one, and a video."""
    trip = {"trip": "t1", "trip_title": "Lisbon, 3 May 2024"}
    events = [
        Event("e1", ("p00", "p01"), "A day", **trip),
        Event("e2", ("p02", "p03"), "Another day", **trip),
        Event("e3", ("p04", "p05", "p06", "gone"), "The sea\x1b[2J", away=True),
        Event("e4", ("p07",), "Too small", away=True),
    ]
    with open_store(load_settings()) as opened:
        names: dict[int, dict[str, object]] = {1: {"name": EVIL}, 4: {"favourite": True}}
        shots = [photo(n, **names.get(n, {})) for n in range(9)]
        clips = [
            photo(9, name="clip.mp4", kind="video", duration_s=80.0),
            photo(10, name="new.mp4", kind="video", content_key="key99"),
        ]
        opened.photos.replace(library, [*shots, *clips])
        opened.events.save(library, events)
        opened.measures.put(*SHARPNESS, [("key4", 0.9), ("key5", 0.2), ("key6", 0.3)])
        covers = {
            "t1": ChosenCover("p03", ranked(0, 1, 3), ("p01", "p08", "p07"), LEFT_OUT),
            "e3": ChosenCover("p04", ranked(4, 5, 6)),
            "e4": ChosenCover("p07", ranked(7)),
            "e9": ChosenCover("gone"),
        }
        opened.covers.save(library, covers)
        opened.ledger.save_albums(library, [LedgerAlbum("t1", "trip", cover="p01", user_cover=True)])
        videos = {"key9": VideoCover(67.2, ranked(9, 9)), "gone": VideoCover(1.0), "key99": VideoCover(2.0)}
        opened.covers.save_videos(library, videos)
        opened.suggestions.save(library, "cover", [BEACH, GONE])
        run_id = opened.runs.start(library, "curate")
        figures = {"covers": 4, "personal": 0.67, "signals": 102, "reason": "it foretells 31 of 40 covers, without 22"}
        opened.runs.finish(run_id, "done", {"steps": [{**STEP, "figures": figures}]})
        yield opened


@pytest.fixture(autouse=True)
def small_albums(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three photos be worth an album."""
    assert library
    monkeypatch.setenv("ALBUMEN_ALBUMS__MIN_PHOTOS", "3")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["covers", *arguments])


def told(library: str, *arguments: str) -> dict[str, Any]:
    done = run(library, *arguments, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def verdicts(store: Store, library: str) -> dict[str, str]:
    return {d.key: d.verdict for d in store.suggestions.decisions(library)}


@pytest.mark.usefixtures("store")
def test_covers_say_why(library: str) -> None:
    done = run(library)
    assert (done.exit_code, "\x1b" in done.output, "\u202e" in done.output, done.stderr) == (0, False, False, "")
    assert done.stdout.splitlines() == [
        f"{library}: 2 albums with a cover, 2 videos with a frame as cover",
        "What you like counts with a weight of 0.67, by 102 signals: it foretells 31 of 40 covers, without 22.",
        "The sea\ufffd[2J",
        "  p04.jpg: a favourite of yours, sharp",
        "  chosen out of 3 photos",
        "Lisbon, 3 May 2024",
        "  p03.jpg: match with your favourites: 0.83, like Ev\ufffd[2Jil \ufffd<b>.jpg and p08.jpg",
        "  chosen out of 3 photos; 8 left out (blurred: 5, nearly the same as another: 3)",
        "  you chose the cover of this album yourself, and yours stays",
        "Videos:",
        "  new.mp4: the frame at 0:02",
        "  clip.mp4: the frame at 1:07, chosen out of 2 frames",
        "For you to decide, covers of your own albums:",
        "  cover-1  “p03.jpg” as a cover («Beach»: match with your favourites: 0.61, like p08.jpg)",
        "  cover-2  a photo that is not there any more as a cover («Work»: sharp)",
        done.stdout.splitlines()[-1],
    ]
    assert f"covers --accept KEY {library}, or --reject KEY" in done.stdout.splitlines()[-1]


@pytest.mark.usefixtures("store")
def test_json_has_all_of_it(library: str) -> None:
    answer = told(library)
    assert (answer["personal"]["share"], answer["personal"]["signals"]) == (0.67, 102)
    sea, lisbon = answer["albums"]
    assert (sea["key"], lisbon["key"], lisbon["chosen"]["left_out"]) == ("e3", "t1", LEFT_OUT)
    assert [one["interest"] for one in lisbon["chosen"]["candidates"]] == [0.8, 0.81, 0.83]
    assert (sea["yours"], lisbon["yours"]) == (False, True)
    assert [(one["video"], one["at_s"]) for one in answer["videos"]] == [("new.mp4", 2.0), ("clip.mp4", 67.2)]
    assert [one["key"] for one in answer["suggestions"]] == ["cover-1", "cover-2"]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        pytest.param(
            {"figures": {"personal": 0.0, "signals": 12, "reason": "30 are needed"}},
            "What you like gets no weight, with 12 signals: 30 are needed.",
            id="too few signals",
        ),
        pytest.param({"figures": {}, "mend": "no picture vectors"}, "Note: no picture vectors", id="skipped"),
        pytest.param({"figures": {"note": "a head was refused"}}, "Note: a head was refused", id="a note"),
    ],
)
def test_it_says_why_what_the_user_likes_does_not_count(step: dict[str, Any], said: str, library: str) -> None:
    with open_store(load_settings()) as store:
        for steps in ([{**STEP, **step}], [{**STEP, "step": "plan_changes", "figures": {}}]):
            store.runs.finish(store.runs.start(library, "curate"), "done", {"steps": steps})
    assert run(library).stdout.splitlines() == [
        f"{library}: 0 albums with a cover",
        said,
        "No cover waits for you.",
    ]


def test_nothing_known_yet(library: str) -> None:
    done = run(library)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nothing is known" in done.stderr


def test_answers_are_kept_and_may_change(library: str, store: Store) -> None:
    done = run(library, "--accept", "cover-1", "--reject", " cover-2,")
    assert done.stdout.splitlines()[:-1] == [
        "Accepted: “p03.jpg” as a cover.",
        "Rejected: a photo that is not there any more as a cover.",
    ]
    assert f"curate {library}, and written with --apply" in done.stdout
    assert verdicts(store, library) == {"cover-1": "accepted", "cover-2": "rejected"}
    store.suggestions.save(library, "cover", [BEACH, GONE])
    assert told(library)["suggestions"] == []
    changed = run(library, "--reject", "cover-1").stdout.splitlines()[0]
    assert changed.startswith("Rejected: “p03.jpg” as a cover; where it is set already it stays: `albumen undo`")
    assert [one["again"] for one in told(library, "--accept", "cover-2")["decided"]] == [True]
    assert verdicts(store, library) == {"cover-1": "rejected", "cover-2": "accepted"}


@pytest.mark.usefixtures("store")
def test_status_counts_covers_and_those_that_wait(library: str) -> None:
    said = CliRunner().invoke(app, ["status", library])
    assert "  covers    4 of events and trips, 3 of videos; 2 for you to decide: albumen covers\n" in said.stdout
    run(library, "--reject", "cover-1,cover-2")
    answer = json.loads(CliRunner().invoke(app, ["status", library, "--json"]).stdout)
    assert [one["covers"] for one in answer["libraries"]] == [{"events": 4, "videos": 3, "suggestions": 0}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--accept", "cover-9"], "there are: cover-1, cover-2", id="unknown key"),
        pytest.param(["--accept", "cover-1,tag:cow"], "'tag:cow'", id="one of several is unknown"),
        pytest.param(["--accept", "cover-1", "--reject", "cover-1"], "at once", id="yes and no"),
        pytest.param(["--accept", "\x1b[2J"], "no suggestion waits", id="a key that commands a terminal"),
    ],
)
def test_wrong_use_changes_nothing(arguments: Sequence[str], said: str, library: str, store: Store) -> None:
    done = run(library, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert store.suggestions.decisions(library) == []
