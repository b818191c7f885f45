"""Words for any picture over real HTTP, from a process that is started on demand and ends; nothing of it is kept."""

from __future__ import annotations

import io
import os
import re
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import numpy as np
import psutil
import pytest
from fakes import outside_parts
from fakes.reviewing import Browser, reviewing
from fakes.small_folder import refresh
from fakes.snaps import ANNA, CARL, HOME, LEFT, snap
from fakes.tiny import photo
from PIL import Image

from app.web.looker import Looker, LookerBusy, LookerFailed
from plugins.settings import load_settings
from plugins.store import Store, Suggestion, open_store
from tasks.tags import recommend_tags

RED, GREEN = (220, 40, 40), (40, 220, 40)
TRY = "/libraries/family/try"


@dataclass
class Pages:
    browser: Browser
    store: Store
    place: Path

    def tried(self, name: str, data: bytes, status: int = 200) -> str:
        """Send a picture and return what the page says."""
        sent = self.browser.submit(TRY, files={"picture": (name, data)})
        assert sent.status_code == status, sent.text
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", sent.text)).split())

    def kept(self) -> list[str]:
        """Return all that the database holds, and all files of the data folder."""
        with sqlite3.connect(self.place / "data" / "albumen.db") as connection:
            rows = list(connection.iterdump())
        return [*rows, *sorted(str(file) for file in (self.place / "data").rglob("*") if "-" not in file.suffix)]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Serve a library whose red photos are of the sea, and whose green ones are of the wood."""
    place = tmp_path_factory.mktemp("try")
    for name in ("family", "empty", "drawn"):
        (place / name).mkdir()
    (place / "albumen.toml").write_text(
        "".join(f"[libraries.{name}]\ngallery = 'folder'\npath = '{name}'\n" for name in ("family", "empty", "drawn")),
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        outside_parts.install(place / "outside", patch)
        patch.setenv("ALBUMEN_CONFIG", str(place / "albumen.toml"))
        patch.setenv("ALBUMEN_DATA_DIR", str(place / "data"))
        patch.setenv("ALBUMEN_FEATURES__EMBEDDER", "squares")
        patch.setenv("ALBUMEN_FEATURES__PICTURE", "mapped_tints")
        patch.setenv("OMP_NUM_THREADS", "1")
        settings = load_settings()
        with open_store(settings) as store:
            learn(store)
            draw(place / "drawn", store)
            with reviewing(settings) as browser:
                browser.timeout = 120  # a process has to start
                yield Pages(browser, store, place)


def learn(store: Store) -> None:
    rng = np.random.default_rng(0)
    photos, looks = [], []
    for word, colour in {"sea": RED, "wood & <b>": GREEN}.items():
        for _ in range(12):
            one = photo(len(photos), tags=(word,))
            tint = (np.array(colour) + rng.normal(scale=4, size=3)).astype(np.float32)
            photos.append(one)
            looks.append((one.content_key, tint / np.linalg.norm(tint)))
    store.photos.replace("family", photos)
    store.features.put("mapped_tints", "1", looks)
    recommend_tags.as_task.fn("family", "key")


def draw(folder: Path, store: Store) -> None:
    """Draw photos with something red or blue at their left; of all but the last two it is said which."""
    for n in range(18):
        snap(folder / f"{n:02}.jpg", datetime(2024, 5, 3, 10) + timedelta(hours=n), HOME, [(ANNA, CARL)[n % 2]])
    refresh("drawn")
    photos = store.photos.all("drawn")
    tagged = [replace(one, tags=(("red", "blue")[n % 2],)) for n, one in enumerate(photos[:16])]
    store.photos.replace("drawn", [*tagged, *photos[16:]])
    store.features.put("mapped_tints", "1", [(one.content_key, tint_of(folder / one.name)) for one in photos])
    recommend_tags.as_task.fn("drawn", "key")


def tint_of(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        tint = np.asarray(image, dtype=np.float32).mean(axis=(0, 1))
    return tint / np.linalg.norm(tint)


def picture(colour: tuple[int, int, int]) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(data, "JPEG")
    return data.getvalue()


def lookers() -> list[psutil.Process]:
    """Return the processes of this one that look at pictures."""
    return [child for child in psutil.Process().children() if "app.looking" in child.cmdline()]


def test_words_for_a_picture_that_is_shown_once_and_not_kept(pages: Pages) -> None:
    assert "Which words?" in pages.browser.get(TRY).text
    before = pages.kept()
    sent = pages.browser.submit(TRY, files={"picture": ("<i>a.jpg", picture(RED))})
    assert (sent.status_code, "<i>" in sent.text) == (200, False)
    assert re.search(r">sea</a> <span[^>]*>\d+ of \d+ similar photos? ha(?:ve|s) it\.", sent.text)
    (shown,) = re.findall(r'<img src="([^"]*/try/picture/[^"]*)"', sent.text)
    assert Image.open(io.BytesIO(pages.browser.get(shown).content)).size == (64, 48)
    assert pages.browser.get(shown).status_code == 404
    (looker,) = lookers()
    assert "wood & <b>" in pages.tried("b.jpg", picture(GREEN))
    assert lookers() == [looker]
    assert pages.kept() == before


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        pytest.param(b"\xff\xd8\xff no picture", 200, "It cannot be looked at:", id="broken"),
        pytest.param(b"#!/bin/sh\necho hi", 200, "It cannot be looked at:", id="no picture at all"),
        pytest.param(picture((40, 40, 220)), 200, "nothing that has a tag looks like it", id="like nothing known"),
        pytest.param(b"", 400, "Choose a picture first.", id="nothing"),
        pytest.param(b"\xff" * 30_000_001, 413, "That is more than 30 MB.", id="too large"),
    ],
)
def test_what_has_no_words_is_told_why(data: bytes, status: int, said: str, pages: Pages) -> None:
    assert said in pages.tried("a.jpg", data, status)


def test_a_library_that_has_learned_nothing_says_what_to_do(pages: Pages) -> None:
    sent = pages.browser.submit("/libraries/empty/try", files={"picture": ("a.jpg", picture(RED))})
    assert sent.status_code == 503
    assert "No picture can get words now" in sent.text
    assert "albumen curate empty" in sent.text


def test_a_form_without_a_picture_or_from_elsewhere(pages: Pages) -> None:
    assert pages.browser.submit(TRY).status_code == 400
    forged = pages.browser.post(TRY, data={"csrf": "x"}, files={"picture": ("a.jpg", picture(RED))})
    assert forged.status_code == 403


def test_where_a_tag_is_in_the_picture_is_drawn_once_it_is_found(pages: Pages) -> None:
    waiting = pages.store.suggestions.open("drawn", "tag")
    assert sorted(made.value for made in waiting) == ["blue", "red"]
    path, red = "/libraries/drawn/tags", next(made.key for made in waiting if made.value == "red")
    assert "<rect" not in pages.browser.get(f"{path}?word=red").text
    there = pages.browser.submit(f"{path}/where", {"key": red, "to": f"{path}?word=red"}, headers={"X-Inplace": "1"})
    (rectangle,) = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', there.text)
    left, top, width = map(float, rectangle)
    assert left <= LEFT[0]
    assert top <= LEFT[1]
    assert LEFT[2] <= left + width <= 0.5
    assert f'<rect x="{rectangle[0]}"' in pages.browser.get(f"{path}?word=red").text
    assert pages.browser.submit(f"{path}/answer", {"key": red, "verdict": "accepted"}).status_code == 303
    assert pages.store.suggestions.decisions_of("drawn", [red])[red].evidence.box is not None


def test_where_a_tag_is_cannot_be_said_of_a_photo_that_is_gone(pages: Pages) -> None:
    pages.store.suggestions.save("family", "tag", [Suggestion("tag-1", "tag", "gone", "sea")])
    sent = {"key": "tag-1", "to": "/libraries/family/tags"}
    answer = pages.browser.submit("/libraries/family/tags/where", sent, headers={"X-Inplace": "1"})
    assert (answer.status_code, 'id="tag-1"' in answer.text) == (200, True)
    assert "not%20there%20any%20more" in answer.headers["x-said"]
    whole = pages.browser.submit("/libraries/family/tags/where", {"key": "tag-9"})
    assert whole.status_code == 303


def test_one_that_has_died_is_started_again(pages: Pages) -> None:
    pages.tried("a.jpg", picture(RED))
    (looker,) = lookers()
    os.kill(looker.pid, signal.SIGKILL)
    psutil.wait_procs([looker], 10)
    assert "sea" in pages.tried("a.jpg", picture(RED))
    assert lookers() != [looker]


def test_only_a_few_wait_and_it_ends_when_nobody_asks_any_more() -> None:
    looker = Looker(idle_s=0.5, most=1)
    asked: dict[str, object] = {"do": "place", "library": "\0", "key": "a"}
    answers: list[dict[str, object]] = []
    first = threading.Thread(target=lambda: answers.append(looker.ask(asked)[0]))
    first.start()
    try:
        while (pid := looker.pid) is None and first.is_alive():
            first.join(0.01)
        with pytest.raises(LookerBusy):
            looker.ask(asked)
        first.join(120)
        assert [*answers[0]] == ["cannot"]
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(60)
        assert looker.pid is None
    finally:
        looker.close()


def test_what_is_looked_at_is_given_up_when_the_pages_close() -> None:
    looker, failed = Looker(), list[LookerFailed]()

    def ask() -> None:
        try:
            looker.ask({"do": "words", "library": "family"}, picture(RED))
        except LookerFailed as error:
            failed.append(error)

    first = threading.Thread(target=ask)
    first.start()
    while looker.pid is None and first.is_alive():
        first.join(0.01)
    looker.close()
    first.join(60)
    assert (len(failed), looker.pid) == (1, None)
    with pytest.raises(LookerFailed):
        looker.ask({"do": "words", "library": "family"})


def test_one_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    looker = Looker(answer_s=0.05)
    with pytest.raises(LookerFailed):
        looker.ask({"do": "words", "library": "family"}, picture(RED))
    assert looker.pid is None
