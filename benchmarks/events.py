"""Score event methods on a CSV of photos or on simulated lives, and measure their speed.

    python -m benchmarks.events --csv FILE [--json] [--out FILE.npz]
    python -m benchmarks.events --lives 8 --seed 20 [--ablate]
    python -m benchmarks.events --scale 1000000

The CSV has a header with the columns photo, owner, taken_at, lat, lon and event; all but `taken_at` may be missing or
empty. `taken_at` is ISO 8601 (UTC where it has no offset) or seconds since 1970 UTC. Each owner's photos are clustered
alone, and an event is one owner's: events of one name are two if two owners have them. `calendar_day` cuts at midnight
of the clock in the file, UTC for seconds. `--truth days_places` takes the days and places (tenths of a degree) of each
owner as the true events.
Files with other headings are read by `--columns`, for example those of Flickr streams:

    --csv dev.csv --columns photo=id,taken_at=datetaken,lat=latitude,lon=longitude --truth days_places
    --csv userVisits-Melb.csv --columns photo=photoID,owner=userID,taken_at=dateTaken,event=seqID
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from benchmarks._streams import COLUMNS, Stream, calendar_days, days_and_places, read_csv, scale_stream, stream_of
from plugins.events import EventMethod, IntArray, Places, time_gap, time_place_faces
from plugins.events._synthetic import Life, live
from plugins.scores import Score, bcubed, boundary, pairwise

METRICS: Final = ("bcubed", "pairwise", "boundary")

Row: TypeAlias = dict[str, Any]
Method: TypeAlias = Callable[["Stream"], IntArray]


def events_of(stream: Stream, method: EventMethod) -> IntArray:
    """Return the events that a method of ours finds."""
    places = Places.of(stream.lat, stream.lon)
    return method.cluster(stream.taken_s, places, None, stream.utc_offset_s).event


METHODS: Final[dict[str, Method]] = {
    "default": partial(events_of, method=time_place_faces.Plugin()),
    "strict": partial(events_of, method=time_place_faces.Plugin("strict")),
    "gap_6h": partial(events_of, method=time_gap.Plugin(6)),
    "gap_8h": partial(events_of, method=time_gap.Plugin(8)),
    "calendar_day": calendar_days,
}
ABLATIONS: Final[dict[str, time_place_faces.Plugin]] = {
    "stage_1_only": time_place_faces.Plugin(merge_guard_h=0),
    "no_guard": time_place_faces.Plugin(merge_guard_h=None),
    "guard_12h": time_place_faces.Plugin(merge_guard_h=12),
    "geo_1km": time_place_faces.Plugin(geo_km=1),
    "geo_10km": time_place_faces.Plugin(geo_km=10),
    "ssd_sum": time_place_faces.Plugin(ssd_mode="sum"),
    "nogps_never": time_place_faces.Plugin(nogps_gap_h=0),
    "no_neighbours": time_place_faces.Plugin(interpolate_min=0),
    "range_day": time_place_faces.Plugin(time_range="day"),
    "unassigned": time_place_faces.Plugin(unclustered="unassigned"),
    "gap_30min": time_place_faces.Plugin(gap_h=0.5),
    "gap_2h": time_place_faces.Plugin(gap_h=2),
    "similarity_1h": time_place_faces.Plugin(similarity_h=1),
    "similarity_3h": time_place_faces.Plugin(similarity_h=3),
}


def cluster(stream: Stream, method: Method) -> IntArray:
    """Return each photo's event, numbered through over all owners; -1 for photos without a time."""
    found, count = np.full(len(stream.taken_s), -1, dtype=np.int64), 0
    usable = np.flatnonzero(np.isfinite(stream.taken_s))
    by_owner = usable[np.argsort(stream.owner[usable], kind="stable")]
    cuts = np.flatnonzero(np.diff(stream.owner[by_owner])) + 1
    for mine in np.split(by_owner, cuts):
        events = np.unique(method(stream.pick(mine)), return_inverse=True)[1].reshape(-1)
        found[mine] = events + count
        count += int(events.max(initial=-1)) + 1
    return found


