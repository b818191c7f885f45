"""Downloads from a real server on this machine: complete and as pinned, or nothing; resumed where that is safe."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.file_server import FileServer, serving

from plugins.features._downloads import (
    DiskFull,
    DownloadFailed,
    DownloadRefused,
    FetchFailed,
    Patience,
    Progress,
    Wanted,
    download,
)

DATA = bytes(range(256)) * 4_000
HALF = len(DATA) // 2
SUM = hashlib.sha256(DATA).hexdigest()
ONCE = Patience(tries=1)
THRICE = Patience(tries=3, wait_s=0.001)
Get = Callable[..., str]


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "file.part"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as made:
        yield made


@pytest.fixture
def get(client: httpx.Client, part: Path) -> Get:
    """Return a function that downloads from addresses, by default with one try each."""

    def run(
        *urls: str, patience: Patience = ONCE, tell: Callable[[Progress], None] = lambda _: None, **more: Any
    ) -> str:
        wanted = Wanted(**{"name": "file", "sha256": (SUM,), "size_bytes": len(DATA), "most_bytes": len(DATA), **more})
        return download(client, urls, wanted, part, tell, patience)

    return run


def begun(get: Get, server: FileServer, part: Path) -> None:
    """Leave a half of the file, as a cut connection does."""
    server.cut_at = HALF
    with pytest.raises(DownloadFailed):
        get(server.url)
    assert part.stat().st_size == HALF
    server.asked.clear()


def test_the_whole_file_comes_at_once(get: Get, part: Path) -> None:
    told: list[Progress] = []
    with serving(FileServer(DATA)) as server:
        assert get(server.url, tell=told.append) == SUM
    assert part.read_bytes() == DATA
    assert [server.first_bytes(), server.asked[0]["accept-encoding"]] == [[0], "identity"]
    assert (told[0].done_bytes, told[0].total_bytes, told[-1].done_bytes) == (0, len(DATA), len(DATA))
    assert told[-1].left_s == 0
    assert "MB/s" in str(told[-1])


@pytest.mark.parametrize(
    ("server", "first"),
    [
        pytest.param(FileServer(DATA), HALF, id="with its ETag"),
        pytest.param(FileServer(DATA, etag="", modified="Mon, 03 Jan 2022 00:00:00 GMT"), HALF, id="with its date"),
        pytest.param(FileServer(DATA, ranges=False), HALF, id="asked for, and the whole sent"),
        pytest.param(FileServer(DATA, etag=""), 0, id="from the start: nothing says that it is the same file"),
        pytest.param(FileServer(DATA, etag='W/"one"'), 0, id="from the start: a weak ETag says not enough"),
    ],
)
def test_a_cut_download_goes_on(server: FileServer, first: int, get: Get, part: Path) -> None:
    with serving(server):
        begun(get, server, part)
        assert get(server.url) == SUM
    assert server.first_bytes() == [first]
    assert part.read_bytes() == DATA


def test_a_cut_download_is_tried_again_by_itself(get: Get) -> None:
    with serving(FileServer(DATA, cut_at=HALF, statuses=[503, 429])) as server:
        assert get(server.url, patience=Patience(tries=4, wait_s=0.001)) == SUM
    assert server.first_bytes() == [0, 0, 0, HALF]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"etag": '"two"'}, id="another ETag: the server sends the whole"),
        pytest.param({"etag": '"two"', "if_range": False}, id="another ETag on a rest"),
        pytest.param({"wrong_range": True}, id="another rest than asked for"),
        pytest.param({"data": b"short"}, id="a shorter file"),
    ],
)
def test_another_file_is_never_glued_to_the_first(changes: dict[str, Any], get: Get, part: Path) -> None:
    """What has come is of another file, so the download begins anew."""
    old = DATA[::-1]
    with serving(FileServer(old)) as server:
        begun(get, server, part)
        server.data = DATA
        for name, value in changes.items():
            setattr(server, name, value)
        if changes.get("data"):
            with pytest.raises(DownloadRefused, match="gives 5 bytes"):
                get(server.url, patience=THRICE)
            assert not part.exists()
        else:
            assert get(server.url, patience=THRICE) == SUM
            assert part.read_bytes() == DATA


def test_the_right_rest_of_a_wrong_beginning_is_refused(get: Get, part: Path) -> None:
    with serving(FileServer(DATA)) as server:
        begun(get, server, part)
        part.write_bytes(bytes(HALF))  # as after a power cut
        with pytest.raises(DownloadRefused, match=SUM):
            get(server.url)
        assert not part.exists()
        assert get(server.url) == SUM


def test_a_complete_one_is_not_asked_for_again(get: Get, part: Path) -> None:
    with serving(FileServer(DATA)) as server:
        get(server.url)
    assert get(server.url) == SUM  # the server is gone


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("", id="empty"),
        pytest.param("[1]", id="no table"),
        pytest.param('{"url": 3, "wanted": null, "same": [], "total": {}}', id="other types"),
        pytest.param(None, id="gone"),
    ],
)
def test_a_broken_note_only_costs_the_beginning(note: str | None, get: Get, part: Path) -> None:
    with serving(FileServer(DATA)) as server:
        begun(get, server, part)
        noted = part.with_name("file.part.json")
        noted.unlink() if note is None else noted.write_text(note)
        assert get(server.url) == SUM
        assert server.first_bytes() == [0]


def test_a_line_break_in_a_note_is_no_header(get: Get, part: Path) -> None:
    with serving(FileServer(DATA)) as server:
        begun(get, server, part)
        noted = part.with_name("file.part.json")
        noted.write_text(json.dumps({**json.loads(noted.read_text()), "same": "x\r\nHost: evil"}))
        assert get(server.url) == SUM


@pytest.mark.parametrize(
    ("server", "error", "said"),
    [
        pytest.param(FileServer(b"x" * len(DATA)), DownloadRefused, SUM, id="wrong checksum: both sums are shown"),
        pytest.param(FileServer(DATA + b"x"), DownloadRefused, f"gives {len(DATA) + 1} bytes", id="too large"),
        pytest.param(FileServer(DATA * 3, says_length=False), DownloadRefused, "gives", id="too large, length unsaid"),
        pytest.param(FileServer(DATA[:-1]), DownloadRefused, "bytes; file has", id="too small"),
        pytest.param(FileServer(DATA[:-1], says_length=False), DownloadFailed, "stopped after", id="ends early"),
        pytest.param(
            FileServer(b"<html>", content_type="text/html; charset=utf-8"), DownloadRefused, "web page", id="HTML"
        ),
        pytest.param(FileServer(DATA, encoding="gzip"), DownloadRefused, "packed", id="packed unasked"),
        pytest.param(FileServer(DATA, statuses=[404]), DownloadRefused, "answers 404", id="not there"),
        pytest.param(FileServer(DATA, statuses=[403]), DownloadRefused, "answers 403", id="not for us"),
        pytest.param(FileServer(DATA, statuses=[204]), DownloadRefused, "answers 204", id="nothing"),
        pytest.param(FileServer(DATA, statuses=[500]), DownloadFailed, "answers 500", id="a fault of the server"),
        pytest.param(FileServer(DATA, cut_at=9), DownloadFailed, "has stopped", id="cut"),
        pytest.param(
            FileServer(DATA, redirect_to="http://example.org/f"), DownloadRefused, "https", id="away from https"
        ),
        pytest.param(
            FileServer(DATA, redirect_to="ftp://127.0.0.1/f"), DownloadRefused, "https", id="to another scheme"
        ),
        pytest.param(FileServer(DATA, redirect_to="file:///etc/passwd"), DownloadRefused, "https", id="to a file"),
        pytest.param(FileServer(DATA, redirect_to="/file"), DownloadRefused, "10 times", id="in circles"),
    ],
)
def test_what_goes_wrong_is_named(
    server: FileServer, error: type[FetchFailed], said: str, get: Get, part: Path
) -> None:
    with serving(server), pytest.raises(error, match=said) as raised:
        get(server.url)
    assert server.url in str(raised.value)
    if SUM in said:
        assert hashlib.sha256(server.data).hexdigest() in str(raised.value)
    if error is DownloadRefused:
        assert not part.exists()


def test_a_redirect_is_followed(get: Get) -> None:
    with serving(FileServer(DATA, redirect_to="/elsewhere")) as server:
        assert get(server.url) == SUM


@pytest.mark.parametrize("url", ["http://example.org/f", "ftp://example.org/f", "example.org", "https://[::", ""])
def test_addresses_that_are_never_asked(url: str, get: Get) -> None:
    with pytest.raises(DownloadRefused):
        get(url)


def test_a_server_that_is_not_there_may_be_asked_again(get: Get) -> None:
    with serving(FileServer(DATA)) as server:
        pass
    with pytest.raises(DownloadFailed, match="does not answer"):
        get(server.url, patience=THRICE)


def test_a_server_that_sends_next_to_nothing_has_stopped(get: Get) -> None:
    with serving(FileServer(DATA, pause_at=10)) as server, pytest.raises(DownloadFailed, match="almost nothing"):
        get(server.url, patience=Patience(tries=1, slow_s=-1.0))


def test_the_next_address_is_tried(get: Get) -> None:
    with serving(FileServer(b"x" * len(DATA))) as wrong, serving(FileServer(DATA, statuses=[500])) as broken:
        with serving(FileServer(DATA)) as good:
            assert get(wrong.url, broken.url, good.url) == SUM
        broken.statuses = [500]
        with pytest.raises(DownloadFailed) as raised:
            get(wrong.url.replace("/file", "/x"), broken.url.replace("/file", "/y"))
    assert "SHA-256" in str(raised.value)
    assert "answers 500" in str(raised.value)


def test_the_beginning_of_a_checksum_is_enough_where_no_more_is_known(get: Get) -> None:
    with serving(FileServer(DATA)) as server:
        assert get(server.url, sha256=(SUM[:8],), size_bytes=None) == SUM
        with pytest.raises(DownloadRefused, match="00000000…"):
            get(server.url + "s", sha256=("00000000",), size_bytes=None)


def test_a_file_larger_than_the_room_is_not_begun(get: Get, part: Path) -> None:
    with serving(FileServer(DATA)) as server:
        server.data = b""
        server.says_length = False
        with pytest.raises(DiskFull, match="MB free"):
            get(server.url, size_bytes=None, most_bytes=1 << 60)
    assert not part.exists()


CHILD = """
import sys, httpx, pathlib
from plugins.features._downloads import Patience, Wanted, download
url, part, digest, size = sys.argv[1:5]
if len(sys.argv) > 5:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[5]), resource.RLIM_INFINITY))
wanted = Wanted("file", (digest,), int(size), int(size))
with httpx.Client(trust_env=False) as client:
    download(client, [url], wanted, pathlib.Path(part), lambda p: None, Patience(tries=1))
"""


def child(url: str, part: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, url, str(part), SUM, str(len(DATA)), *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_a_killed_download_goes_on_where_it_was(get: Get, part: Path) -> None:
    with serving(FileServer(DATA, pause_at=HALF)) as server:
        process = child(server.url, part)
        assert server.paused.wait(60)
        while not part.exists() or part.stat().st_size < HALF - 2 * (1 << 16):
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
        server.go_on.set()
        there = part.stat().st_size
        assert get(server.url) == SUM
    assert server.first_bytes() == [0, there]
    assert 0 < there <= HALF
    assert part.read_bytes() == DATA


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs a system that limits the size of files")
def test_a_full_disk_is_named_and_what_came_is_kept(get: Get, part: Path) -> None:
    """The limit of a file's size stands for a full disk: the system refuses the write in the middle."""
    with serving(FileServer(DATA)) as server:
        process = child(server.url, part, str(HALF))
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "DiskFull" in said
        assert part.stat().st_size == HALF
        assert get(server.url) == SUM
        assert server.first_bytes() == [0, HALF]
