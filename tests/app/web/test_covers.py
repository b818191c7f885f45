"""The pages of covers over real HTTP, and what the next plan makes of a cover that was picked there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fakes.reviewing import Browser, reviewing
from fakes.small_folder import draw
from typer.testing import CliRunner

from app.cli import app
from plugins.changes import Change, SetCover
from plugins.publishing.session import Publishing
from plugins.records import Event
from plugins.settings import load_settings
from plugins.store import ChosenCover, Evidence, Ranked, Store, Suggestion, VideoCover, open_store
from tasks.context import opened
from tasks.cover_signals import told
from tasks.publish import wanted_of

HOSTILE = "<script>alert(1)</script>'\"&?#\u202e"
COVERS = "/libraries/family/covers"
NAMES = [f"{n}.jpg" for n in range(10)]
ALBUM = {"key": "ev-1"}


@dataclass
class Pages:
    """The review page of a folder with an album of ours in the making; `ids` are the photos of it, by name."""

    browser: Browser
    store: Store
    folder: Path
    ids: dict[str, str]
    keys: dict[str, str]

    def html(self, path: str, status: int = 200) -> str:
        answer = self.browser.get(f"{COVERS}{path}")
        assert answer.status_code == status, (path, answer.status_code)
        return answer.text

    def text(self, path: str) -> str:
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html(path))).split())

    def said(self, path: str, data: Mapping[str, object]) -> str:
        answer = self.browser.submit(f"{COVERS}/{path}", data)
        assert answer.status_code == 303, answer.text
        found = re.search(r'class="said"[^>]*>([^<]*)<', self.browser.get(answer.headers["location"]).text)
        assert found is not None
        return unescape(found[1])

    def pick(self, name: str) -> str:
        return self.said("pick", {**ALBUM, "photo": self.ids[name]})

    def run(self) -> list[Change]:
        """Plan and write what is planned; return the changes."""
        with opened("family") as here:
            run = here.store.runs.start(here.name, "curate")
            publishing = Publishing(here.store, here.name, here.gallery)
            publishing.plan(run, wanted_of(here))
            publishing.apply(run)
            here.store.runs.finish(run, "done", {})
            return [entry.change for entry in here.store.journal.of_run(here.name, run)]

    def undo(self) -> None:
        with opened("family") as here:
            last = here.store.runs.list(here.name, 1)[0].id
            run = here.store.runs.start(here.name, "undo", last)
            publishing = Publishing(here.store, here.name, here.gallery)
            publishing.plan_undo(run, last)
            publishing.apply(run)
            here.store.runs.finish(run, "done", {})

    @property
    def file(self) -> Path:
        (found,) = (self.folder / ".albumen/albums").glob("*.toml")
        return found

    def shown(self) -> str:
        """Return the cover of the album in the folder, by name."""
        (found,) = re.findall(r'^cover = "([^"]*)"', self.file.read_text(), re.MULTILINE)
        return found

    def choose(self, name: str) -> None:
        """Choose a cover as the user does in the folder itself."""
        text = self.file.read_text()
        self.file.write_text(text.replace(f'cover = "{self.shown()}"', f'cover = "{name}"'))


@contextmanager
def serving(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    """Serve the pages of a new folder, and let the environment name it."""
    draw(place / "photos", NAMES, size=(32, 24))
    (place / "none").mkdir()
    libraries = (("family", "photos"), ("empty", "none"))
    tables = (f"[libraries.{name}]\ngallery = 'folder'\npath = '{path}'\n" for name, path in libraries)
    (place / "albumen.toml").write_text("".join(tables))
    settings = {"CONFIG": place / "albumen.toml", "DATA_DIR": place / "data", "FEATURES__ENABLED": "false"}
    for name, value in {**settings, "ALBUMS__MIN_PHOTOS": 3, "ALBUMS__BURST_S": 0}.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    with opened("family") as here:
        here.store.photos.replace("family", here.gallery.photos())
        photos = {photo.name: photo for photo in here.store.photos.all("family")}
    ids, keys = ({name: value(p) for name, p in photos.items()} for value in (lambda p: p.id, lambda p: p.content_key))
    with reviewing(load_settings()) as browser, open_store(load_settings()) as store:
        made = Pages(browser, store, place / "photos", ids, keys)
        fill(made)
        yield made


def fill(pages: Pages) -> None:
    """Let an album be wanted, a video have frames, and a cover be suggested; nothing is decided."""
    store, ids, keys = pages.store, pages.ids, pages.keys
    while decisions := store.suggestions.decisions("family"):
        store.suggestions.take_back("family", decisions[-1].decided_at, ["cover"])
    members = tuple(ids[name] for name in NAMES[:8])
    store.events.save("family", [Event("ev-1", members, f"Lisbon {HOSTILE}", away=True)])
    ranked = tuple(Ranked(ids[name], share) for name, share in (("0.jpg", 0.2), ("1.jpg", 0.7), ("2.jpg", 0.1)))
    store.covers.save("family", {"ev-1": ChosenCover(ids["1.jpg"], ranked, (), {"blurred": 5})})
    frames = tuple(Ranked(keys["9.jpg"], share, None, at_s) for at_s, share in ((0.5, 0.25), (3.25, 0.75)))
    store.covers.save_videos("family", {keys["9.jpg"]: VideoCover(3.25, frames)})
    evidence = Evidence(photos=(keys["2.jpg"], "gone"))
    asked = Suggestion("cover-1", "cover", "a7", keys["3.jpg"], 0.9, f"«{HOSTILE}»: sharp", evidence)
    store.suggestions.save("family", "cover", [asked])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with pytest.MonkeyPatch.context() as patch, serving(tmp_path_factory.mktemp("covers"), patch) as made:
        yield made


@pytest.fixture
def pages(served: Pages) -> Pages:
    """Lend the pages to a test that writes nothing to the folder."""
    fill(served)
    return served


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    """Serve pages for a test that does."""
    with serving(tmp_path, monkeypatch) as made:
        yield made


def test_albums_are_shown_with_their_covers_and_why(pages: Pages) -> None:
    said = pages.text("")
    assert "1 album with a cover." in said
    assert "Chosen by Albumen: the best by all that is measured. Chosen out of" in said
    assert "3 photos · blurred: 5" in said
    assert f"picture?photo={pages.keys['1.jpg']}" in pages.html("")


def test_candidates_come_with_their_weights_and_the_other_photos_after_them(pages: Pages) -> None:
    said = pages.text("/album?key=ev-1")
    assert re.findall(r"(\d\.jpg) weight (\d+) %", said) == [("1.jpg", "70"), ("0.jpg", "20"), ("2.jpg", "10")]
    assert "5 other photos of the album" in said
    assert pages.html("/album?key=ev-1").count(f'value="{pages.ids["7.jpg"]}"') == 1


def test_a_picked_cover_is_set_once_and_theirs_from_then_on(fresh: Pages) -> None:
    fresh.run()
    assert fresh.shown() == "1.jpg"
    assert fresh.pick("6.jpg") == "Picked. The next plan sets it; after that only you change it."
    assert "Picked by you: the next plan sets it." in fresh.text("")
    assert [type(change) for change in fresh.run()] == [SetCover]
    assert fresh.shown() == "6.jpg"
    assert "Chosen by you, and yours stays." in fresh.text("/album?key=ev-1")
    with opened("family") as here:
        assert [choice.cover for choice in told(here).liked.choices] == [fresh.ids["6.jpg"]]  # covers learn from it
    assert fresh.run() == []
    fresh.choose("5.jpg")
    assert (fresh.run(), fresh.shown()) == ([], "5.jpg")
    fresh.pick("6.jpg")
    fresh.run()
    assert (fresh.shown(), fresh.run()) == ("6.jpg", [])


def test_a_pick_comes_with_the_album_that_it_makes(fresh: Pages) -> None:
    fresh.pick("6.jpg")
    fresh.run()
    assert (fresh.shown(), fresh.run()) == ("6.jpg", [])


@pytest.mark.parametrize("theirs", [pytest.param(False, id="ours"), pytest.param(True, id="one that they chose")])
def test_undone_the_cover_before_is_back_and_whose_it_was(fresh: Pages, theirs: bool) -> None:
    fresh.run()
    if theirs:
        fresh.choose("4.jpg")
        fresh.run()
    before = fresh.shown()
    fresh.pick("6.jpg")
    fresh.run()
    fresh.undo()
    assert fresh.shown() == before
    assert (fresh.run(), fresh.shown()) == ([], before)
    (album,) = fresh.store.ledger.load("family").albums.values()
    assert album.user_cover == theirs


def test_the_last_pick_counts_and_one_taken_back_does_not(fresh: Pages) -> None:
    fresh.run()
    for name in ("6.jpg", "5.jpg", "6.jpg"):
        fresh.pick(name)
    at = fresh.store.suggestions.decisions("family")[-1].decided_at.isoformat()
    assert fresh.said("take-back", {"at": at}) == "Taken back."
    fresh.run()
    assert fresh.shown() == "5.jpg"


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        pytest.param("pick", {"key": "ev-1", "photo": "8.jpg"}, 303, id="a photo of no album"),
        pytest.param("pick", {"key": "ev-1", "photo": "../../etc/passwd"}, 303, id="no photo"),
        pytest.param("pick", {"key": "ev-2", "photo": "1.jpg"}, 404, id="no album"),
        pytest.param("pick-frame", {"content": "gone", "at": "1"}, 303, id="no video"),
        pytest.param("pick-frame", {"content": "gone", "at": "nan"}, 400, id="no moment"),
        pytest.param("answer", {"key": "cover-9", "verdict": "accepted"}, 303, id="no suggestion"),
        pytest.param("answer", {"key": "cover-1", "verdict": "maybe"}, 400, id="no verdict"),
        pytest.param("take-back", {"at": "yesterday"}, 303, id="no answer"),
    ],
)
def test_what_cannot_be_changes_nothing(pages: Pages, path: str, sent: Mapping[str, object], status: int) -> None:
    known = {**sent, "photo": pages.ids.get(str(sent.get("photo")), sent.get("photo", ""))}
    assert pages.browser.submit(f"{COVERS}/{path}", known).status_code == status
    assert pages.store.suggestions.decisions("family") == []


@pytest.mark.parametrize(("verdict", "text"), [("accepted", "the next plan sets"), ("rejected", "your cover stays")])
def test_suggested_covers_are_answered_in_place_and_taken_back(pages: Pages, verdict: str, text: str) -> None:
    assert "1" in pages.text("/asked")
    sent = {"key": "cover-1", "verdict": verdict}
    answer = pages.browser.submit(f"{COVERS}/answer", sent, headers={"X-Inplace": "1"})
    assert (answer.status_code, "<html" in answer.text) == (200, False)
    assert text.replace(" ", "%20") in answer.headers["X-Said"]
    (made,) = pages.store.suggestions.decisions("family")
    assert (made.kind, made.verdict) == ("cover", verdict)
    assert "A cover for an album of yours" in pages.text("/answers")
    assert pages.said("take-back", {"at": made.decided_at.isoformat()}) == "Taken back."
    assert pages.store.waiting.count("family", "cover") == 1


def test_another_frame_of_a_video_is_picked_and_taken_back(pages: Pages) -> None:
    content = pages.keys["9.jpg"]
    assert "at=3.250" in pages.html("/videos")
    assert "weight 25 %" in pages.text(f"/video?{urlencode({'content': content})}")
    assert pages.said("pick-frame", {"content": content, "at": "0.5"}).startswith("Picked")
    assert pages.store.covers.videos("family")[content].at_s == 0.5
    at = pages.store.suggestions.decisions("family")[0].decided_at.isoformat()
    pages.said("take-back", {"at": at})
    assert pages.store.covers.videos("family")[content].at_s == 3.25


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/album?key=ev-9", 404, id="no such album"),
        pytest.param("/video?content=gone", 404, id="no such video"),
        pytest.param("?page=99999999999999999999", 200, id="far beyond the last page"),
        pytest.param("/album?key=ev-1&page=-3", 200, id="before the first page"),
        pytest.param("/asked?after=x", 200, id="no place"),
        pytest.param("/answers", 200, id="no answers"),
    ],
)
def test_odd_addresses(pages: Pages, path: str, status: int) -> None:
    pages.html(path, status)


def test_an_empty_library_has_no_covers(pages: Pages) -> None:
    for path in ("", "/asked", "/videos", "/answers"):
        assert 'class="nothing"' in pages.browser.get(f"/libraries/empty/covers{path}").text


def test_hostile_titles_and_reasons_are_text(pages: Pages) -> None:
    for path in ("", "/album?key=ev-1", "/asked"):
        html = pages.html(path)
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
        assert "\u202e" not in html


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(["ev-1", "6.jpg"], 0, "“6.jpg” as the cover of “Lisbon", id="by key and name"),
        pytest.param(["Lisbon", "6.jpg"], 2, "no album of ours is called 'Lisbon': give one of ev-1", id="no title"),
        pytest.param(["ev-1", "8.jpg"], 2, "is no photo of this album", id="another album's photo"),
    ],
)
def test_the_command_line_picks_too(pages: Pages, arguments: list[str], status: int, said: str) -> None:
    done = CliRunner().invoke(app, ["covers", "family", "--pick", *arguments])
    assert (done.exit_code, said in done.output) == (status, True)
    assert len(pages.store.suggestions.decisions("family")) == (status == 0)
