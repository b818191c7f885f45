"""Runs fuzz targets in child processes, and finds the input of which one died or hung."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from fuzz.child import target_of
from fuzz.targets import TARGETS, make_input

TESTS = Path(__file__).parents[1]
STALL_S = 120.0
"""How long a child may be busy with one input before it counts as hanging; nothing that is read takes seconds."""
CHUNK = 1_000


@dataclass(frozen=True)
class Chunk:
    """The inputs `start` to `stop` of one target."""

    target: str
    seed: int
    start: int
    stop: int


@dataclass(frozen=True)
class Finding:
    """One input that was not read as promised, and what happened instead; `file` is the input."""

    target: str
    seed: int
    index: int
    error: str
    detail: str
    file: Path

    def __str__(self) -> str:
        again = f"PYTHONPATH=tests:. python -m fuzz {self.target} --seed {self.seed} --index {self.index}"
        what = f"{self.target}: {self.error} with seed {self.seed}, input {self.index}"
        return f"{what}: {self.file}\n{again}\n{self.detail}"


@dataclass
class Tally:
    """What came out of a target's inputs."""

    inputs: int = 0
    used: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    slowest: int = 0
    peak_mb: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take the figures of a part in."""
        self.inputs, self.used = self.inputs + other.inputs, self.used + other.used
        self.seconds += other.seconds
        self.peak_mb = max(self.peak_mb, other.peak_mb)
        self.slowest_s, self.slowest = max((self.slowest_s, self.slowest), (other.slowest_s, other.slowest))
        self.findings += other.findings


@dataclass(frozen=True)
class _Life:
    """What is known of a child: its tally so far, and if it died, at which input and of what."""

    tally: Tally
    at: int
    death: str = ""


def shares(inputs: int) -> dict[str, int]:
    """Return how many of so many inputs each target gets."""
    total = sum(target.share for target in TARGETS.values())
    return {name: inputs * target.share // total for name, target in TARGETS.items()}


def chunks(counts: Mapping[str, int], seed: int) -> Iterator[Chunk]:
    """Cut the inputs of each target into chunks."""
    for name, count in counts.items():
        for start in range(0, count, CHUNK):
            yield Chunk(name, seed, start, min(start + CHUNK, count))


def run_all(todo: Iterable[Chunk], out: Path, workers: int = 2) -> dict[str, Tally]:
    """Run chunks in child processes.

    Args:
        todo: the chunks.
        out: folder for the inputs that were not read as promised.
        workers: child processes at once.
    """
    tallies: dict[str, Tally] = {}
    with ThreadPoolExecutor(workers) as pool:
        for name, tally in pool.map(lambda chunk: (chunk.target, run_chunk(chunk, out)), todo):
            tallies.setdefault(name, Tally()).add(tally)
    return tallies


def run_chunk(chunk: Chunk, out: Path, stall_s: float = STALL_S) -> Tally:
    """Run one chunk to its end, however often a child dies of it; each such input is a finding."""
    whole, left = Tally(), chunk
    while left.start < left.stop:
        life = _child(left, out, stall_s)
        whole.add(life.tally)
        if life.death:
            first = _narrowed(replace(left, stop=life.at + 1), out, stall_s)
            company = "alone" if first == life.at else f"after the inputs from {first} on"
            because = f"{life.death.splitlines()[0]}; {company}"
            whole.findings.append(_finding(chunk, life.at, because, life.death, out))
        left = replace(left, start=life.at + 1)
    return whole


def _narrowed(chunk: Chunk, out: Path, stall_s: float) -> int:
    """Return the last input from which on a child still dies of the chunk's last: itself, unless others did harm."""
    length = 1
    while length < chunk.stop - chunk.start:
        first = chunk.stop - length
        if _child(replace(chunk, start=first), out, stall_s).death:
            return first
        length *= 2
    return chunk.start


def _child(chunk: Chunk, out: Path, stall_s: float) -> _Life:
    """Run a chunk in a child, to its end or to the child's."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="albumen-fuzz-") as name:
        folder = Path(name)
        numbers = map(str, (chunk.seed, chunk.start, chunk.stop))
        command = [sys.executable, "-m", "fuzz.child", chunk.target, *numbers, name]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
        with (folder / "errors").open("wb") as errors, subprocess.Popen(command, env=env, stderr=errors) as child:
            hung = _hangs(child, folder / "status", stall_s)
            code = child.wait()
        at, used = _status(folder / "status", chunk.start)
        tally = Tally(inputs=chunk.stop - chunk.start, used=used, findings=_findings(chunk, folder, out))
        if code == 0:
            tally = replace(tally, **json.loads((folder / "end").read_text()))
            at = chunk.stop - 1
        death = f"no answer for {stall_s:.0f} s" if hung else f"died of {_named(code)}" if code else ""
        said = (folder / "errors").read_text(errors="replace")[-4_000:]
    tally.inputs, tally.seconds = at + 1 - chunk.start, time.monotonic() - began
    return _Life(tally, at, f"{death}\n{said}" if death else "")


def _hangs(child: subprocess.Popen[bytes], status: Path, stall_s: float) -> bool:
    """Wait for a child; end it, and return True, when it has been busy with one input for too long."""
    last, since = (0, 0), time.monotonic()
    while True:
        try:
            child.wait(min(1.0, stall_s / 4))
        except subprocess.TimeoutExpired:
            now = _status(status, -1)
            allowed_s = STALL_S if now[0] < 0 else stall_s  # not there yet: the machine is busy
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > allowed_s:
                child.send_signal(signal.SIGABRT)  # faulthandler says where it was
                return _ended(child)
        else:
            return False


def _ended(child: subprocess.Popen[bytes]) -> bool:
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
    return True


def _status(file: Path, start: int) -> tuple[int, int]:
    """Return the input in hand, and how many before it could be used."""
    text = file.read_text() if file.exists() else ""
    return (int(text[:12]), int(text[12:])) if text else (start, 0)


def _named(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit status {code}"


def _findings(chunk: Chunk, folder: Path, out: Path) -> list[Finding]:
    file = folder / "findings"
    lines = file.read_text().splitlines() if file.exists() else []
    return [_finding(chunk, *json.loads(line), out) for line in lines]


def _finding(chunk: Chunk, index: int, error: str, detail: str, out: Path) -> Finding:
    """Write the input to a file, so that it can be looked at."""
    given = make_input(target_of(chunk.target), chunk.target, chunk.seed, index, out)
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{chunk.target.rpartition(':')[2]}-{chunk.seed}-{index}-{given.name}"
    file.write_bytes(given.data)
    return Finding(chunk.target, chunk.seed, index, error, detail, file)
