"""A file that hangs, dies or eats memory costs itself alone; what is decoded is what is shown."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, wait
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from plugins import _decoder, decoding
from plugins.decoding import DecoderCannotStart, Decoders, decoders
from plugins.pictures import PictureNotThere, UnreadablePicture, open_picture, working_size
from plugins.videos import open_frames

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc"),
]


def picture(shade: int = 99, size: tuple[int, int] = (64, 48), file_format: str = "PNG", **options) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (shade, 90, 120)).save(out, file_format, **options)
    return out.getvalue()


SLOW = picture(size=(13_000, 13_000), compress_level=1)  # seconds of work in a few hundred kilobytes


def workers_of(parent: int) -> list[int]:
    """Return the process ids of the decoders that work for a process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"plugins._decoder" in command and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


@pytest.fixture(scope="module", autouse=True)
def nobody_elses() -> None:
    """End the decoders that tests before these share: these count the processes."""
    decoders().close()
    decoding._shared.cache_clear()


@pytest.fixture
def one() -> Iterator[Decoders]:
    with Decoders(workers=1) as made:
        yield made


def only_worker(pool: Decoders) -> int:
    pool.decode(picture())
    [pid] = workers_of(os.getpid())
    return pid


def test_what_comes_back_is_the_picture(one, tmp_path):
    data = picture(1, (3_000, 2_000), "JPEG", quality=95)
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    for source in (data, path):
        [frame] = one.decode(source, frames=4)
        assert (frame.at_s, frame.picture.mode, frame.picture.size) == (None, "RGB", working_size(3_000, 2_000))
        assert frame.picture.tobytes() == open_picture(source, working=True).tobytes()


def test_a_path_that_is_no_text(one, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n.png"))
    path.write_bytes(picture(7))
    assert one.decode(path)[0].picture.getpixel((0, 0)) == (7, 90, 120)


def test_a_broken_file_leaves_the_decoder_to_others(one):
    pid = only_worker(one)
    with pytest.raises(UnreadablePicture, match="not a picture"):
        one.decode(b"nothing")
    assert only_worker(one) == pid


WORKING_SIZE = "plugins.pictures:working_size"
ENDS_WITH = "plugins._decoder:_end_with"  # hangs as long as a process is there, and ends at once if it is not


def test_a_function_of_ours_is_run_in_a_decoder(one):
    pid = only_worker(one)
    assert one.ask(WORKING_SIZE, 13_000, 13_000).result() == [1280, 1280]
    assert only_worker(one) == pid
    for name in ("os:getpid", "pluginsx.a:b", "plugins:names"):
        with pytest.raises(ValueError, match="no function of ours"):
            one.ask(name)
        with pytest.raises(ValueError, match="no function of ours"):
            one.look(name, b"")


@pytest.mark.parametrize(
    ("function", "arguments", "raised", "text"),
    [
        pytest.param(WORKING_SIZE, ["a", "b"], UnreadablePicture, "cannot be read .TypeError", id="a mistake of ours"),
        pytest.param(ENDS_WITH, [1], UnreadablePicture, "died on it .exit status 0", id="it dies"),
        pytest.param(ENDS_WITH, [os.getpid()], UnreadablePicture, "takes more than 1 s", id="it hangs"),
        pytest.param(
            "plugins.videos:open_video", ["/no", "mov"], FileNotFoundError, "No such", id="the system refuses"
        ),
        pytest.param("plugins.videos:open_frames", ["/no"], PictureNotThere, "No such file", id="it is not there"),
        pytest.param("plugins.videos:open_frames", [__file__], UnreadablePicture, "not a picture", id="no picture"),
        pytest.param("plugins.nowhere:f", [], DecoderCannotStart, "No module named 'plugins.nowhere'", id="no module"),
    ],
)
def test_what_comes_of_a_function_that_fails(function, arguments, raised, text):
    with Decoders(workers=1) as pool:
        with pytest.raises(raised, match=text):
            pool.ask(function, *arguments, seconds=1).result()
        assert pool.decode(picture(3))[0].picture.getpixel((0, 0)) == (3, 90, 120)


def test_a_file_that_is_gone_is_not_unreadable(one, tmp_path):
    with pytest.raises(PictureNotThere, match="No such file"):
        one.decode(tmp_path / "gone.jpg")


def test_a_decoder_that_hangs_is_ended_and_the_next_file_gets_another():
    with Decoders(workers=1, seconds=1.0) as pool:
        pid = only_worker(pool)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(UnreadablePicture, match="takes more than 1 s"):
            pool.decode(picture())
        assert not is_there(pid)
        assert pool.decode(picture(3))[0].picture.getpixel((0, 0)) == (3, 90, 120)


def test_a_decoder_that_dies_once_is_not_the_file_s_fault(one):
    pid = only_worker(one)
    os.kill(pid, signal.SIGSTOP)
    asked = one.submit(picture(5))
    wait_until(asked.running)
    os.kill(pid, signal.SIGKILL)
    assert asked.result()[0].picture.getpixel((0, 0)) == (5, 90, 120)


def test_a_decoder_that_died_idle_is_replaced(one):
    pid = only_worker(one)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_there(pid))
    assert only_worker(one) != pid