def score(stream: Stream, found: IntArray) -> Row:
    """Score events where the truth is known; all scores are null where it is known nowhere."""
    known = np.flatnonzero((stream.event >= 0) & (found >= 0))
    known = known[np.lexsort((stream.taken_s[known], stream.owner[known]))]
    row: Row = {"photos": len(found), "events": len(np.unique(found[found >= 0]))}
    truth, guess, owner = stream.event[known], found[known], stream.owner[known]
    scores = bcubed(truth, guess), pairwise(truth, guess), boundary(truth, guess, owner)
    for metric, values in zip(METRICS, scores, strict=True):
        row |= {f"{metric}_{part}": value if len(known) else None for part, value in values._asdict().items()}
    row["boundary_f1"] = row.pop("boundary_f")
    return row


def measure(name: str, stream: Stream, method: Method) -> tuple[Row, IntArray]:
    """Return a method's row of scores and its answer."""
    began = time.perf_counter()
    found = cluster(stream, method)
    seconds = time.perf_counter() - began
    return {"method": name, **score(stream, found), "seconds": seconds}, found


def rows_of_lives(lives: Sequence[Life], methods: dict[str, Method], variant: str, suffix: str) -> list[Row]:
    """Return one row a method: the mean over lives, and the standard deviation as `…_sd`."""
    rows = []
    for name, method in methods.items():
        each = [measure(name, stream_of(life), method)[0] for life in lives]
        row: Row = {"method": name + suffix, "variant": variant, "lives": len(lives)}
        for key in [key for key in each[0] if key != "method"]:
            values = [one[key] for one in each]
            row |= {key: float(np.mean(values)), f"{key}_sd": float(np.std(values))}
        rows.append(row)
    return rows


def row_of_trips(lives: Sequence[Life], variant: str, suffix: str) -> Row:
    """Return the row of default mode's trips: pairs of photos on one trip, the mean over lives."""
    each = []
    for life in lives:
        found = time_place_faces.Plugin().cluster(life.taken_s, life.places).trip
        alone = -2 - np.arange(len(found))
        each.append(pairwise(np.where(life.trip < 0, alone, life.trip), np.where(found < 0, alone, found)))
    row: Row = {"method": f"trips{suffix}", "variant": variant, "lives": len(lives)}
    for part, values in zip(Score._fields, zip(*each, strict=True), strict=True):
        row |= {f"pairwise_{part}": float(np.mean(values)), f"pairwise_{part}_sd": float(np.std(values))}
    return row


def bench_lives(n_lives: int, seed: int, n_photos: int, ablate: bool) -> list[Row]:
    """Score on simulated lives, with every position known and with none in half of the events."""
    seeds = range(seed, seed + n_lives)
    lives = [live(s, n_photos) for s in seeds]
    half = [life.half_without_gps(s) for s, life in zip(seeds, lives, strict=True)]
    methods = METHODS | {name: partial(events_of, method=m) for name, m in ABLATIONS.items() if ablate}
    rows = []
    for variant, suffix, some in (("all_gps", "", lives), ("half_events_without_gps", "_half_gps", half)):
        rows += rows_of_lives(some, methods, variant, suffix)
        rows += [row_of_trips(some, variant, suffix)] if ablate else []
    return rows


def measure_alone(kind: str, n: int, name: str) -> Row:
    """Measure a method in a process of its own: seconds of clustering, peak memory of the whole process."""
    stream = scale_stream(kind, n)
    began = time.perf_counter()
    found = METHODS[name](stream)
    seconds = time.perf_counter() - began
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    events = len(np.unique(found))
    row = {"method": name, "variant": kind, "photos": n, "events": events, "seconds": seconds}
    return row | {"photos_per_s": n / seconds, "peak_mb": peak_kb / 1024}


