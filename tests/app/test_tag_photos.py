"""`albumen tags --photo`: words for any file from what a library has learned, or why there are none; none is kept."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
import pytest
from fakes import outside_parts
from fakes.tiny import photo
from PIL import Image
from typer.testing import CliRunner, Result

from app.cli import app
from plugins.settings import load_settings
from plugins.store import open_store
from tasks.tags import recommend_tags

FEW = "too few of the photos that look like it share a tag that may be suggested"
RED, GREEN, BLUE = (220, 40, 40), (40, 220, 40), (40, 40, 220)


@pytest.fixture
def library(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a library whose red photos are of the sea, and whose green ones are of the wood."""
    outside_parts.install(own_folder / "outside", monkeypatch)
    monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "squares")
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", "tints")
    (own_folder / "photos").mkdir()
    return f"folder:{own_folder / 'photos'}"


def learn(library: str, **words: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    photos, looks = [], []
    for word, colour in words.items():
        for _ in range(12):
            one = photo(len(photos), tags=(word,))
            tint = (np.array(colour) + rng.normal(scale=4, size=3)).astype(np.float32)
            photos.append(one)
            looks.append((one.content_key, tint / np.linalg.norm(tint)))
    with open_store(load_settings()) as store:
        store.photos.replace(library, photos)
        store.features.put("tints", "1", looks)
    recommend_tags.as_task.fn(library, "key")


def run(library: str, *files: str) -> Result:
    return CliRunner().invoke(app, ["tags", library, "--photo", *files])


def words(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    return {one["file"]: [t["tag"] for t in one["tags"]] or one["reason"] for one in json.loads(done.stdout)["files"]}


def rows(library: Path) -> list[str]:
    """Return all that a library's database holds."""
    with sqlite3.connect(library / "data" / "albumen.db") as connection:
        return list(connection.iterdump())


def film(path: Path, colour: tuple[int, int, int]) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            picture = np.full((48, 64, 3), colour, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())


def test_words_for_files_of_any_kind_and_nothing_is_kept(library: str, tmp_path: Path) -> None:
    learn(library, sea=RED, wood=GREEN)
    Image.new("RGB", (64, 48), RED).save("a.jpg", exif=_turned())
    Image.new("RGB", (64, 48), GREEN).save("b.png")
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), RED)).save("c.heic")
    film(tmp_path / "d.mp4", GREEN)
    Image.new("RGB", (64, 48), BLUE).save("e.jpg")
    Path("f\x1b[2J.jpg").write_bytes(b"\xff\xd8\xff no picture")
    Path("g").mkdir()
    before = rows(tmp_path)
    done = run(library, "a.jpg", "b.png", "c.heic", "d.mp4", "e.jpg", "g", "a.jpg")
    assert (done.exit_code, done.stderr) == (0, "")
    said = re.sub(r"\d+ of \d+ similar (photos have|photo has)", "n of n similar photos have", done.stdout)
    assert said.splitlines() == [
        *("a.jpg: sea (n of n similar photos have it)", "b.png: wood (n of n similar photos have it)"),
        *("c.heic: sea (n of n similar photos have it)", "d.mp4: wood (n of n similar photos have it)"),
        "e.jpg: none: nothing that has a tag looks like it",
        "g: none: it cannot be opened: Is a directory",
        "a.jpg: sea (n of n similar photos have it)",
    ]
    broken = run(library, "f\x1b[2J.jpg", "nowhere.jpg")
    assert (broken.exit_code, "\x1b" in broken.output) == (1, False)
    assert [line.split(": ")[:2] for line in broken.stdout.splitlines()] == [
        ["f\ufffd[2J.jpg", "none"],
        ["nowhere.jpg", "none"],
    ]
    assert rows(tmp_path) == before
    assert all(any(row.startswith(f'INSERT INTO "{table}"') for row in before) for table in ("photos", "trained"))


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def test_words_that_the_user_bars_are_not_told(library: str) -> None:
    learn(library, sea=RED, wood=GREEN)
    Image.new("RGB", (64, 48), RED).save("a.jpg")
    assert words(run(library, "a.jpg", "--json")) == {"a.jpg": ["sea"]}
    CliRunner().invoke(app, ["tags", library, "--never", "SEA"])
    assert words(run(library, "a.jpg", "--json")) == {"a.jpg": FEW}


def test_a_word_is_told_where_a_run_would_ask_for_it(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_TAGS__METHOD", "global_frequency")
    learn(library, sea=RED, wood=GREEN)  # a half of the photos have each
    Image.new("RGB", (64, 48), RED).save("a.jpg")
    assert words(run(library, "a.jpg", "--json")) == {"a.jpg": ["sea", "wood"]}
    monkeypatch.setenv("ALBUMEN_TAGS__ASK", ".6")
    assert words(run(library, "a.jpg", "--json")) == {"a.jpg": FEW}


def test_one_photo_has_a_word(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_TAGS__MODE", "strict")
    monkeypatch.setenv("ALBUMEN_TAGS__EXTRACTOR", "tints")
    learn(library, sea=RED)  # 12 photos, and as many clusters
    Image.new("RGB", (64, 48), RED).save("a.jpg")
    assert run(library, "a.jpg").stdout == "a.jpg: sea (1 of 1 similar photo has it)\n"


def test_a_method_that_keeps_nothing_learns_for_the_moment(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_TAGS__METHOD", "global_frequency")
    learn(library, sea=RED)
    Image.new("RGB", (64, 48), BLUE).save("a.jpg")
    assert words(run(library, "a.jpg", "--json")) == {"a.jpg": ["sea"]}


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        pytest.param("TAGS__METHOD", "cluster_frequency", "there is none yet; `albumen curate ", id="nothing learned"),
        pytest.param("FEATURES__ENABLED", "false", "features are switched off", id="no extractor"),
    ],
)
def test_without_a_model_it_says_what_to_do(
    setting: str, value: str, said: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ALBUMEN_{setting}", value)
    with open_store(load_settings()):
        done = run(library, "a.jpg", "b.jpg", "--json")
    files = json.loads(done.stdout)["files"]
    assert (done.exit_code, [one["file"] for one in files]) == (1, ["a.jpg", "b.jpg"])
    assert all(said in one["reason"] and not one["tags"] for one in files)


def test_nothing_known_yet(library: str, tmp_path: Path) -> None:
    done = run(library, "a.jpg")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nothing is known" in done.stderr
    assert not (tmp_path / "data").exists()
