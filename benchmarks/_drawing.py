"""Charts for the pages of the project, drawn with Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Point: TypeAlias = tuple[float, float]

INK: Final = "#222222"
FAINT: Final = "#dddddd"
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555", "#8c564b")
"""Okabe and Ito's colours, told apart by nearly everybody, and two more."""
FINER: Final = 2
"""Everything is drawn at twice the size and shrunk: Pillow's lines have no soft edges."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a chart: its name, from where to where, and where ticks stand."""

    name: str
    low: float
    high: float
    ticks: Sequence[float]
    log: bool = False

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, 0 to 1, at the ends if it lies beyond."""
        at = float(np.clip(value, self.low, self.high))
        if self.log:
            return float(np.log(at / self.low) / np.log(self.high / self.low))
        return (at - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A white picture of a size in px; text and lines are measured in px of the finished picture."""

    width: int
    height: int
    image: Image.Image = field(init=False)
    draw: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        image = Image.new("RGB", (self.width * FINER, self.height * FINER), "white")
        object.__setattr__(self, "image", image)
        object.__setattr__(self, "draw", ImageDraw.Draw(image))

    def text(self, at: Point, text: str, size: float = 12, fill: str = INK, anchor: str = "la") -> None:
        """Write text; `anchor` is Pillow's."""
        self.draw.text(_fine(at), text, fill, ImageFont.load_default(size * FINER), anchor)

    def line(self, points: Sequence[Point], fill: str, width: float = 1) -> None:
        """Draw a line through points."""
        self.draw.line([_fine(point) for point in points], fill, round(width * FINER), joint="curve")

    def area(self, points: Sequence[Point], fill: str) -> None:
        """Fill a polygon."""
        self.draw.polygon([_fine(point) for point in points], fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: str) -> None:
        """Fill a rectangle."""
        self.draw.rectangle((*_fine((left, top)), *_fine((right, bottom))), fill)

    def paste(self, image: Image.Image, at: Point, side: int) -> None:
        """Paste a picture as a square."""
        x, y = _fine(at)
        self.image.paste(image.convert("RGB").resize((side * FINER, side * FINER)), (round(x), round(y)))

    def finished(self) -> Image.Image:
        """Return the picture at its size, with few colours, so that the file is small."""
        small = self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        return small.quantize(128, dither=Image.Dither.NONE)


def _fine(at: Point) -> Point:
    return at[0] * FINER, at[1] * FINER


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in a part of a sheet: left, top, width and height of the area inside its axes, in px."""

    sheet: Sheet
    left: float
    top: float
    width: float
    height: float
    x: Axis
    y: Axis

    def frame(self, title: str) -> None:
        """Draw title, axes, ticks and names."""
        bottom = self.top + self.height
        self.sheet.text((self.left, self.top - 12), title, 14, anchor="ls")
        for tick in self.x.ticks:
            across = self.at(tick, self.y.low)[0]
            self.sheet.line([(across, self.top), (across, bottom)], FAINT)
            self.sheet.text((across, bottom + 5), said(tick), 11, anchor="ma")
        for tick in self.y.ticks:
            down = self.at(self.x.low, tick)[1]
            self.sheet.line([(self.left, down), (self.left + self.width, down)], FAINT)
            self.sheet.text((self.left - 6, down), said(tick), 11, anchor="rm")
        self.sheet.line([(self.left, self.top), (self.left, bottom), (self.left + self.width, bottom)], INK)
        self.sheet.text((self.left + self.width / 2, bottom + 22), self.x.name, 12, anchor="ma")
        self.sheet.text((self.left, self.top - 2), self.y.name, 11, "#666666", anchor="ls") if self.y.name else None

    def at(self, x: float, y: float) -> Point:
        """Return where a value lies on the sheet."""
        return self.left + self.width * self.x.share(x), self.top + self.height * (1 - self.y.share(y))

    def curve(self, points: Sequence[Point], colour: str, marked: bool = True) -> None:
        """Draw a line through values, with a mark at each."""
        places = [self.at(*point) for point in points]
        self.sheet.line(places, colour, 2)
        for x, y in places if marked else ():
            self.sheet.box(x - 2.5, y - 2.5, x + 2.5, y + 2.5, colour)

    def histogram(self, edges: Sequence[float], heights: Sequence[float], colour: str, pale: str) -> None:
        """Draw a histogram, filled."""
        steps = [(edge, height) for i, height in enumerate(heights) for edge in edges[i : i + 2]]
        outline = [self.at(*step) for step in steps]
        self.sheet.area([self.at(edges[0], self.y.low), *outline, self.at(edges[-1], self.y.low)], pale)
        self.sheet.line(outline, colour, 1.5)

    def upright(self, x: float, colour: str) -> None:
        """Draw a line from bottom to top at a value."""
        self.sheet.line([self.at(x, self.y.low), self.at(x, self.y.high)], colour, 2)


def legend(sheet: Sheet, at: Point, entries: Sequence[tuple[str, str]], apart: float = 18) -> None:
    """Write names beside their colours, one below the other."""
    for number, (name, colour) in enumerate(entries):
        y = at[1] + number * apart
        sheet.box(at[0], y - 5, at[0] + 14, y + 5, colour)
        sheet.text((at[0] + 20, y), name, 12, anchor="lm")


def said(number: float) -> str:
    """Return a number as short as it can be said: 10k for 10,000."""
    if number >= 1_000:
        return f"{number / 1_000:g}k"
    return f"{number:g}"
