"""Measure the ways to run VGG16 on this processor: speed, answers, memory, and whether bursts need a pass each.

    python -m benchmarks.vgg_formats [--pictures DIR ...] [--repeats 5] [--threads 1 2] [--json]
    python -m benchmarks.vgg_formats --ranges [--pictures DIR ...]

Variants of rows: `speed` (a picture at a time, all methods in turns in one process), `batches` (ours in int8), `load`
(each method in a process of its own: seconds until the first answer, and what memory that took beside the imports),
`answers` (cosine to float32 of the mean over the map, and of the whole map), `nearest_centre` (see
`benchmarks.extract`), `bursts` (a picture and the next of a burst, simulated by a shift, 2 % of light and noise: how
far their thumbnails of 32 × 32 grey levels differ, and the cosine that skipping the second one would cost). `ms` are
medians over the repeats with the fastest and slowest beside them, `cpu_ms` the processor's time; `to_bfloat16` is how
many times less of it a method needs than bfloat16.

Every tenth picture is kept for calibration, the others are measured. `--ranges` prints what `vgg16.LARGEST` holds: for
each layer the largest, over the drawn sample library and every tenth picture, of the value that one number in
100,000 of the layer's exceeds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks._given_weights import given_weights
from benchmarks._machine import machine
from benchmarks._number_formats import centre_rows
from benchmarks._processes import in_own_process, peak_mb
from benchmarks._sides import Row, Vectors
from benchmarks._vgg_bursts import burst_rows
from benchmarks._vgg_networks import EXACT, MAKERS, Network, Setting, largest_values
from benchmarks.extract import CALTECH, photos_in, table
from plugins.decoding import decoders
from plugins.features import vgg16
from plugins.features._device import torch_device
from plugins.features._faces import unit
from plugins.sample import draw_sample_library

EVERY: Final = 10
SHARE: Final = 1e-5
CALIBRATED: Final = 60
BATCHES: Final = (1, 2, 4, 8)
PASSES: Final = 8
"""Pictures of one repeat."""


def bench(args: argparse.Namespace) -> list[Row]:
    """Run all that can be run here; what cannot is a row with `skipped`."""
    torch_device("cpu")  # keeps buffers, as a run does
    files = [file for folder in args.pictures for file in photos_in(folder, None)]
    tested = [file for n, file in enumerate(files) if n % EVERY]
    tested = [tested[n] for n in np.random.default_rng(args.seed).permutation(len(tested))[: args.photos].tolist()]
    pictures = [vgg16.prepared(picture) for picture in opened(tested)]
    with tempfile.TemporaryDirectory(prefix="albumen-vgg-") as folder:
        given = given_weights(args.seed, Path(folder))
        calibration = tuple(vgg16.prepared(picture) for picture in opened(files[::EVERY][:CALIBRATED]))
        rows: list[Row] = []
        for threads in args.threads:
            setting = Setting(given, Path(folder), calibration, threads)
            torch.set_num_threads(threads)
            networks, missing = made(args.methods, setting)
            rows += missing if threads == args.threads[0] else []
            rows += speed_rows(networks, pictures[:PASSES], args.repeats, threads)
            rows += batch_rows(networks["int8"], pictures, args.repeats, threads) if "int8" in networks else []
            if threads == args.threads[0]:
                rows += answer_rows(networks, pictures, args.seed)
                rows += burst_rows(networks, opened(tested[::8]), args.seed)
        rows += [load_row(name, setting) for name in networks]
    return rows


def made(methods: Sequence[str], setting: Setting) -> tuple[dict[str, Network], list[Row]]:
    """Make the networks, and rows of those that cannot be made here."""
    networks: dict[str, Network] = {}
    rows: list[Row] = []
    for name in methods:
        try:
            networks[name] = MAKERS[name](setting)
        except (ModuleNotFoundError, RuntimeError) as error:
            rows.append({"method": name, "variant": "speed", "skipped": str(error).splitlines()[0]})
    return networks, rows


def speed_rows(networks: dict[str, Network], pictures: Sequence[Tensor], repeats: int, threads: int) -> list[Row]:
    """Measure a picture at a time, with turns that rotate."""
    names = list(networks)
    for name in names:
        answered(networks[name], pictures[0])  # the first one plans, and compiles
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for repeat in range(repeats):
        for name in names[repeat % len(names) :] + names[: repeat % len(names)]:
            times[name] += [timed(lambda: [answered(networks[name], one) for one in pictures], len(pictures))]  # noqa: B023
    base = times.get("bfloat16")
    return [{"method": name, "variant": "speed", "threads": threads} | columns(times[name], base) for name in names]


def batch_rows(network: Network, pictures: Sequence[Tensor], repeats: int, threads: int) -> list[Row]:
    """Measure batches of several sizes in turns."""
    batches = {n: torch.cat(list(pictures[:n])) for n in BATCHES if n <= len(pictures)}
    times: dict[int, list[tuple[float, float]]] = {n: [] for n in batches}
    for _ in range(repeats + 1):
        for n, batch in batches.items():
            times[n].append(timed(lambda: answered(network, batch), n))  # noqa: B023
    head = {"method": "int8", "variant": "batches", "threads": threads}
    return [head | {"pictures_at_once": n} | columns(found[1:], None) for n, found in times.items()]


def columns(times: Sequence[tuple[float, float]], base: Sequence[tuple[float, float]] | None) -> Row:
    """Return the columns of times in seconds, wall and processor; against those of bfloat16, repeat by repeat."""
    wall, cpu = ([1_000 * one[n] for one in times] for n in (0, 1))
    row: Row = {"repeats": len(times), "ms": median(wall), "ms_min": min(wall), "ms_max": max(wall)}
    row["cpu_ms"] = median(cpu)
    if base is not None:
        rates = [slow[1] / quick[1] for slow, quick in zip(base, times, strict=True)]
        row |= {"to_bfloat16": median(rates), "to_bfloat16_min": min(rates), "to_bfloat16_max": max(rates)}
    return row


def answer_rows(networks: dict[str, Network], pictures: Sequence[Tensor], seed: int) -> list[Row]:
    """Compare the answers with those of float32."""
    rows: list[Row] = []
    centres: list[Row] = []
    exact = [answered(networks[EXACT], one) for one in pictures]
    means = pooled(exact)
    for name, network in networks.items():
        if name == EXACT:
            continue
        maps = [answered(network, one) for one in pictures]
        whole = [
            torch.cosine_similarity(a.flatten(), b.flatten(), dim=0).item() for a, b in zip(exact, maps, strict=True)
        ]
        mean = np.sum(means * pooled(maps), axis=1)
        row: Row = {"method": name, "variant": "answers", "photos": len(maps)}
        row |= {"cosine": float(np.median(mean)), "cosine_min": float(mean.min())}
        rows.append(row | {"map_cosine": median(whole), "map_cosine_min": min(whole)})
        if name in {"bfloat16", "int8"}:
            centres += centre_rows(name, means, pooled(maps), seed)
    return rows + centres


def load_row(name: str, setting: Setting) -> Row:
    """Measure in a process of its own what it takes to the first answer."""
    return {"method": name, "variant": "load", **in_own_process(loaded_alone, [(name, setting)])[0]}


def loaded_alone(of: tuple[str, Setting]) -> Row:
    """Make a network in this process and let it answer twice."""
    name, setting = of
    torch_device("cpu")
    torch.set_num_threads(setting.threads)
    before, began = peak_mb(), time.perf_counter()
    network = MAKERS[name](setting)
    answered(network, setting.calibration[0])
    seconds = time.perf_counter() - began
    answered(network, setting.calibration[0])
    return {"first_answer_s": seconds, "peak_mb": peak_mb(), "more_mb": peak_mb() - before}


def answered(network: Network, batch: Tensor) -> Tensor:
    """Return a network's maps."""
    with torch.inference_mode():
        return network(batch)


