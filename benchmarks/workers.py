"""Two workers that share one library's extraction against one: `python -m benchmarks.workers --folder DIR`.

Each worker is a process pinned to one core with its models loaded; the time is from the word to begin until the last
photo is in the store. Prefect has no part in it: batches are claimed and kept as in a run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import sqlalchemy as sa

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from plugins.features import FaceExtractor, PictureExtractor

Row = dict[str, Any]
CORES: Final = 2
START_S: Final = 300.0
"""How long the workers may take to load their models."""


def _work(library: str, core: int, barrier: Barrier, answers: multiprocessing.SimpleQueue[Row]) -> None:
    """Do batches of the library on one core, from the word to begin on."""
    os.sched_setaffinity(0, {core})
    os.environ["OMP_NUM_THREADS"] = "1"
    from tasks.context import opened  # noqa: PLC0415  torch takes its threads from the cores that it sees
    from tasks.features import batches_of, extractors  # noqa: PLC0415
    from tasks.sharing import joined  # noqa: PLC0415

    with opened(library) as here:
        made = extractors(here)
        for extractor in made.each:
            _warm(extractor)
        batches = batches_of(here)
        barrier.wait(START_S)
        sharing = joined(here, made.versions)
        began_cpu = time.process_time()
        parts = sharing.take_part(lambda number: _batch(here, batches[number])) if sharing else []
        n = sum(part.figures["made"] for part in parts)
        answers.put({"core": core, "made": n, "batches": len(parts), "cpu_s": time.process_time() - began_cpu})


def _warm(extractor: FaceExtractor | PictureExtractor) -> None:
    from PIL import Image  # noqa: PLC0415

    extractor.extract([Image.effect_noise((640, 480), 64).convert("RGB")])


def _batch(here: Any, photos: Sequence[str]) -> Any:
    from tasks.caching import Receipt  # noqa: PLC0415
    from tasks.features import make_missing  # noqa: PLC0415

    return Receipt("extract_batch", "done", make_missing(here, photos)[0])


def one_run(library: str, n_workers: int) -> Row:
    """Extract a library that nothing is known of by so many workers; return how long it took."""
    from tasks.context import opened  # noqa: PLC0415
    from tasks.features import batches_of, extractors  # noqa: PLC0415
    from tasks.sharing import offered  # noqa: PLC0415

    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(n_workers + 1), context.SimpleQueue()
    cores = sorted(os.sched_getaffinity(0))[:n_workers]
    with opened(library) as here:
        here.store.photos.replace(here.name, here.gallery.photos())
        batches = batches_of(here)
        workers = [context.Process(target=_work, args=(library, core, barrier, answers)) for core in cores]
        with offered(here, len(batches), here.config.features.batch_photos, extractors(here).versions, False):
            for worker in workers:
                worker.start()
            barrier.wait(START_S)
            began = time.perf_counter()
            told = [answers.get() for _ in workers]
            seconds = time.perf_counter() - began
            for worker in workers:
                worker.join()
    n = sum(one["made"] for one in told)
    return {
        "workers": n_workers,
        "photos": n,
        "batches": [one["batches"] for one in told],
        "seconds": seconds,
        "photos_per_s": n / seconds,
        "cpu_s": sum(one["cpu_s"] for one in told),
    }


@contextmanager
def fresh_state(database: str) -> Iterator[None]:
    """Let the environment name an empty store: a SQLite file, or a schema of its own in a Postgres database."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ALBUMEN_DATA_DIR"] = folder
        if not database:
            os.environ.pop("ALBUMEN_DATABASE_URL", None)
            yield
            return
        schema, admin = f"bench_{uuid4().hex[:8]}", sa.create_engine(database, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
            own = sa.make_url(database).update_query_dict({"options": f"-csearch_path={schema}"})
            os.environ["ALBUMEN_DATABASE_URL"] = own.render_as_string(hide_password=False)
            yield
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


def measured(folder: Path, databases: Mapping[str, str], repeats: int) -> list[Row]:
    """Return a row a run, in turns so that a slow moment of the machine hits both."""
    rows: list[Row] = []
    for repeat in range(repeats):
        for name, url in databases.items():
            for n_workers in range(1, CORES + 1) if repeat % 2 == 0 else range(CORES, 0, -1):
                with fresh_state(url):
                    rows.append({"database": name, "repeat": repeat, **one_run(f"folder:{folder}", n_workers)})
    return rows


def ratios(rows: Sequence[Row]) -> list[Row]:
    """Return by database how much faster two workers are than one, run by run: median, least and most."""
    found = []
    for database in dict.fromkeys(row["database"] for row in rows):
        rates = {(row["repeat"], row["workers"]): row["photos_per_s"] for row in rows if row["database"] == database}
        each = [rates[n, CORES] / rates[n, 1] for n in sorted({n for n, _ in rates})]
        found.append({"database": database, "ratio": median(each), "least": min(each), "most": max(each)})
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="photos; each is looked at once a run")
    parser.add_argument("--database", default="", help="URL of a Postgres database, measured beside SQLite")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16, help="photos to a batch; few, so that both end together")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    os.environ["ALBUMEN_FEATURES__BATCH_PHOTOS"] = str(asked.batch)
    databases = {"sqlite": "", **({"postgres": asked.database} if asked.database else {})}
    rows = measured(asked.folder.resolve(), databases, asked.repeats)
    if asked.json:
        from benchmarks._machine import machine  # noqa: PLC0415  needs torch, which workers load on their own core

        print(json.dumps({"machine": machine(), "rows": rows, "ratios": ratios(rows)}))
        return
    for row in rows:
        print("{database:9} {workers}: {photos_per_s:6.2f} photos/s, {cpu_s:6.1f} s CPU {batches}".format(**row))
    for row in ratios(rows):
        print("{database:9} two to one: {ratio:.2f} ({least:.2f} to {most:.2f})".format(**row))


if __name__ == "__main__":
    main()