def bench_scale(n: int) -> list[Row]:
    """Measure speed and memory, each in a fresh process."""
    rows = []
    for kind in ("lives", "a_photo_a_second", "all_at_once", "same_place", "all_alone"):
        for name in ("default", "strict"):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                rows.append(pool.apply(measure_alone, (kind, n, name)))
    return rows


def bench_csv(path: Path, columns: dict[str, str], truth: str, out: Path | None) -> list[Row]:
    """Score on a file; write each method's events in the file's order if asked, -1 for photos without a time."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        stream, unreadable = read_csv(file, columns)
    if unreadable:
        print(f"{path}: {unreadable} photos have no readable time and are left out", file=sys.stderr)
    if truth == "days_places":
        event = np.where(np.isfinite(stream.taken_s), days_and_places(stream), -1)
        stream = Stream(stream.taken_s, stream.utc_offset_s, stream.lat, stream.lon, event, stream.owner)
    measured = {name: measure(name, stream, method) for name, method in METHODS.items()}
    if out is not None:
        with out.open("wb") as target:
            np.savez_compressed(target, allow_pickle=False, **{name: found for name, (_, found) in measured.items()})
    return [row for row, _ in measured.values()]


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table: mean ± standard deviation where there is one."""
    keys = list(dict.fromkeys(key for row in rows for key in row if not key.endswith("_sd")))
    first = [key for key in ("method", "variant", "lives", "photos", "events", *RESULTS) if key in keys]
    keys = first + [key for key in keys if key not in first]
    lines = [keys, ["---"] * len(keys), *([_cell(row, key) for key in keys] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


RESULTS: Final = ("boundary_p", "boundary_r", "boundary_f1", "bcubed_p", "bcubed_r", "bcubed_f",
                  "pairwise_p", "pairwise_r", "pairwise_f")  # fmt: skip


def _cell(row: Row, key: str) -> str:
    value = row.get(key)
    if not isinstance(value, float):
        return "" if value is None else str(value)
    digits = 4 if key in RESULTS else 2
    spread = row.get(f"{key}_sd")
    return f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if spread and key in RESULTS else "")


def pairs(text: str) -> dict[str, str]:
    """Parse `ours=theirs,…` of `--columns`."""
    found = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    if unknown := set(found) - set(COLUMNS):
        raise argparse.ArgumentTypeError(f"{sorted(unknown)} are not ours: choose from {', '.join(COLUMNS)}")
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark that the command line asks for; print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--csv", type=Path, help="photos with columns photo, owner, taken_at, lat, lon, event")
    what.add_argument("--lives", type=int, help="how many lives to simulate")
    what.add_argument("--scale", type=int, help="measure seconds and memory on so many photos")
    parser.add_argument("--columns", type=pairs, default={}, help="headings that differ: taken_at=datetaken,…")
    parser.add_argument("--truth", choices=("column", "days_places"), default="column", help="what true events are")
    parser.add_argument("--seed", type=int, default=20, help="seed of the first life")
    parser.add_argument("--photos", type=int, default=7_000, help="photos in a life")
    parser.add_argument("--ablate", action="store_true", help="also a row for each reading changed, and trips")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=Path, help="write each method's events (--csv only)")
    args = parser.parse_args(argv)
    if args.out and not args.csv:
        parser.error("--out goes with --csv")
    if args.csv:
        try:
            data, rows = str(args.csv), bench_csv(args.csv, args.columns, args.truth, args.out)
        except (OSError, ValueError, csv.Error) as error:
            parser.error(f"{args.csv}: {error}")
    elif args.lives is not None:
        data = f"simulated lives {args.seed} to {args.seed + args.lives - 1}, {args.photos} photos each"
        rows = bench_lives(args.lives, args.seed, args.photos, args.ablate)
    else:
        data, rows = f"streams of {args.scale} photos", bench_scale(args.scale)
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}"
    )
    print(json.dumps({"data": data, "machine": machine, "rows": rows}) if args.json else f"{data}\n\n{table(rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
