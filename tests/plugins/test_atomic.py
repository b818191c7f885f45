"""Atomic writes: the old file or the new one, never half of either, and nothing left beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plugins import atomic
from plugins.atomic import delete_durably, remove_leftovers, write_atomically

DEAD_PID = 2**22 + 1  # above the highest process number that Linux gives


def broken(*args: object, **kwargs: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        pytest.param(Path, "open", id="the temporary file cannot be made"),
        pytest.param(Path, "chmod", id="its permissions cannot be set"),
        pytest.param(os, "fsync", id="the bytes do not reach the disk"),
        pytest.param(Path, "replace", id="the name cannot be given"),
    ],
)
def test_failed_write_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    target = tmp_path / "album.toml"
    target.write_bytes(b"old")
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(target, b"new")
    monkeypatch.undo()
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"album.toml": b"old"}


def test_file_larger_than_the_limit_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "album.toml"
    target.write_bytes(b"old")
    child = (
        "import resource, sys; from pathlib import Path; from plugins.atomic import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "write_atomically(Path(sys.argv[1]), b'x' * 1_000_000)\n"
    )
    done = subprocess.run([sys.executable, "-c", child, str(target)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"album.toml": b"old"}


def test_write_protected_file_stays(tmp_path: Path, unprivileged: Path) -> None:
    target = unprivileged / "photo.jpg.xmp"
    target.write_bytes(b"old")
    target.chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a.toml", id="plain"),
        pytest.param("n" * 255, id="no byte left for a suffix"),
        pytest.param("é" * 127, id="254 bytes in 127 letters"),
        pytest.param("-rf\n\"<script>'\t.xmp", id="newline, quotes and markup"),
        pytest.param(os.fsdecode(b"caf\xe9.xmp"), id="not UTF-8"),
    ],
)
def test_write_then_replace(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    write_atomically(target, b"one")
    write_atomically(target, b"two")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"two"]
    assert target.exists()


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_bytes(b"old")
    real.chmod(0o664)
    link.symlink_to(real)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"new", 0o664)


def test_deleting_twice_is_deleting_once(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"x")
    delete_durably(target)
    delete_durably(target)
    assert list(tmp_path.iterdir()) == []


HERE, ELSEWHERE = atomic._HOST, "0" * 8


@pytest.mark.parametrize(
    ("name", "age_s", "stays"),
    [
        pytest.param(f".albumen-{HERE}-{os.getpid()}-0123abcd.tmp", 60, True, id="a writer at work"),
        pytest.param(
            f".albumen-{ELSEWHERE}-{DEAD_PID}-0123abcd.tmp", 60, True, id="perhaps at work on another machine"
        ),
        pytest.param(f".albumen-{HERE}-{DEAD_PID}-mine.tmp", 10**6, True, id="a file of the user's with a like name"),
        pytest.param("photo.tmp", 10**6, True, id="somebody else's temporary file"),
        pytest.param(f".albumen-{HERE}-{DEAD_PID}-0123abcd.tmp", 0, False, id="its writer was killed"),
        pytest.param(f".albumen-{ELSEWHERE}-{DEAD_PID}-0123abcd.tmp", 2 * 86_400, False, id="days old"),
        pytest.param(f".albumen-{HERE}-{'9' * 10}-0123abcd.tmp", 2 * 86_400, False, id="no such process number"),
    ],
)
def test_leftovers(tmp_path: Path, name: str, age_s: float, stays: bool) -> None:
    left = tmp_path / name
    left.write_bytes(b"half")
    os.utime(left, (time.time() - age_s,) * 2)
    assert remove_leftovers(tmp_path) == (0 if stays else 1)
    assert left.exists() is stays


def test_killed_writer_leaves_nothing_after_the_next_start(tmp_path: Path) -> None:
    target = tmp_path / "album.toml"
    target.write_bytes(b"old")
    child = (
        "import os, signal, sys; from pathlib import Path; from plugins import atomic\n"
        "Path.replace = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "atomic.write_atomically(Path(sys.argv[1]), b'new')\n"
    )
    done = subprocess.run([sys.executable, "-c", child, str(target)], check=False)
    assert done.returncode == -9
    assert len(list(tmp_path.iterdir())) == 2
    assert remove_leftovers(tmp_path) == 1
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"album.toml": b"old"}


def test_folder_that_is_not_there_has_no_leftovers(tmp_path: Path) -> None:
    assert remove_leftovers(tmp_path / "nowhere") == 0
