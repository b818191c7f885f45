"""A file that hangs or crashes the library that reads it costs itself alone, and the scan goes on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzdata
from PIL import Image

from plugins import _decoder
from plugins.decoding import Decoders
from plugins.galleries import GalleryUnreachable
from plugins.galleries.folder import asking
from plugins.galleries.folder.asking import BATCH, BATCHES_AHEAD, Unread, read_in_order
from plugins.galleries.folder.files import content_key_of, read_facts
from plugins.galleries.folder.index import Facts, answers_of_json, json_of_answers
from plugins.galleries.folder.reading import FolderReader
from plugins.galleries.folder.walking import Found, Walk

pytestmark = [pytest.mark.timeout(120), pytest.mark.filterwarnings("ignore::RuntimeWarning:exif")]
BERLIN = ZoneInfo("Europe/Berlin")
GOOD = [f"{number:02}.jpg" for number in range(10)]
LIBRARY = """
import os, signal, sys, time

def as_a_broken_library(event, arguments):
    name = os.path.basename(str(arguments[0])) if event == "open" else ""
    if name == "hangs.jpg":
        time.sleep(600)
    if name == "crashes.jpg":
        os.kill(os.getpid(), signal.SIGSEGV)
    if name == "greedy.jpg":
        raise MemoryError