def pooled(maps: Sequence[Tensor]) -> Vectors:
    """Return unit vectors of the means over maps of one picture each, shape (n, 512)."""
    return unit(np.concatenate([one.mean((2, 3)).numpy() for one in maps]))


def timed(work: Callable[[], object], n: int) -> tuple[float, float]:
    """Return wall and processor seconds for each of n pictures."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - began) / n, (time.process_time() - cpu) / n


def opened(files: Sequence[Path]) -> list[Image.Image]:
    """Return the pictures as a run would have them; those that cannot be read are left out."""
    pictures = []
    for file in files:
        try:
            pictures.append(decoders().decode(file, 1)[0].picture)
        except Exception as error:  # a hostile file among them is no reason to stop
            print(f"{file}: {error}", file=sys.stderr)
    return pictures


def ranges(args: argparse.Namespace) -> tuple[float, ...]:
    """Measure what each layer's numbers reach."""
    with tempfile.TemporaryDirectory(prefix="albumen-vgg-") as folder:
        draw_sample_library(Path(folder) / "sample")
        kept = [file for each in args.pictures for file in photos_in(each, None)[::EVERY]]
        pictures = opened([*photos_in(Path(folder) / "sample", None), *kept])
        given = given_weights(args.seed, Path(folder))
        torch.set_num_threads(args.threads[0])
        with torch.inference_mode():
            chain = Setting(given, Path(folder), (), 1).chain()
            found = [largest_values(chain, vgg16.prepared(picture), SHARE) for picture in pictures]
    print(f"{len(found)} pictures", file=sys.stderr)
    return tuple(round(value, 1) for value in np.max(found, axis=0).tolist())


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, nargs="+", default=[CALTECH], help="folders (default caltech101_dev)")
    parser.add_argument("--photos", type=int, default=200, help="at most so many for answers (default 200)")
    parser.add_argument("--methods", nargs="+", choices=MAKERS, default=list(MAKERS), help="float32 must be one")
    parser.add_argument("--repeats", type=int, default=5, help="counted passes (default 5)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1], help="of the networks, one after the other (1)")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn by lot (default 0)")
    parser.add_argument("--ranges", action="store_true", help="only measure and print vgg16.LARGEST")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args(argv)
    if not any(photos_in(folder, 2 * EVERY)[EVERY:] for folder in args.pictures if folder.is_dir()):
        parser.error(f"fewer than {EVERY + 1} pictures in {', '.join(map(str, args.pictures))}")
    if EXACT not in args.methods or args.repeats < 1:
        parser.error(f"--methods must name {EXACT}" if args.repeats >= 1 else "--repeats must be 1 or more")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; print tables, or one JSON object."""
    args = parsed(argv)
    if args.ranges:
        print(ranges(args))
        return 0
    rows = bench(args)
    data = f"{', '.join(map(str, args.pictures))}, seed {args.seed}"
    if args.json:
        print(json.dumps({"data": data, "machine": machine(), "rows": rows}))
        return 0
    variants = dict.fromkeys(row["variant"] for row in rows)
    parts = [f"{name}\n\n{table([row for row in rows if row['variant'] == name])}" for name in variants]
    print("\n\n".join([f"{data}\n{machine()}", *parts]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