def test_a_decoder_without_work_ends_and_the_next_file_gets_another():
    with Decoders(workers=1, idle_s=0.2) as pool:
        pid = only_worker(pool)
        wait_until(lambda: not is_there(pid))
        assert only_worker(pool) != pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=["killed", "a fault of its own"])
def test_a_file_on_which_two_decoders_die_is_unreadable_and_no_other_is_lost(number):
    def works(pid: int) -> bool:
        """It has started (it is silent then) and decodes."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            return os.readlink(f"/proc/{pid}/fd/2") == os.devnull and state == "R"  # noqa: PTH115
        except OSError:
            return False

    def kill_all(stop: threading.Event) -> None:
        while not stop.wait(0.005):
            for pid in filter(works, workers_of(os.getpid())):
                os.kill(pid, number)

    with Decoders(workers=1) as pool:
        bad = pool.submit(SLOW)
        others = [pool.submit(picture(shade)) for shade in range(5)]
        stop = threading.Event()
        killer = threading.Thread(target=kill_all, args=(stop,))
        killer.start()
        try:
            with pytest.raises(UnreadablePicture, match=f"died on it .signal {int(number)}"):
                bad.result()
        finally:
            stop.set()
            killer.join()
        assert [other.result()[0].picture.getpixel((0, 0))[0] for other in others] == list(range(5))


def test_a_file_may_not_eat_the_memory():
    with Decoders(workers=1, memory_bytes=200_000_000) as pool:
        pid = only_worker(pool)
        with pytest.raises(UnreadablePicture, match="not enough memory"):
            pool.decode(SLOW)
        assert only_worker(pool) == pid


def test_a_decoder_that_nobody_ends_is_ended_by_the_system(one):
    """Its own watch cannot run while a decoder in C keeps the interpreter."""
    only_worker(one)
    [process] = one._processes
    request = {"is_path": False, "frames": 1, "seconds": 0.1 - _decoder.GRACE_S}
    _decoder.send(process._channel, request, SLOW)
    assert process._process.wait(60) == -signal.SIGALRM


def test_closing_cancels_what_waits_and_ends_what_runs():
    pool = Decoders(workers=2)
    asked = [pool.submit(SLOW) for _ in range(6)]
    wait_until(lambda: len(workers_of(os.getpid())) == 2)
    pool.close()
    assert workers_of(os.getpid()) == []
    assert wait(asked, timeout=30).not_done == set()
    for future in asked:
        with pytest.raises(CancelledError):
            future.result()
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(picture())


def test_a_decoder_that_cannot_start_blames_no_picture(one, monkeypatch):
    monkeypatch.setattr(_decoder, "__name__", "plugins.nowhere")
    with pytest.raises(DecoderCannotStart, match=r"No module named plugins\.nowhere"):
        one.decode(picture())
    monkeypatch.undo()
    assert one.decode(picture())


def test_decoders_know_no_secrets(one, monkeypatch):
    monkeypatch.setenv("ALBUMEN_FAMILY_API_KEY", "secret")
    pid = only_worker(one)
    assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_decoders_are_light(one):
    mapped = Path(f"/proc/{only_worker(one)}/maps").read_text()
    assert not [name for name in ("torch", "sqlalchemy", "scipy", "dlib") if f"/{name}/" in mapped]
    assert not [name for name in ("torch", "prefect") if name in loaded_by_a_decoder()]


def loaded_by_a_decoder() -> set[str]:
    code = "import sys, plugins._decoder; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_one_pool_for_the_process():
    assert decoders() is decoders()
    assert decoders().decode(picture())


PROGRAMME = """
import os, signal, sys, time
from pathlib import Path
from plugins.decoding import decoders
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores Ctrl-C
    decoders().decode(Path(sys.argv[1]))
    print("decoded", flush=True)
    if sys.argv[2] == "fork":
        child = os.fork()
        decoders().decode(Path(sys.argv[1]))
        if child:
            assert os.waitpid(child, 0)[1] == 0
            decoders().decode(Path(sys.argv[1]))
    if sys.argv[2] == "hang":
        asked = [decoders().submit(Path(sys.argv[3])) for _ in range(8)]
        print("asked", flush=True)
        while not asked[-1].done():  # a signal just before a long sleep would wait for its end
            time.sleep(0.05)
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "a.png").write_bytes(picture())
    (tmp_path / "slow.png").write_bytes(SLOW)
    return [str(tmp_path / "a.png"), str(tmp_path / "slow.png")]


