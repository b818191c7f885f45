"""A small paint box for the drawn sample photos: skies, hills, water, trees, people, light; Pillow and numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour: TypeAlias = tuple[int, int, int]
Heights: TypeAlias = NDArray[np.float64]

SCALE = 2
"""Shapes are drawn at twice the size and halved at the end, which makes their edges smooth."""
SKIN: tuple[Colour, ...] = ((247, 208, 176), (226, 172, 132), (176, 118, 82), (122, 78, 52))
CLOTHES: tuple[Colour, ...] = (
    (214, 76, 62),
    (52, 104, 160),
    (240, 184, 70),
    (70, 140, 110),
    (238, 236, 228),
    (120, 84, 140),
)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the colour between two: the first at 0, the other at 1."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(one, other, strict=True))
    return r, g, b


class Brush:
    """A picture being painted; x and y are shares of its width and height from the top left corner.

    Sizes (`r`, heights of trees and people) are shares of the height. The same generator state gives the same picture.
    """

    def __init__(self, rng: np.random.Generator, width: int = 1280, height: int = 960) -> None:
        self.rng = rng
        self.size = (width * SCALE, height * SCALE)
        self.image = Image.new("RGB", self.size)
        self.draw = ImageDraw.Draw(self.image)

    def near(self, value: float, by: float) -> float:
        """Return a number at most `by` away from `value`."""
        return float(self.rng.uniform(value - by, value + by))

    def pick(self, colours: Sequence[Colour]) -> Colour:
        """Return one of the colours."""
        return colours[int(self.rng.integers(len(colours)))]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return shares as pixels of the large picture."""
        return x * self.size[0], y * self.size[1]

    def gradient(self, stops: Sequence[Colour], top: float = 0.0, bottom: float = 1.0) -> None:
        """Fill the band from top to bottom with colours that run into each other."""
        column = Image.new("RGB", (1, len(stops)))
        column.putdata(list(stops))
        y0, y1 = round(top * self.size[1]), round(bottom * self.size[1])
        # The outer half of the first and last pixel would be flat: sample from centre to centre.
        box = (0, 0.5, 1, len(stops) - 0.5)
        self.image.paste(
            column.resize((1, y1 - y0), Image.Resampling.BILINEAR, box).resize((self.size[0], y1 - y0)), (0, y0)
        )

    def polygon(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        """Fill a shape."""
        self.draw.polygon([self.at(x, y) for x, y in points], fill=colour)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, round_by: float = 0.0) -> None:
        """Fill a rectangle, its corners rounded by a share of the height."""
        if x1 > x0 and y1 > y0:
            self.draw.rounded_rectangle([self.at(x0, y0), self.at(x1, y1)], round_by * self.size[1], fill=colour)

    def disc(self, x: float, y: float, r: float, colour: Colour, flat: float = 1.0) -> None:
        """Fill a circle, or an ellipse `flat` times as high as wide."""
        cx, cy = self.at(x, y)
        rx = r * self.size[1]
        self.draw.ellipse([cx - rx, cy - rx * flat, cx + rx, cy + rx * flat], fill=colour)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: float = 0.003) -> None:
        """Draw a line through points, `width` as a share of the height."""
        self.draw.line(
            [self.at(x, y) for x, y in points], fill=colour, width=max(1, round(width * self.size[1])), joint="curve"
        )

    def heights(self, base: float, swing: float, roughness: float = 0.5) -> Heights:
        """Return a skyline of hills: y for each of 257 steps from left to right, by halving the steps (midpoints)."""
        line = np.array([self.near(base, swing), self.near(base, swing)])
        while len(line) < 257:
            middle = (line[:-1] + line[1:]) / 2 + self.rng.uniform(-swing, swing, len(line) - 1)
            line = np.insert(line, np.arange(1, len(line)), middle)
            swing *= roughness
        return line

    def hills(self, base: float, swing: float, colour: Colour, roughness: float = 0.5) -> Heights:
        """Fill everything below a skyline of hills; return the skyline."""
        line = self.heights(base, swing, roughness)
        self.polygon([(0, 1), *((i / 256, float(y)) for i, y in enumerate(line)), (1, 1)], colour)
        return line

    def glow(self, x: float, y: float, r: float, colour: Colour, strength: float = 1.0) -> None:
        """Add light that fades with the distance from a point."""
        steps = np.linspace(-1, 1, 96)
        fall = np.clip(1 - np.hypot(*np.meshgrid(steps, steps)), 0, 1) ** 2 * strength
        lit = Image.fromarray(np.rint(np.minimum(fall, 1)[..., None] * np.array(colour)).astype(np.uint8))
        side = max(2, round(2 * r * self.size[1]))
        left, top = (round(v - side / 2) for v in self.at(x, y))
        area = (max(left, 0), max(top, 0), min(left + side, self.size[0]), min(top + side, self.size[1]))
        if area[0] >= area[2] or area[1] >= area[3]:
            return
        part = lit.resize(
            (area[2] - area[0], area[3] - area[1]), Image.Resampling.BILINEAR, _within(area, left, top, side)
        )
        self.image.paste(ImageChops.screen(self.image.crop(area), part), area[:2])

    def clouds(self, n: int, colour: Colour, top: float = 0.05, bottom: float = 0.4, solid: float = 0.75) -> None:
        """Paint soft clouds: drawn small, blurred, and laid over the sky."""
        small = (self.size[0] // 16, self.size[1] // 16)
        mask = Image.new("L", small)
        pen = ImageDraw.Draw(mask)
        for _ in range(n):
            cx, cy = float(self.rng.uniform(0, 1)) * small[0], float(self.rng.uniform(top, bottom)) * small[1]
            width = self.near(0.09, 0.05) * small[0]
            for _ in range(9):
                x, y = cx + self.near(0, 1) * width, cy - abs(self.near(0, 0.22)) * width
                r = self.near(0.32, 0.14) * width
                pen.ellipse([x - r, y - r * 0.55, x + r, y + r * 0.45], fill=round(255 * solid))
        mask = mask.filter(ImageFilter.GaussianBlur(2.2)).resize(self.size, Image.Resampling.BILINEAR)
        self.image.paste(colour, (0, 0, *self.size), mask)

    def water(self, top: float, bottom: float, near: Colour, clear: float = 0.55, ripples: int = 240) -> None:
        """Turn a band into water: the mirrored picture above it, tinted towards `near`, with ripples."""
        y0, y1 = round(top * self.size[1]), round(bottom * self.size[1])
        above = self.image.crop((0, max(0, 2 * y0 - y1), self.size[0], y0)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        small = above.resize((self.size[0] // 8, max(1, above.size[1] // 24)), Image.Resampling.BOX)
        mirrored = small.resize((self.size[0], y1 - y0), Image.Resampling.BICUBIC)
        shade = (
            Image.linear_gradient("L").resize(mirrored.size).point(lambda v: round(255 * (1 - clear) + v * clear * 0.8))
        )
        self.image.paste(Image.composite(Image.new("RGB", mirrored.size, near), mirrored, shade), (0, y0))
        for depth in np.sort(self.rng.uniform(0, 1, ripples) ** 1.5):
            y = top + (bottom - top) * float(depth)
            x, length = float(self.rng.uniform(-0.05, 1)), 0.012 + 0.07 * float(depth) * float(self.rng.uniform(0.3, 1))
            under = self._pixel(x + length / 2, y)
            tint = mix(under, (255, 255, 255), 0.16) if self.rng.random() < 0.6 else mix(under, (0, 10, 30), 0.14)
            self.line([(x, y), (x + length, y)], tint, 0.0012 + 0.003 * float(depth))

    def _pixel(self, x: float, y: float) -> Colour:
        px, py = self.at(min(max(x, 0), 0.999), min(max(y, 0), 0.999))
        found = self.image.getpixel((int(px), int(py)))
        r, g, b = found if isinstance(found, tuple) else (0, 0, 0)
        return int(r), int(g), int(b)

    def leaves(self, x: float, y: float, r: float, colour: Colour) -> None:
        """Paint a round crown of leaves, darker below and lighter above."""
        for step, light in enumerate(np.linspace(-0.35, 0.3, 34)):
            angle, far = self.rng.uniform(0, 2 * np.pi), float(np.sqrt(self.rng.random())) * r * 0.75
            tint = mix(colour, (255, 244, 190), float(light)) if light > 0 else mix(colour, (10, 30, 30), -float(light))
            lift = (0.5 - step / 34) * r * 0.5
            wide = self.size[1] / self.size[0]
            self.disc(
                x + float(np.cos(angle)) * far * wide, y + float(np.sin(angle)) * far * 0.8 + lift, r * 0.42, tint
            )

    def tree(self, x: float, foot: float, height: float, colour: Colour) -> None:
        """Paint a leafy tree."""
        self.polygon([(x - 0.012 * height, foot), (x + 0.012 * height, foot), (x, foot - height * 0.7)], (84, 62, 48))
        self.box(x - 0.02 * height, foot - height * 0.5, x + 0.02 * height, foot, (84, 62, 48))
        self.leaves(x, foot - height * 0.68, height * 0.33, colour)

    def fir(self, x: float, foot: float, height: float, colour: Colour) -> None:
        """Paint a fir: layers that grow narrower."""
        for i in range(6):
            low, half = foot - height * i * 0.15, height * 0.2 * (1 - i * 0.15)
            tint = mix(colour, (255, 255, 255), i * 0.025)
            self.polygon([(x - half, low), (x + half, low), (x, low - height * 0.3)], tint)

    def person(self, x: float, foot: float, height: float, clothes: Colour | None = None) -> None:
        """Paint somebody as a simple figure without a face, standing."""
        wide = height * self.size[1] / self.size[0]
        skin, top = self.pick(SKIN), clothes or self.pick(CLOTHES)
        hair = self.pick(((52, 36, 28), (120, 80, 44), (208, 170, 104), (30, 28, 30)))
        legs = self.pick(((44, 52, 72), (92, 80, 66), (60, 60, 64)))
        self.box(x - wide * 0.09, foot - height * 0.42, x - wide * 0.01, foot, legs, height * 0.03)
        self.box(x + wide * 0.01, foot - height * 0.42, x + wide * 0.09, foot, legs, height * 0.03)
        self.box(
            x - wide * 0.17,
            foot - height * 0.78,
            x - wide * 0.1,
            foot - height * 0.42,
            mix(top, (0, 0, 0), 0.12),
            height * 0.035,
        )
        self.box(
            x + wide * 0.1,
            foot - height * 0.78,
            x + wide * 0.17,
            foot - height * 0.42,
            mix(top, (0, 0, 0), 0.12),
            height * 0.035,
        )
        self.box(x - wide * 0.12, foot - height * 0.81, x + wide * 0.12, foot - height * 0.36, top, height * 0.06)
        self.disc(x, foot - height * 0.91, height * 0.085, hair, 1.08)
        self.disc(x, foot - height * 0.895, height * 0.068, skin, 1.1)
        self.disc(x, foot - height * 0.95, height * 0.066, hair, 0.55)

    def finish(self, warmth: float = 0.0, light: float = 1.0) -> Image.Image:
        """Return the picture at its real size, with the grain, the dark corners and the colour cast of a camera."""
        small = self.image.reduce(SCALE)
        width, height = small.size
        cast = np.array([1 + 0.08 * warmth, 1 + 0.015 * warmth, 1 - 0.09 * warmth], np.float32)
        pixels = np.asarray(small, np.float32) * (cast * light)
        pixels *= _corners(width, height)[..., None]
        pixels += self.rng.standard_normal((height, width, 1), np.float32) * 2.4
        return Image.fromarray(np.clip(pixels, 0, 255, out=pixels).astype(np.uint8))


@cache
def _corners(width: int, height: int) -> NDArray[np.float32]:
    """Return how much light reaches each pixel through a lens: less towards the corners."""
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    return (1 - 0.08 * (x * x + y * y) ** 1.4).astype(np.float32)


def _within(area: tuple[int, int, int, int], left: int, top: int, side: int) -> tuple[float, float, float, float]:
    """Return which part of a 96 px glow covers the visible area of its square."""
    x0, y0, x1, y1 = ((v - o) * 96 / side for v, o in zip(area, (left, top, left, top), strict=True))
    return x0, y0, x1, y1
