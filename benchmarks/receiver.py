"""How fast webhooks are answered and kept, by the web process of `albumen serve`: `python -m benchmarks.receiver`.

Rows: `steady` sends so many webhooks a second, each at its time whether those before it were answered or not, and
counts latency from that time; `disk` is what one small write through to the disk costs alone just before, as an answer
waits for that; `away` sends many as fast as 20 connections can, while no Prefect server is there, kills
the process (signal 9) and counts what the next one finds; `run_later` is that next one with a Prefect server that
answers, and counts the flow runs that it asks for. `--serve` sends `steady` to a whole `albumen serve`, which has its
Prefect server and worker beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import psutil

from app.hooks.callers import HEADER, hook_secret
from app.receiver import FILE
from app.serving.addresses import noted
from benchmarks.serve import Service
from plugins.store.arrivals import Arrivals

Row = dict[str, Any]
READY_S: Final = 120.0
CONNECTIONS: Final = 20
DISK_S: Final = 5.0
_SETTINGS: Final = """\
data_dir = "data"
[serve]
poll_minutes = 0
quiet_s = {quiet_s}
[libraries.family]
path = "photos"
"""


def body() -> bytes:
    """Return what Immich sends about a photo, of a length as it sends it."""
    exif = {"make": "Apple", "model": "iPhone 13", "city": "Lisbon", "country": "Portugal", "description": "x" * 900}
    asset = {"id": str(uuid.uuid4()), "type": "IMAGE", "originalPath": "/data/upload/a/b/IMG_1.HEIC", "exifInfo": exif}
    return json.dumps({"type": "AssetV1", "trigger": "AssetMetadataExtraction", "data": {"asset": asset}}).encode()


class Connection:
    """One connection that is kept open, as Immich's; plain HTTP, so that sending costs little beside answering."""

    def __init__(self, port: int, secret: str) -> None:
        self._port, self._secret = port, secret
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, said: bytes) -> None:
        """Send one webhook and wait until it is taken."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"POST /hooks/family HTTP/1.1\r\nHost: here\r\n{HEADER}: {self._secret}\r\nContent-Length: {len(said)}"
        self._writer.write(f"{head}\r\n\r\n".encode() + said)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await self._reader.readexactly(length)
        if answer.split()[1] != b"202":
            raise RuntimeError(f"a webhook was answered by {answer!r}")


async def steady(port: int, secret: str, per_s: float, seconds: float) -> list[float]:
    """Return the latency of each webhook in seconds, counted from when it was due."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    latencies: list[float] = []

    async def one(due: float) -> None:
        connection = free.get_nowait() if not free.empty() else Connection(port, secret)
        await connection.post(body())
        latencies.append(time.perf_counter() - due)
        free.put_nowait(connection)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for n in range(round(per_s * seconds)):
            due = began + n / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(due))
    return latencies


