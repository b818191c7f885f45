"""How long new photos take in a large library on an Immich, step by step: `python -m benchmarks.ingest --help`."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks._ingest_data import batches, fill, serve, upload, world
from plugins.settings import load_settings
from plugins.store import open_store

LIBRARY: Final = "big"
RUN: Final = """
import json, os, resource, sys, time
began = time.time()
from flows.{module} import {flow}
imported = time.time()
summary = {flow}({library!r}{more})
ended = time.time()
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu = sum(one.ru_utime + one.ru_stime for one in used)
steps = [[one["step"], one["status"], round(one["seconds"], 2)] for one in summary["steps"]]
said = dict(began=began, imports=imported - began, flow=ended - imported, ended=ended, cpu=cpu, steps=steps)
said |= dict(peak_mb=used[0].ru_maxrss // 1024, plan=(summary["plan"] or {{}}).get("changes"))
said |= dict(load=os.getloadavg()[0], applied=(summary["applied"] or {{}}).get("done"))
print("MEASURED" + json.dumps(said))
"""


def main() -> None:
    """Make the library, curate it as a whole, and take new photos in, each run in a process of its own."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=["make", "whole", "new", "serve"], help="in this order; serve is for make")
    parser.add_argument("--folder", type=Path, required=True, help="where the library, its store and its server are")
    parser.add_argument("--photos", type=int, default=50_000)
    parser.add_argument("--new", type=int, default=20, help="photos of an upload")
    parser.add_argument("--repeats", type=int, default=6)
    parser.add_argument("--first", type=int, default=0, help="number of the first upload: a server keeps what it got")
    parser.add_argument("--pictures", type=Path, help="a folder of JPEGs that new photos show; else plain colours")
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    {"serve": _serve, "make": _make, "whole": _whole, "new": _new}[args.what](args)


def _serve(args: argparse.Namespace) -> None:
    args.folder.mkdir(parents=True, exist_ok=True)
    serve(args.folder, world(args.photos, args.seed))


def _make(args: argparse.Namespace) -> None:
    """Write the settings of a library that `serve` serves, and put features of all its photos into the store."""
    server = json.loads((args.folder / "server.json").read_text())
    (args.folder / "key").write_text(server["key"])
    table = {"gallery": "immich", "url": server["url"], "api_key_file": "key", "time_zone": "Europe/Berlin"}
    lines = [f'{name} = "{value}"' for name, value in table.items()]
    shutil.rmtree(args.folder / "data", ignore_errors=True)
    (args.folder / "albumen.toml").write_text(
        "\n".join(['data_dir = "data"', f"[libraries.{LIBRARY}]", 'apply = "all"', *lines, ""])
    )
    settings = load_settings(args.folder / "albumen.toml")
    with open_store(settings) as store:
        fill(store, world(args.photos, args.seed), settings.weights_dir)


def _whole(args: argparse.Namespace) -> None:
    with _prefect(args.folder) as env:
        _tell("whole", _run(env, "curate", "curate", ", apply='all'"))


def _new(args: argparse.Namespace) -> None:
    sources = sorted(args.pictures.glob("*.jpg")) if args.pictures else []
    coming = itertools.islice(batches(world(args.photos, args.seed), args.new, sources, args.seed), args.first, None)
    with _prefect(args.folder) as env:
        for number in range(args.first, args.first + args.repeats):
            upload(args.folder, next(coming))
            _tell(
                f"upload {number}, {'of long ago' if number % 2 else 'after the last'}", _run(env, "ingest", "ingest")
            )
        _tell("nothing new", _run(env, "ingest", "ingest"))


def _run(env: Mapping[str, str], module: str, flow: str, more: str = "") -> dict[str, Any]:
    """Run a flow in a process of its own, and return what it measured, with the seconds from start to end."""
    code, began = RUN.format(module=module, flow=flow, library=LIBRARY, more=more), time.time()
    done = subprocess.run([sys.executable, "-c", code], env=dict(env), capture_output=True, text=True, check=False)  # noqa: S603
    said = [line for line in done.stdout.splitlines() if line.startswith("MEASURED")]
    if not said:
        raise SystemExit(f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    found: dict[str, Any] = json.loads(said[0].removeprefix("MEASURED"))
    return {**found, "whole": time.time() - began, "interpreter": found["began"] - began}


def _tell(what: str, found: Mapping[str, Any]) -> None:
    steps: Sequence[Sequence[Any]] = found["steps"]
    in_steps = sum(seconds for _, _, seconds in steps)
    print(
        f"{what}: {found['whole']:.1f} s from start to end, {found['cpu']:.1f} s of the processors, "
        f"{found['peak_mb']} MB at most; load {found['load']:.1f}; planned {found['plan']}, written {found['applied']}"
    )
    print(
        f"  interpreter {found['interpreter']:.1f} s, imports {found['imports']:.1f} s, flow {found['flow']:.1f} s, "
        f"of which steps {in_steps:.1f} s and the rest (Prefect, report) {found['flow'] - in_steps:.1f} s"
    )
    print("  " + ", ".join(f"{step} {seconds:.1f}" for step, _, seconds in steps), flush=True)


@contextmanager
def _prefect(folder: Path) -> Iterator[dict[str, str]]:
    """Run a Prefect server, as `albumen serve` does, and lend the environment of a worker's process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    env = {**os.environ, "ALBUMEN_CONFIG": str(folder / "albumen.toml"), "PREFECT_HOME": str(folder / "prefect")}
    env |= {"PREFECT_SERVER_API_PORT": port, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    command = [sys.executable, "-m", "prefect", "server", "start"]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/health")
            yield {**env, "PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "PREFECT_LOGGING_LEVEL": "WARNING"}
        finally:
            server.terminate()


def _wait_for(url: str) -> None:
    while True:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    main()
