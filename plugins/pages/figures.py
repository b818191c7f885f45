"""Figures of a report: events over time, tags and people, as counts with a label, and where their bars are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from plugins.pages.album_covers import events_left
from plugins.pages.views import FigureView
from plugins.pages.wording import MONTHS, clean, count, shorten
from plugins.records import Event, Photo

MOST_BARS: Final = 12
"""Tags and people that a figure shows; it says how many there are."""
MOST_MONTHS: Final = 36
"""So many months are shown one by one; of a longer time, years."""
MOST_YEARS: Final = 40
MOST_LABEL: Final = 28
"""Characters of a label beside a bar."""
WIDTH: Final = 720.0
ROW: Final = 26.0
LABEL_WIDTH: Final = 210.0
HEIGHT: Final = 160.0
"""Of a figure with upright bars, without the labels below them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label and count, its corner and size, where the label begins, and whether there is room for it."""

    label: str
    n: int
    x: float
    y: float
    width: float
    height: float
    labelled: bool = True


def events_over_time(events: Iterable[Event], photos: Mapping[str, Photo]) -> FigureView:
    """Return how many events began in each month, or in each year where that is a long time; nothing is left out."""
    starts = [min(photos[p].taken_local for p in event.photos) for event in events_left(events, photos)]
    months = sorted((start.year, start.month) for start in starts)
    if not months:
        return FigureView("Events over time", "events")
    (y0, m0), (y1, m1) = months[0], months[-1]
    n_months = 12 * (y1 - y0) + m1 - m0 + 1
    if n_months > MOST_MONTHS:
        years = Counter(year for year, _ in months)
        shown = range(max(y0, y1 - MOST_YEARS + 1), y1 + 1)
        earlier = sum(n for year, n in years.items() if year < shown[0])
        note = f"{count(earlier, 'event')} before {shown[0]} are not shown" if earlier else ""
        return FigureView("Events over time", "events", tuple((str(y), years[y]) for y in shown), True, note)
    each = Counter(months)
    every = [divmod(12 * y0 + m0 - 1 + n, 12) for n in range(n_months)]
    rows = tuple((f"{MONTHS[m][:3]} {y}", each[y, m + 1]) for y, m in every)
    return FigureView("Events over time", "events", rows, upright=True)


def most_frequent(title: str, noun: str, counts: Mapping[str, int], things: str) -> FigureView:
    """Return the labels with the highest counts; `noun` is what is counted, `things` what the labels are."""
    rows = sorted(((clean(label), n) for label, n in counts.items() if n), key=lambda row: (-row[1], row[0]))
    note = f"The first {MOST_BARS} of {len(rows):,} {things}" if len(rows) > MOST_BARS else ""
    return FigureView(title, noun, tuple(rows[:MOST_BARS]), note=note)


def bars(figure: FigureView) -> list[Bar]:
    """Return where the bars of a figure are, in the units of its drawing, which is `WIDTH` wide."""
    most = max((n for _, n in figure.rows), default=0) or 1
    if not figure.upright:
        room = WIDTH - LABEL_WIDTH - 60
        return [
            Bar(shorten(label, MOST_LABEL), n, LABEL_WIDTH, ROW * row + 4, max(1.0, room * n / most), ROW - 8)
            for row, (label, n) in enumerate(figure.rows)
        ]
    step = WIDTH / len(figure.rows) if figure.rows else WIDTH
    every = max(1, -(-70 // int(step or 1)))  # a label needs about 70 units
    tall = [(label, n, (HEIGHT - 16) * n / most) for label, n in figure.rows]
    return [
        Bar(label, n, step * i + step * 0.1, HEIGHT - high, step * 0.8, high, i % every == 0)
        for i, (label, n, high) in enumerate(tall)
    ]


def height(figure: FigureView) -> float:
    """Return how high the drawing of a figure is."""
    return HEIGHT + 24 if figure.upright else ROW * len(figure.rows)