async def flood(port: int, secret: str, n: int) -> float:
    """Send n webhooks as fast as the connections can, and return the seconds."""

    async def some(count: int) -> None:
        connection = Connection(port, secret)
        for _ in range(count):
            await connection.post(body())

    began = time.perf_counter()
    await asyncio.gather(*(some(n // CONNECTIONS) for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


class Web:
    """The web process of `albumen serve`, with a Prefect server at an address at which there may be none."""

    def __init__(self, folder: Path, prefect: str, quiet_s: float = 90.0) -> None:
        (folder / "photos").mkdir(exist_ok=True)
        (folder / "albumen.toml").write_text(_SETTINGS.format(quiet_s=quiet_s), encoding="utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ALBUMEN_", "PREFECT_"))}
        given = {"ALBUMEN_CONFIG": str(folder / "albumen.toml"), "PREFECT_API_URL": prefect}
        doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        numbers = [door.fileno() for door in doors]
        command = [sys.executable, "-m", "app.serving.web", *map(str, numbers)]
        self.port = doors[1].getsockname()[1]
        self.secret = hook_secret(folder / "data", "family")
        self.process = subprocess.Popen(command, env={**kept, **given}, pass_fds=numbers)  # noqa: S603
        for door in doors:
            door.close()
        _await_health(self.port, self.process)

    def kill(self) -> None:
        """End it with signal 9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(READY_S)


def _await_health(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", timeout=1).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the web process does not answer")


def steady_row(port: int, secret: str, process: psutil.Process, per_s: float, seconds: float) -> Row:
    """Measure latency, and what it costs the process."""
    asyncio.run(steady(port, secret, per_s, 2.0))  # modules that are loaded late, and connections
    before, used = process.memory_info().rss, sum(process.cpu_times()[:2])
    latencies = [1_000 * took for took in asyncio.run(steady(port, secret, per_s, seconds))]
    cpu_s = sum(process.cpu_times()[:2]) - used
    return {
        "method": "steady",
        "requests": len(latencies),
        "per_s": per_s,
        **_percentiles(latencies),
        "percent_of_a_core": 100 * cpu_s / seconds,
        "rss_before_mb": before / 1e6,
        "rss_mb": process.memory_info().rss / 1e6,
    }


@contextmanager
def prefect_that_counts() -> Iterator[tuple[str, list[str]]]:
    """Answer as Prefect's server does to who asks for a flow run; yield its address and the runs that were made."""
    made: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _say(self, said: Row) -> None:
            data = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            made.append(str(uuid.uuid4()))
            self._say({"id": made[-1]})

        def do_GET(self) -> None:
            self._say({"id": str(uuid.uuid4()), "state": {"type": "COMPLETED", "name": "Completed"}})

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api", made
    server.shutdown()


def away_rows(folder: Path, n: int) -> list[Row]:
    """Send many while Prefect is away, kill the process, and let another one see to them."""
    web = Web(folder, "http://127.0.0.1:9/api", quiet_s=1.0)
    seconds = asyncio.run(flood(web.port, web.secret, n))
    rss = psutil.Process(web.process.pid).memory_info().rss
    web.kill()
    with Arrivals(folder / "data" / FILE) as spool:  # what a run was to be asked for is among what is kept
        for asked in spool.asked("family"):
            spool.put_back(asked.key)
        kept = found.photos if (found := spool.waiting("family")) else 0
    rows: list[Row] = [{"method": "away", "requests": n, "seconds": seconds, "kept": kept, "rss_mb": rss / 1e6}]
    with prefect_that_counts() as (address, made):
        began = time.monotonic()
        web = Web(folder, address, quiet_s=1.0)
        while (left := _left(folder)) and time.monotonic() - began < READY_S:
            time.sleep(0.2)
        lasted = time.monotonic() - began
        web.kill()
    return [*rows, {"method": "run_later", "runs": len(made), "left": left, "seconds": lasted}]


def _left(folder: Path) -> int:
    with Arrivals(folder / "data" / FILE) as spool:
        found = spool.waiting("family")
        return (found.photos if found else 0) + len(spool.asked("family"))


def disk_row(folder: Path) -> Row:
    """Measure how long it takes until a small write is on the disk, with nothing else of ours."""
    took, until = [], time.monotonic() + DISK_S
    with (folder / "probe").open("wb", buffering=0) as file:
        while time.monotonic() < until:
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append(1_000 * (time.perf_counter() - began))
            time.sleep(0.005)
    return {"method": "disk", "requests": len(took), **_percentiles(took)}


def _percentiles(ms: Sequence[float]) -> Row:
    p50, p95, p99 = np.percentile(ms, (50, 95, 99))
    return {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": max(ms)}


def measured(per_s: float, seconds: float, n: int, runs: int, serve: bool, within: Path | None) -> list[Row]:
    """Return all rows."""
    rows: list[Row] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir=within) as folder:
            rows.append(disk_row(Path(folder)))
            if serve:
                rows.append(_serve_row(Path(folder), per_s, seconds))
                continue
            web = Web(Path(folder), "http://127.0.0.1:9/api")
            rows.append(steady_row(web.port, web.secret, psutil.Process(web.process.pid), per_s, seconds))
            web.kill()
    if n:
        with tempfile.TemporaryDirectory(dir=within) as folder:
            rows += away_rows(Path(folder), n)
    return rows


def _serve_row(folder: Path, per_s: float, seconds: float) -> Row:
    service = Service(folder)
    service.start()
    there = noted(service.data)
    try:
        port = int(there.hooks.rpartition(":")[2]) if there else 0
        secret = hook_secret(service.data, "family")
        return steady_row(port, secret, service.parts()["web"], per_s, seconds) | {"method": "steady, whole serve"}
    finally:
        service.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was measured, as lines or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-second", type=float, default=200.0, help="webhooks a second (default: 200)")
    parser.add_argument("--seconds", type=float, default=30.0, help="for so long (default: 30)")
    parser.add_argument("--away", type=int, default=10_000, help="webhooks while Prefect is away (default: 10,000)")
    parser.add_argument("--runs", type=int, default=3, help="how often the first is measured (default: 3)")
    parser.add_argument("--within", type=Path, help="folder on the disk that the data is to lie on", metavar="DIR")
    parser.add_argument("--serve", action="store_true", help="send them to a whole albumen serve")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    rows = measured(given.per_second, given.seconds, given.away, given.runs, given.serve, given.within)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after"
    if given.json:
        print(json.dumps({"data": "webhooks of Immich", "machine": machine, "rows": rows}, indent=1))
        return
    print(machine)
    for row in rows:
        print(", ".join(f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))


if __name__ == "__main__":
    main()