@pytest.mark.parametrize("how", ["a script", "-c", "-m"])
def test_it_works_however_the_programme_is_started(how, files, tmp_path):
    """No part of the programme is run again in the decoders, as multiprocessing would do."""
    script = tmp_path / "programme.py"
    script.write_text(PROGRAMME + "print('imported')\n")
    start = {"a script": [str(script)], "-c": ["-c", script.read_text()], "-m": ["-m", "programme"]}[how]
    done = subprocess.run(
        [sys.executable, *start, files[0], ""], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout.split(), done.stderr) == (["decoded", "imported"], "")


def test_a_forked_process_has_decoders_of_its_own(files):
    command = [sys.executable, "-c", PROGRAMME, files[0], "fork"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["Ctrl-C", "SIGTERM", "SIGKILL"]
)
def test_decoders_end_with_their_programme(number, files):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAMME, files[0], "hang", files[1]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as programme:  # fmt: skip
        assert programme.stdout is not None
        assert [programme.stdout.readline().strip() for _ in range(2)] == ["decoded", "asked"]
        wait_until(lambda: len(workers_of(programme.pid)) == 2)
        pids = workers_of(programme.pid)
        if number == signal.SIGINT:
            os.killpg(programme.pid, number)  # as a terminal does
        else:
            programme.send_signal(number)
        said = programme.communicate(timeout=60)[1]
    wait_until(lambda: not any(map(is_there, pids)), seconds=10)
    assert programme.returncode == -number
    assert said.count("Traceback") == (1 if number == signal.SIGINT else 0)  # the programme's own
    assert "_decoder" not in said


@pytest.mark.parametrize("folder", ["hostile", "exif"])
def test_every_file_is_answered_or_refused_with_a_reason(folder, shared):
    outcomes = {}
    with Decoders() as pool:
        paths = sorted(p for p in (shared / folder).rglob("*") if p.is_file())
        asked = {path: pool.submit(path, frames=4) for path in paths}
        for path, future in asked.items():
            try:
                frames = future.result()
            except UnreadablePicture as error:
                outcomes[path] = str(error)
            else:
                assert all(frame.picture.size == working_size(*frame.picture.size) for frame in frames)
                outcomes[path] = "decoded"
        memory = [peak_mb(pid) for pid in workers_of(os.getpid())]
    assert not [text for text in outcomes.values() if len(text) < 7 or "died" in text or "takes more" in text]
    assert list(outcomes.values()).count("decoded") > len(paths) / 2
    assert max(memory) < 600


def peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def test_the_pool_gives_what_the_functions_give(one, shared):
    for path in sorted((shared / "hostile" / "made").iterdir())[:20]:
        try:
            expected = [frame.picture.tobytes() for frame in open_frames(path)]
        except UnreadablePicture as error:
            with pytest.raises(UnreadablePicture, match=re.escape(str(error))):
                one.decode(path)
        else:
            assert [frame.picture.tobytes() for frame in one.decode(path)] == expected