sys.addaudithook(as_a_broken_library)
"""
"""Decoding processes alone get this: no file is known that hangs or crashes the libraries of today."""


def draw(path: Path, shade: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (16, 12), (shade, 90, 120)).save(path)
    return path


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Decoders]:
    """Lend the decoders that the folder asks, whose libraries cannot cope with some files."""
    (tmp_path / "sitecustomize.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    with Decoders(workers=1, seconds=4) as made:
        monkeypatch.setattr(asking, "decoders", lambda: made)
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number, name in enumerate(GOOD):
        draw(tmp_path / "photos" / name, number)
    return tmp_path / "photos"


def reader(root: Path, zone: ZoneInfo = BERLIN) -> FolderReader:
    return FolderReader(root, root.parent / "state", zone)


def unread(root: Path) -> list[Unread]:
    return [Unread(found, content_key_of(root / found.path)) for found in Walk(root).files()]


def test_what_decoders_read_is_what_the_function_reads(shared, pool):
    root = shared / "exif"
    for one, answer in zip(files := unread(root), read_in_order(root, BERLIN, files), strict=True):
        here = read_facts(root, one.found, BERLIN)
        assert isinstance(answer, Facts)
        assert json_of_answers([replace(answer, read_at_s=0)]) == json_of_answers([replace(here, read_at_s=0)])
        assert replace(answer, read_at_s=0) == replace(here, read_at_s=0)


def test_a_library_whose_path_is_no_text(tmp_path, pool):
    """What is said of a sidecar names it, which must come over too."""
    root = tmp_path / os.fsdecode(b"f\xfcr \xff\n")
    draw(root / "a.jpg", 1)
    (root / "a.jpg.xmp").mkdir()
    [one] = unread(root)
    [facts] = read_in_order(root, BERLIN, [replace(one, found=replace(one.found, sidecars=("a.jpg.xmp", "no.xmp")))])
    assert (facts.photo.name, facts.left_out) == ("a.jpg", "")
    assert "'a.jpg.xmp' was not used" in facts.problem
    assert "'no.xmp' was not used" in facts.problem


def test_no_process_is_started_where_nothing_is_new(root, pool, monkeypatch):
    reader(root).scan()
    with Decoders() as idle:
        monkeypatch.setattr(asking, "decoders", lambda: idle)
        assert len(reader(root).scan()) == len(GOOD)
        assert idle._processes == [None, None]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("hangs.jpg", "takes more than 3 s", id="hangs"),
        pytest.param("crashes.jpg", "died on it .signal 11", id="crashes"),
        pytest.param("greedy.jpg", "not enough memory", id="eats memory"),
    ],
)
def test_a_file_that_a_library_cannot_cope_with(name, reason, root, pool):
    """It is named each time, and tried again when it has changed; the others are read."""
    path = draw(root / name, 99)
    gallery = reader(root)
    assert [photo.name for photo in gallery.scan()] == GOOD
    [problem] = gallery.problems
    assert (problem.path, bool(re.search(reason, problem.reason))) == (name, True), problem
    pool.close()  # asking it would be an error now
    again = reader(root)
    assert [photo.name for photo in again.scan()] == GOOD
    assert again.problems == gallery.problems
    draw(path, 100)
    with pytest.raises(RuntimeError, match="closed"):
        reader(root).scan()


def test_a_file_that_cannot_be_read_now_is_tried_again(root, pool):
    """It is no file of the index: the next scan takes it for new."""
    changed = Unread(Found("00.jpg", size=1, mtime_ns=1), "")
    gone = Unread(Found("gone.jpg", size=1, mtime_ns=1), "")
    first, second, third = read_in_order(root, BERLIN, [changed, gone, *unread(root)[1:2]])
    assert (first.path, first.reason) == (
        "00.jpg", "it cannot be read: it is being written just now: it is read in the next run",
    )  # fmt: skip
    assert (second.path, second.reason) == ("gone.jpg", "it cannot be read: No such file or directory")
    assert (third.path, third.left_out) == ("01.jpg", "")


@pytest.mark.parametrize("every", [1, 3, 200], ids=["all new", "every third is new", "one is new"])
def test_files_keep_their_order_and_few_are_asked_for_ahead(every, root, pool):
    one = unread(root)[0]
    old = [Facts(path=f"{number:03}.jpg", size=1, mtime_ns=1, content_key="") for number in range(300)]
    asked = []

    def files() -> Iterator[Facts | Unread]:
        for number, facts in enumerate(old):
            if number % every:
                yield facts
            else:
                asked.append(number)
                yield one

    n_answered = 0
    for number, answer in enumerate(read_in_order(root, BERLIN, files())):
        assert answer is old[number] if number % every else answer.path == "00.jpg"
        n_answered += number % every == 0
        assert len(asked) - n_answered <= (BATCHES_AHEAD + 1) * BATCH
    assert number == 299


def test_a_scan_that_is_broken_off_leaves_nothing_in_the_queue(root, pool, monkeypatch):
    def files() -> Iterator[Unread]:
        draw(root / "hangs.jpg", 99)
        yield Unread(Found("hangs.jpg", 1, 1), "")
        yield unread(root)[0]
        yield unread(root)[1]
        raise KeyboardInterrupt

    monkeypatch.setattr(asking, "BATCH", 1)
    with pytest.raises(KeyboardInterrupt):
        next(read_in_order(root, BERLIN, files()))
    assert pool._jobs.get_nowait().future.cancelled()


def test_decoders_that_cannot_start_are_no_photo_s_fault(root, pool, monkeypatch):
    monkeypatch.setattr(_decoder, "__name__", "plugins.nowhere")
    with pytest.raises(GalleryUnreachable, match=r"No module named plugins\.nowhere"):
        reader(root).scan()
    monkeypatch.setattr(_decoder, "__name__", "plugins._decoder")
    gallery = reader(root)
    assert ([photo.name for photo in gallery.scan()], gallery.problems) == (GOOD, ())


def test_a_system_whose_time_zone_has_no_name(tmp_path, pool, monkeypatch):
    """tzlocal calls it `local` then, in the decoding process too."""
    clock = tmp_path / "clock"
    clock.write_bytes((Path(tzdata.__file__).parent / "zoneinfo/Asia/Tokyo").read_bytes())
    monkeypatch.setenv("TZ", str(clock))
    draw(tmp_path / "photos/2024-05-01 10.11.12.jpg", 1)
    with clock.open("rb") as file:
        [photo] = reader(tmp_path / "photos", ZoneInfo.from_file(file, key="local")).scan()
    assert photo.taken_at == datetime(2024, 5, 1, 1, 11, 12, tzinfo=UTC)


FACTS = {"path": "a", "size": 1, "mtime_ns": 1, "content_key": ""}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([], id="too few"),
        pytest.param([FACTS, "gone"], id="too many"),
        pytest.param({}, id="no list"),
        pytest.param([FACTS | {"left_out": "eaten"}], id="a word that we do not know"),
        pytest.param([FACTS | {"path": "\udce9"}], id="what is no text"),
        pytest.param([FACTS | {"size": None}], id="a number that is none"),
        pytest.param([None], id="nothing"),
    ],
)
def test_an_answer_that_makes_no_sense(said):
    assert answers_of_json([FACTS], 1) == [Facts("a", 1, 1, "")]
    with pytest.raises(ValueError):  # noqa: PT011 pydantic's or ours
        answers_of_json(said, 1)
