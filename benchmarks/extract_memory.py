"""Measure the memory of extraction over the number of photos: it must not grow.

    python -m benchmarks.extract_memory --folder DIR [--photos 200 1000 4000] [--json]

The pictures of DIR are taken again and again until there are so many photos, each with a key of its own, by faces with
`facenet` and VGG16 vectors, in a process of its own for each number. Weights that cannot be found are random.

`peak_rss_mb` is the most that the process and its decoders had at once, sampled, pages that they share counted in each;
in `peak_pss_mb` those are counted once, and by shares with other programs that are running. `cpu_ms` are milliseconds
of the processor for a photo, in the process and in its decoders. `idle_share` is the share of wall time × workers in
which network threads had nothing to do, loading of the networks included.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import torch

from benchmarks._given_weights import GivenWeights, given_weights
from benchmarks._machine import machine
from benchmarks._sides import Row, family, resident_mb
from plugins.decoding import decoders
from plugins.features import facenet, vgg16
from plugins.features.meter import Meter
from plugins.features.pipeline import Wanted, extract

LOOK_EVERY_S: Final = 0.1
PHOTOS: Final = (200, 1_000, 4_000)


class Watch:
    """Samples the memory of this process and of its children, until `over`."""

    def __init__(self) -> None:
        self.rss_mb = self.pss_mb = 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(LOOK_EVERY_S):
            pids = family(os.getpid())
            rss_mb = sum(map(resident_mb, pids))
            if rss_mb > self.rss_mb:  # the kernel takes milliseconds to tell who shares what
                self.rss_mb, self.pss_mb = rss_mb, max(self.pss_mb, sum(map(shared_out_mb, pids)))


def shared_out_mb(pid: int) -> float:
    """Return a process' resident memory, of pages that others have too only its share; 0 where nobody tells."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def processor_s(pid: int) -> float:
    """Return the seconds of the processor that a process has used; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(given: GivenWeights, files: Sequence[Path], n: int) -> Row:
    """Return the row of n photos; for a process of its own."""
    torch.set_num_threads(1)
    given.make_known()
    finder, painter = facenet.Plugin(weights_dir=given.folder), vgg16.Plugin(weights_dir=given.folder)
    meter, watch = Meter(), Watch()
    began, used = time.perf_counter(), time.process_time()
    faces = sum(len(one.faces or ()) for one in extract(_wanted(files, n), decoders(), finder, painter, meter))
    seconds = time.perf_counter() - began
    in_decoders = sum(map(processor_s, family(os.getpid())[1:]))
    watch.over.set()
    watch.thread.join()
    return {
        "method": "ours",
        "photos": n,
        "faces": faces,
        "peak_rss_mb": watch.rss_mb,
        "peak_pss_mb": watch.pss_mb,
        "cpu_ms": 1_000 * (time.process_time() - used) / n,
        "decoders_cpu_ms": 1_000 * in_decoders / n,
        "seconds": seconds,
        "idle_share": 1 - meter.seconds["networks"] / (seconds * meter.workers),
        "forward_share": meter.forward_s / (seconds * meter.workers),
    }


def _wanted(files: Sequence[Path], n: int) -> Iterator[Wanted]:
    return (Wanted(str(i), path.absolute) for i, path in enumerate(islice(cycle(files), n)))


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="pictures, with folders below")
    parser.add_argument("--photos", type=int, nargs="+", default=PHOTOS, help="numbers of photos (200 1000 4000)")
    parser.add_argument("--seed", type=int, default=0, help="of random weights (default 0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure each number of photos; print a table, or one JSON object."""
    from benchmarks.extract import photos_in, table  # noqa: PLC0415 - loads what the processes measured do without

    args = parsed(argv)
    files, spawning = photos_in(args.folder, None), multiprocessing.get_context("spawn")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="albumen-extract-") as temp:
        given = given_weights(args.seed, Path(temp))
        if not files:
            sys.exit(f"no pictures in {args.folder}")
        for n in args.photos:
            with ProcessPoolExecutor(1, spawning) as alone:
                rows.append(alone.submit(measured, given, files, n).result())
    print(json.dumps({"machine": machine(), "rows": rows}) if args.json else f"{machine()}\n\n{table(rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
