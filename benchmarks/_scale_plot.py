"""Charts of time and memory over the size of the library, one line a step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks._drawing import COLOURS, Axis, Chart, Sheet, legend

LEFT_OUT: Final = frozenset({"fill", "prefect_overhead"})
WIDTH: Final = 900
HEIGHT: Final = 520
SECONDS: Final = (0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0)
MEGABYTES: Final = (100.0, 300.0, 1_000.0, 3_000.0, 10_000.0)


def draw(files: Sequence[Path], time_png: Path, memory_png: Path) -> None:
    """Draw what was measured, of several runs of `--json`, the last one of a size first."""
    rows = [row for file in files for row in json.loads(file.read_text(encoding="utf-8"))["rows"]]
    rows = [row for row in rows if row["step"] not in LEFT_OUT and row.get("photos")]
    _chart(rows, "seconds", "seconds, both axes logarithmic", SECONDS, time_png)
    _chart(rows, "family_mb", "MB at the most, both axes logarithmic", MEGABYTES, memory_png)


def _chart(rows: Sequence[dict[str, Any]], value: str, name: str, ticks: Sequence[float], path: Path) -> None:
    sizes = sorted({row["photos"] for row in rows})
    steps = list(dict.fromkeys(row["step"] for row in rows))
    sheet = Sheet(WIDTH, HEIGHT)
    across = Axis("photos", sizes[0], sizes[-1], sizes, log=True)
    chart = Chart(sheet, 70, 40, WIDTH - 230, HEIGHT - 100, across, Axis(name, ticks[0], ticks[-1], ticks, log=True))
    chart.frame("Steps of a run by the size of the library")
    for n, step in enumerate(steps):
        points = {row["photos"]: max(row[value], ticks[0]) for row in rows if row["step"] == step}
        chart.curve(sorted(points.items()), _colour(n))
    legend(sheet, (WIDTH - 140, 60), [(step, _colour(n)) for n, step in enumerate(steps)])
    sheet.finished().save(path, optimize=True)


def _colour(n: int) -> str:
    """Return a colour for each line; beyond those of `COLOURS` darker ones."""
    colour = COLOURS[n % len(COLOURS)]
    if n < len(COLOURS):
        return colour
    red, green, blue = (int(colour[i : i + 2], 16) * 11 // 20 for i in (1, 3, 5))
    return f"#{red:02x}{green:02x}{blue:02x}"
