"""All steps after extraction on simulated libraries of any size: `python -m benchmarks.scale --photos 10000 100000`.

A library is filled as extraction would leave it: 1.2 faces a photo, a person to each hundred photos, 2,000 tags, three
of them on a third of the photos; no pictures. Then the steps of a run are measured, each in a process of its own, with
a gallery that answers from a file and counts what it is asked; and the plan of a second run, of the same library.

`--keep DIR` keeps the library (below it, one folder a size); `--in DIR` runs steps on a kept one, on a copy if it is to
stay as it is; `--here` runs them in this process, for a profiler. `--database URL` keeps the store in Postgres.
`--prefect-overhead` measures what Prefect adds to an extraction instead, and `--plot TIME.png MEMORY.png FILE…` draws
what runs with `--json` have printed into these files.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from benchmarks._processes import in_own_process, peak_mb
from benchmarks._scale_fill import fill
from benchmarks._scale_measure import measured
from benchmarks._scale_plot import draw
from benchmarks._scale_steps import STEPS, run_step
from plugins.settings import Settings

Row = dict[str, Any]
RATE: Final = 30.0
"""Photos a second against which the cost of Prefect is held: more than two cores extract, which does not flatter it."""
SHOWN: Final = ("step", "seconds", "cpu_s", "peak_mb", "family_mb")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, and print it."""
    asked = _parser().parse_args(arguments)
    if asked.plot:
        time_png, memory_png, *files = asked.plot
        draw(files, time_png, memory_png)
        return
    rows: list[Row] = []
    for row in _rows(asked):
        rows.append(row)
        print(_said(row), file=sys.stderr if asked.json else sys.stdout, flush=True)
    if asked.json:
        from benchmarks._machine import machine  # noqa: PLC0415  takes memory, which is measured in child processes

        print(json.dumps({"data": f"simulated, seed {asked.seed}", "machine": machine(), "rows": rows}, default=str))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--photos", type=int, nargs="+", default=[10_000], help="sizes of the libraries")
    parser.add_argument("--steps", nargs="*", choices=STEPS, default=list(STEPS), help="which steps, in this order")
    parser.add_argument("--keep", type=Path, help="keep the libraries in this folder")
    parser.add_argument("--in", type=Path, dest="folder", help="run on the library in this folder")
    parser.add_argument("--here", action="store_true", help="run the steps in this process")
    parser.add_argument("--database", default="", help="SQLAlchemy URL of an empty database for the store")
    parser.add_argument("--prefect-overhead", action="store_true", help="measure what Prefect adds to an extraction")
    parser.add_argument("--rate", type=float, default=RATE, help="photos a second that an extraction makes")
    parser.add_argument("--plot", type=Path, nargs="+", help="TIME.png, MEMORY.png, and files of --json")
    parser.add_argument("--without-prefect", action="store_true", help="call tasks as plain functions")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one object, and the rows as they come to stderr")
    return parser


def _rows(asked: argparse.Namespace) -> Iterator[Row]:
    if asked.folder is not None:
        yield from _steps(asked, asked.folder.absolute(), None)
        return
    for n in asked.photos:
        with _folder(asked.keep, n) as folder:
            began = time.perf_counter()
            settings = Settings(data_dir=folder, database_url=SecretStr(asked.database) if asked.database else None)
            ((filled, peak_mb),) = in_own_process(_Fill(folder, settings, asked.seed), [n])
            yield {"step": "fill", "photos": n, "seconds": time.perf_counter() - began, "peak_mb": peak_mb, **filled}
            if asked.prefect_overhead:
                from benchmarks._scale_prefect import overhead  # noqa: PLC0415  imports Prefect

                yield {"photos": n, **overhead(folder, asked.database, n, asked.rate)}
            else:
                yield from _steps(asked, folder, n)


class _Fill:
    """Fills a folder, in whatever process it is called."""

    def __init__(self, folder: Path, settings: Settings, seed: int) -> None:
        self._folder, self._settings, self._seed = folder, settings, seed

    def __call__(self, n: int) -> tuple[Row, float]:
        return asdict(fill(self._folder, self._settings, n, self._seed)), peak_mb()


def _steps(asked: argparse.Namespace, folder: Path, n: int | None) -> Iterator[Row]:
    for step in asked.steps:
        prefect = not asked.without_prefect
        if asked.here:
            row = asdict(run_step(step, folder, asked.database, prefect))
        else:
            row = measured(step, folder, asked.database, prefect)
        yield {"photos": n, **row}


@contextmanager
def _folder(keep: Path | None, n: int) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="albumen-scale-") as temporary:
            yield Path(temporary)
        return
    folder = keep.absolute() / str(n)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder


def _said(row: Row) -> str:
    figures = row.get("figures", {k: v for k, v in row.items() if k not in {*SHOWN, "photos"}})
    told = {name: value for name, value in figures.items() if value not in ("", [], None)}
    family = f"{row['family_mb']:8,.0f}" if "family_mb" in row else ""
    cpu = f"{row['cpu_s']:8.1f} s" if "cpu_s" in row else ""
    return f"{row['step']:12} {row['seconds']:8.1f} s {cpu} {row['peak_mb']:8,.0f} MB {family}  {str(told)[:300]}"


if __name__ == "__main__":
    main()
