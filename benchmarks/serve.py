"""What `albumen serve` costs: seconds to ready and to stop, memory and processor idle: `python -m benchmarks.serve`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from app.serving.addresses import noted
from app.serving.processes import MARK, running, service_of

Row = dict[str, Any]
LOOK_S: Final = 0.1
LONGEST_S: Final = 300.0
_SETTINGS: Final = """\
data_dir = "data"
[serve]
port = 0
hooks_port = 0
prefect_port = 0
[libraries.family]
path = "photos"
"""


class NotReady(Exception):
    """The service did not start: its log, which the text shows, says why."""


class Service:
    """An `albumen serve` of an empty folder library, with the settings that it has by default but for free ports."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        (folder / "photos").mkdir()
        (folder / "albumen.toml").write_text(_SETTINGS, encoding="utf-8")

    def start(self) -> float:
        """Start it; return the seconds until it is ready."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ALBUMEN_", "PREFECT_"))}
        environment = {**kept, "ALBUMEN_CONFIG": str(self.folder / "albumen.toml")}
        began, nowhere = time.monotonic(), subprocess.DEVNULL
        command = [sys.executable, "-c", "from app.cli import main; main()", "serve"]
        self.process = subprocess.Popen(command, env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere)  # noqa: S603
        while not ((there := noted(self.data)) and there.ready):
            if self.process.poll() is not None or time.monotonic() - began > LONGEST_S:
                raise NotReady((self.data / "serve.log").read_text("utf-8"))
            time.sleep(LOOK_S)
        return time.monotonic() - began

    def stop(self) -> tuple[float, int]:
        """Send SIGTERM; return the seconds until it has ended, and how many processes are left."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(LONGEST_S)
        return time.monotonic() - began, len(running(service_of(self.data)))

    def parts(self) -> Mapping[str, psutil.Process]:
        """Return its processes by part: the supervisor, its watcher, and what they watch."""
        own = psutil.Process(self.process.pid)
        marked = {p.environ()[MARK].rpartition("|")[2]: p for p in running(service_of(self.data))}
        watcher = next(p for p in own.children() if p not in marked.values())
        return {"supervisor": own, "watcher": watcher, **marked}


def memory_mb(parts: Mapping[str, psutil.Process]) -> list[Row]:
    """Return resident and proportional memory of each part, and of all together."""
    rows = []
    for name, process in parts.items():
        used = process.memory_full_info()
        rows.append({"method": name, "variant": "memory", "rss_mb": used.rss / 1e6, "pss_mb": used.pss / 1e6})
    total = {key: sum(row[key] for row in rows) for key in ("rss_mb", "pss_mb")}
    return [*rows, {"method": "all", "variant": "memory", **total}]


def idle(parts: Mapping[str, psutil.Process], minutes: float) -> list[Row]:
    """Return each part's share of one core over some minutes, in percent, and that of all together."""
    before, began = {name: _cpu_s(process) for name, process in parts.items()}, time.monotonic()
    time.sleep(60 * minutes)
    lasted = time.monotonic() - began
    shares = {name: 100 * (_cpu_s(process) - before[name]) / lasted for name, process in parts.items()}
    shares["all"] = sum(shares.values())
    return [{"method": name, "variant": "idle", "percent_of_a_core": share} for name, share in shares.items()]


def _cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


def measured(minutes: float, settle_s: float, starts: int) -> list[Row]:
    """Start a service that has nothing yet, let it idle, and start it again some times."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        for n in range(starts):
            ready_s = service.start()
            if n == 0:
                time.sleep(settle_s)
                rows += [*memory_mb(service.parts()), *idle(service.parts(), minutes), *memory_mb(service.parts())]
            stop_s, left = service.stop()
            kind = "first" if n == 0 else "again"
            rows.append({"method": kind, "variant": "start", "ready_s": ready_s, "stop_s": stop_s, "left": left})
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was measured, as a table or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long it idles (default: 5)")
    parser.add_argument("--settle", type=float, default=60.0, help="seconds before that (default: 60)")
    parser.add_argument("--starts", type=int, default=3, help="how often it is started (default: 3)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    rows = measured(given.minutes, given.settle, given.starts)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after"
    if given.json:
        print(json.dumps({"data": "an empty folder library", "machine": machine, "rows": rows}, indent=1))
        return
    print(machine)
    for row in rows:
        figures = ", ".join(f"{k} {v:.1f}" for k, v in row.items() if isinstance(v, float | int))
        print(f"{row['variant']:<7} {row['method']:<11} {figures}")


if __name__ == "__main__":
    main()
