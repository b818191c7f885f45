"""One lock a library: who holds it is said, and a dead holder holds nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from plugins.locks import LibraryBusy, LockUnusable, library_busy, library_lock, lock_file

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from plugins.locks import library_lock
with library_lock(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(data_dir: Path, library: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir), library],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_another_library_is_not_held_up(tmp_path: Path) -> None:
    with library_lock(tmp_path, "a"), library_lock(tmp_path, "b"):
        assert lock_file(tmp_path, "a") != lock_file(tmp_path, "b")


def test_it_is_free_again_afterwards_also_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), library_lock(tmp_path, "a"):
        raise KeyError
    with library_lock(tmp_path, "a"):
        pass


def test_the_second_in_one_process_is_refused(tmp_path: Path) -> None:
    with library_lock(tmp_path, "a"):
        with pytest.raises(LibraryBusy), library_lock(tmp_path, "a"):
            pytest.fail("both hold it")
        with pytest.raises(LibraryBusy), library_lock(tmp_path, "a"):
            pytest.fail("the refused one gave it back")


def test_another_process_is_named_and_when_killed_holds_nothing(tmp_path: Path) -> None:
    child = holder(tmp_path, "folder:/photos")
    try:
        with pytest.raises(LibraryBusy) as busy, library_lock(tmp_path, "folder:/photos"):
            pytest.fail("both hold it")
        for said in (str(child.pid), os.uname().nodename, "since 20", "folder:/photos"):
            assert said in str(busy.value)
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)
        with library_lock(tmp_path, "folder:/photos"):
            pass
    finally:
        child.kill()
        child.communicate()


def test_looking_holds_up_nobody_and_leaves_no_note(tmp_path: Path) -> None:
    assert not library_busy(tmp_path, "a")
    assert not lock_file(tmp_path, "a").exists()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            library_busy(tmp_path, "a")

    looking = threading.Thread(target=look)
    with library_lock(tmp_path, "a"):
        assert library_busy(tmp_path, "a")
        assert not library_busy(tmp_path, "b")
        noted = lock_file(tmp_path, "a").with_suffix(".json").read_bytes()
        looking.start()
    try:
        for _ in range(20):
            with library_lock(tmp_path, "a"):
                assert json.loads(noted)["pid"] == os.getpid()
    finally:
        over.set()
        looking.join()


def test_a_broken_note_of_the_holder_is_no_harm(tmp_path: Path) -> None:
    with library_lock(tmp_path, "a"):
        lock_file(tmp_path, "a").with_suffix(".json").write_text("[", encoding="utf-8")
        with pytest.raises(LibraryBusy, match="only just begun"), library_lock(tmp_path, "a"):
            pytest.fail("both hold it")


@pytest.mark.parametrize(
    "library",
    [
        pytest.param("folder:/" + "x" * 4000, id="long"),
        pytest.param("folder:/a\n/../../etc\udce9", id="hostile"),
        pytest.param("", id="empty"),
    ],
)
def test_any_name_has_a_lock_of_its_own_inside_the_folder(library: str, tmp_path: Path) -> None:
    with library_lock(tmp_path, library):
        assert lock_file(tmp_path, library).parent == tmp_path / "locks"
        assert lock_file(tmp_path, library).exists()


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LockUnusable, match="ALBUMEN_DATA_DIR"), library_lock(tmp_path / "file", "a"):
        pytest.fail("nothing can be held there")


def test_a_new_data_folder_is_for_its_user_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with library_lock(tmp_path / "new" / "data", "family"):
        modes = [folder.stat().st_mode & 0o777 for folder in (tmp_path, tmp_path / "new", tmp_path / "new" / "data")]
    assert modes == [0o755, 0o700, 0o700]
