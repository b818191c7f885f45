"""Scenes at home for the drawn sample photos: birthday, dinner, and the small things of every day."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from plugins.sample._brush import CLOTHES, Brush, Colour, mix
from plugins.sample._scenes import LIGHTS, open_sky, shade

PARTY: tuple[Colour, ...] = (
    (226, 78, 84),
    (250, 190, 66),
    (72, 150, 200),
    (120, 186, 120),
    (240, 140, 170),
    (150, 110, 190),
)


def _room(b: Brush, wall: Colour, floor: Colour, skirting: float = 0.72) -> None:
    """Paint a wall that is brighter towards its middle, and a floor."""
    b.gradient((mix(wall, (40, 30, 40), 0.14), wall, mix(wall, (40, 30, 40), 0.08)), 0, skirting)
    b.gradient((mix(floor, (30, 20, 20), 0.25), floor), skirting, 1)
    b.box(0, skirting - 0.018, 1, skirting, mix(wall, (255, 255, 255), 0.55))


def _window(b: Brush, x0: float, y0: float, x1: float, y1: float, sky: Colour, snow: bool = False) -> None:
    """Paint a window with four panes."""
    b.box(x0 - 0.014, y0 - 0.018, x1 + 0.014, y1 + 0.022, (248, 246, 240), 0.006)
    b.box(x0, y0, x1, y1, sky)
    b.box(x0, y1 - (y1 - y0) * 0.26, x1, y1, mix(sky, (60, 90, 70), 0.5))
    for _ in range(60 if snow else 0):
        b.disc(float(b.rng.uniform(x0, x1)), float(b.rng.uniform(y0, y1)), 0.0035, (250, 250, 255))
    b.box((x0 + x1) / 2 - 0.005, y0, (x0 + x1) / 2 + 0.005, y1, (248, 246, 240))
    b.box(x0, (y0 + y1) / 2 - 0.007, x1, (y0 + y1) / 2 + 0.007, (248, 246, 240))


def _bunting(b: Brush, y: float) -> None:
    """Paint a garland of flags."""
    sag = b.near(0.07, 0.02)
    rope = [(t, y + sag * (1 - (2 * t - 1) ** 2)) for t in np.linspace(-0.02, 1.02, 27).tolist()]
    b.line(rope, (240, 236, 228), 0.003)
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(rope)):
        b.polygon([(x0 + 0.003, y0), (x1 - 0.003, y1), ((x0 + x1) / 2, (y0 + y1) / 2 + 0.075)], PARTY[i % len(PARTY)])


def _balloon(b: Brush, x: float, y: float, r: float) -> None:
    """Paint a balloon with its string and a highlight."""
    tint = b.pick(PARTY)
    b.line(
        [(x, y + r), (x + b.near(0, 0.012), y + r + 0.12), (x + b.near(0, 0.02), y + r + 0.24)], (230, 226, 220), 0.002
    )
    b.disc(x, y, r, tint, 1.18)
    b.polygon([(x - 0.008, y + r * 1.25), (x + 0.008, y + r * 1.25), (x, y + r * 1.12)], mix(tint, (0, 0, 0), 0.15))
    b.glow(x - r * 0.25, y - r * 0.42, r * 0.7, (200, 196, 186), 0.8)


def _cake(b: Brush, x: float, foot: float, size: float, candles: int) -> None:
    """Paint a cake on a stand: layers, icing that runs down, berries, burning candles."""
    wide, cream = size * 0.62, (252, 240, 222)
    layers = (b.pick(((232, 150, 160), (140, 88, 60), (250, 214, 140))), cream)
    b.disc(x, foot + size * 0.04, size * 1.0, (226, 222, 214), 0.13)
    b.disc(x, foot + size * 0.02, size * 0.98, (250, 248, 242), 0.12)
    for i in range(4):
        y = foot - size * 0.13 * i
        b.box(x - wide, y - size * 0.15, x + wide, y, layers[i % 2], size * 0.03)
    top = foot - size * 0.54
    b.disc(x, top, wide * b.size[0] / b.size[1], cream, 0.14)
    for i in range(12):
        dx = x - wide + wide * 2 * (i + 0.5) / 12
        b.box(dx - wide * 0.075, top, dx + wide * 0.075, top + size * b.near(0.13, 0.07), cream, size * 0.04)
    for i in range(9):
        b.disc(
            x - wide * 0.86 + wide * 1.72 * i / 8,
            top - size * 0.035 + b.near(0, size * 0.015),
            size * 0.05,
            (200, 44, 60),
        )
    for i in range(candles):
        cx = x - wide * 0.68 + wide * 1.36 * (i + 0.5) / candles
        b.box(
            cx - 0.004 - size * 0.008,
            top - size * 0.34,
            cx + 0.004 + size * 0.008,
            top - size * 0.04,
            PARTY[i % len(PARTY)],
        )
        _flame(b, cx, top - size * 0.4, size * 0.06)


def _flame(b: Brush, x: float, y: float, r: float) -> None:
    """Paint a candle flame and its light."""
    b.disc(x, y, r * 0.55, (255, 188, 70), 1.9)
    b.disc(x, y + r * 0.25, r * 0.3, (255, 246, 200), 1.7)
    b.glow(x, y, r * 6, (255, 176, 90), 0.75)


def _table(b: Brush, y: float, cloth: Colour) -> None:
    """Paint a table across the picture."""
    b.polygon([(-0.05, 1), (0.04, y), (0.96, y), (1.05, 1)], cloth)
    b.polygon(
        [(-0.05, 1), (0.04, y), (0.96, y), (0.966, y + 0.02), (0.034, y + 0.02)], mix(cloth, (255, 255, 255), 0.35)
    )


def _present(b: Brush, x: float, foot: float, size: float) -> None:
    """Paint a wrapped present with a ribbon and a bow."""
    paper, ribbon = b.pick(PARTY), b.pick(((252, 244, 226), (252, 226, 130), (214, 60, 70)))
    wide = size * 0.75
    b.box(x - wide / 2, foot - size * 0.8, x + wide / 2, foot, paper, 0.006)
    b.box(x - wide * 0.08, foot - size * 0.8, x + wide * 0.08, foot, ribbon)
    b.box(x - wide / 2, foot - size * 0.48, x + wide / 2, foot - size * 0.36, ribbon)
    for side in (-1, 1):
        b.disc(x + side * wide * 0.16, foot - size * 0.86, size * 0.12, ribbon, 0.7)
        b.disc(x + side * wide * 0.16, foot - size * 0.86, size * 0.06, paper, 0.6)


def birthday(b: Brush, _light: str) -> None:
    """Paint a birthday table with cake, flags, balloons and guests."""
    _room(b, b.pick(((250, 226, 196), (214, 230, 228), (248, 218, 206))), (176, 130, 92))
    if b.rng.random() < 0.6:
        _window(b, 0.36, 0.2, 0.64, 0.55, (176, 214, 240))
        b.glow(0.5, 0.35, 0.8, (90, 84, 60), 0.7)
    _bunting(b, b.near(0.08, 0.02))
    for _ in range(int(b.rng.integers(3, 7))):
        _balloon(
            b, float(b.rng.choice([b.near(0.12, 0.1), b.near(0.88, 0.1)])), b.near(0.3, 0.12), b.near(0.075, 0.015)
        )
    for i in range(int(b.rng.integers(1, 5))):
        b.person(0.2 + 0.2 * i + b.near(0, 0.04), 0.98, b.near(0.64, 0.08), b.pick(CLOTHES))
    _table(b, 0.74, (250, 246, 240))
    _cake(b, b.near(0.5, 0.1), 0.85, b.near(0.26, 0.03), int(b.rng.integers(4, 8)))
    for x in (b.near(0.17, 0.05), b.near(0.83, 0.05)):
        _present(b, x, b.near(0.92, 0.03), b.near(0.17, 0.03))


def cake(b: Brush, _light: str) -> None:
    """Paint a cake close up by candle light."""
    b.gradient(((52, 34, 44), (96, 58, 54), (64, 40, 40)))
    for _ in range(26):
        b.glow(float(b.rng.random()), b.near(0.28, 0.26), b.near(0.07, 0.03), b.pick(PARTY), 0.55)
    _table(b, 0.76, (126, 84, 62))
    _cake(b, b.near(0.5, 0.03), 0.9, b.near(0.5, 0.05), int(b.rng.integers(5, 9)))


def garden(b: Brush, name: str) -> None:
    """Paint a garden party: trees, lawn, flags, guests."""
    light = LIGHTS[name]
    open_sky(b, light, 0.6)
    for i in range(9):
        b.leaves(i / 8, b.near(0.5, 0.05), b.near(0.16, 0.04), shade((70, 128, 70), light, 0.12))
    b.gradient((shade((96, 160, 76), light), shade((130, 186, 88), light)), 0.6, 1)
    for _ in range(90):
        b.disc(
            float(b.rng.random()), b.near(0.8, 0.19), 0.0035, b.pick(((250, 250, 240), (250, 220, 90), (226, 120, 150)))
        )
    b.tree(b.near(0.1, 0.05), 0.8, b.near(0.66, 0.06), shade((62, 118, 62), light))
    _bunting(b, 0.2)
    for i in range(int(b.rng.integers(2, 6))):
        b.person(0.26 + 0.13 * i + b.near(0, 0.03), b.near(0.86, 0.05), b.near(0.36, 0.05))
    for _ in range(3):
        _balloon(b, b.near(0.8, 0.15), b.near(0.36, 0.1), 0.055)


def dinner(b: Brush, _light: str) -> None:
    """Paint a table laid for dinner by candle light."""
    _room(b, b.pick(((112, 66, 56), (66, 74, 84), (92, 74, 58))), (70, 46, 38), 0.66)
    _window(b, 0.07, 0.12, 0.29, 0.48, (22, 30, 62), snow=True)
    if b.rng.random() < 0.6:
        _christmas_tree(b, b.near(0.84, 0.04), 0.74, 0.6)
    for i in range(int(b.rng.integers(2, 5))):
        b.person(0.3 + 0.15 * i + b.near(0, 0.02), 0.98, b.near(0.62, 0.06))
    _table(b, 0.7, b.pick(((240, 230, 214), (150, 44, 48), (58, 84, 74))))
    for x, y in ((0.2, 0.86), (0.5, 0.9), (0.8, 0.86), (0.35, 0.78), (0.65, 0.78)):
        _place_setting(b, x + b.near(0, 0.02), y, 0.09 + (y - 0.7) * 0.2)
    for x in (0.42, 0.5, 0.58):
        high = b.near(0.16, 0.03)
        b.box(x - 0.008, 0.8 - high, x + 0.008, 0.8, (250, 240, 220), 0.004)
        _flame(b, x, 0.785 - high, 0.022)
    b.glow(0.5, 0.6, 1.1, (120, 66, 26), 0.8)


def _place_setting(b: Brush, x: float, y: float, r: float) -> None:
    """Paint a plate with food and a glass of wine."""
    b.disc(x, y, r, (250, 248, 244), 0.42)
    b.disc(x, y, r * 0.72, (232, 228, 220), 0.42)
    for _ in range(6):
        tint = b.pick(((182, 72, 50), (102, 142, 62), (236, 190, 92), (150, 96, 60)))
        b.disc(x + b.near(0, r * 0.25), y + b.near(0, r * 0.1), r * 0.17, tint, 0.6)
    gx, foot = x + r * 0.95, y - r * 0.1
    b.line([(gx, foot), (gx, foot - r * 0.6)], (236, 232, 230), 0.004)
    b.disc(gx, foot, r * 0.2, (236, 232, 230), 0.3)
    b.disc(gx, foot - r * 0.85, r * 0.26, (150, 28, 52), 1.2)
    b.disc(gx, foot - r * 1.06, r * 0.22, (238, 226, 226), 0.55)


def _christmas_tree(b: Brush, x: float, foot: float, height: float) -> None:
    """Paint a decorated fir with lights."""
    b.fir(x, foot, height, (34, 84, 58))
    for _ in range(30):
        up = float(b.rng.random()) ** 1.4
        bx, by = x + b.near(0, 0.15) * (1 - up), foot - height * up
        b.disc(bx, by, 0.0085, b.pick(((240, 196, 84), (206, 50, 54), (240, 236, 226))))
        b.glow(bx, by, 0.05, (255, 196, 110), 0.55)
    b.disc(x, foot - height * 1.06, 0.016, (255, 226, 120))
    b.glow(x, foot - height * 1.06, 0.1, (255, 220, 130))


def christmas_tree(b: Brush, _light: str) -> None:
    """Paint a Christmas tree with presents."""
    _room(b, (104, 66, 58), (84, 54, 42), 0.8)
    _window(b, 0.06, 0.14, 0.28, 0.52, (22, 30, 62), snow=True)
    _christmas_tree(b, b.near(0.56, 0.05), 0.88, 0.76)
    for _ in range(6):
        _present(b, b.near(0.56, 0.3), b.near(0.94, 0.03), b.near(0.15, 0.04))
    b.glow(0.56, 0.5, 1.0, (110, 66, 30), 0.7)


def desk(b: Brush, _light: str) -> None:
    """Paint a plant and a cup of coffee beside a window."""
    _room(b, b.pick(((222, 228, 222), (236, 226, 212), (206, 218, 228))), (170, 132, 96), 0.76)
    _window(b, 0.52, 0.1, 0.9, 0.58, b.pick(((180, 216, 240), (206, 214, 222), (250, 208, 160))))
    b.glow(0.7, 0.35, 0.9, (90, 84, 64), 0.7)
    x = b.near(0.28, 0.06)
    for angle in np.linspace(-1.2, 1.2, 13):
        tip = (x + float(np.sin(angle)) * 0.19, 0.62 - float(np.cos(angle)) * b.near(0.34, 0.06))
        b.line([(x, 0.68), ((x + tip[0]) / 2, (0.6 + tip[1]) / 2 - 0.04), tip], (58, 120, 74), 0.014)
        b.disc(*tip, 0.03, mix((70, 140, 84), (220, 230, 150), float(b.rng.random()) * 0.4), 1.5)
    b.polygon(
        [(x - 0.075, 0.66), (x + 0.075, 0.66), (x + 0.055, 0.83), (x - 0.055, 0.83)],
        b.pick(((196, 104, 70), (90, 110, 130))),
    )
    _table(b, 0.8, (184, 142, 100))
    cx = b.near(0.62, 0.06)
    b.disc(cx, 0.9, 0.12, (246, 244, 238), 0.3)
    b.box(cx - 0.055, 0.79, cx + 0.055, 0.9, b.pick(PARTY), 0.035)
    b.disc(cx, 0.795, 0.072, (92, 58, 40), 0.28)


def cat(b: Brush, _light: str) -> None:
    """Paint a cat on a window sill, seen from behind."""
    _room(b, (226, 214, 196), (150, 112, 84), 0.86)
    sky = b.pick(((168, 208, 238), (244, 190, 140), (196, 206, 214)))
    _window(b, 0.2, 0.08, 0.84, 0.72, sky)
    b.glow(0.5, 0.3, 0.8, (80, 76, 60), 0.6)
    b.box(0.14, 0.74, 0.9, 0.79, (250, 246, 238), 0.006)
    x, fur = b.near(0.46, 0.1), b.pick(((66, 58, 56), (214, 140, 72), (120, 112, 108)))
    b.line([(x + 0.07, 0.72), (x + 0.14, 0.8), (x + 0.12, 0.92), (x + 0.16, 0.95)], fur, 0.026)
    b.disc(x, 0.6, 0.13, fur, 1.15)
    b.disc(x, 0.4, 0.085, fur)
    for side in (-1, 1):
        b.polygon([(x + side * 0.06, 0.38), (x + side * 0.018, 0.33), (x + side * 0.05, 0.27)], fur)
    for i in range(4):
        b.line([(x - 0.03, 0.52 + 0.045 * i), (x + 0.03, 0.52 + 0.045 * i)], mix(fur, (0, 0, 0), 0.25), 0.012)


def snowman(b: Brush, name: str) -> None:
    """Paint a snowman in the garden."""
    light = LIGHTS[name]
    open_sky(b, light, 0.7)
    for i in range(10):
        b.fir(i / 9 + b.near(0, 0.03), 0.66, b.near(0.3, 0.08), shade((80, 116, 110), light, 0.3))
    b.hills(0.64, 0.02, shade((240, 244, 250), light))
    x = b.near(0.5, 0.12)
    for y, r in ((0.8, 0.16), (0.57, 0.115), (0.4, 0.08)):
        b.disc(x, y, r, shade((250, 252, 255), light))
        b.glow(x - r * 0.2, y - r * 0.3, r * 0.9, (60, 60, 50), 0.5)
    b.polygon([(x, 0.39), (x, 0.415), (x + 0.065, 0.41)], (232, 130, 50))
    for dx in (-0.02, 0.02):
        b.disc(x + dx, 0.375, 0.009, (40, 40, 44))
    b.box(x - 0.075, 0.312, x + 0.075, 0.334, (44, 44, 52))
    b.box(x - 0.05, 0.22, x + 0.05, 0.32, (44, 44, 52))
    b.box(x - 0.062, 0.466, x + 0.062, 0.5, (200, 54, 54), 0.012)
    for _ in range(140):
        b.disc(float(b.rng.random()), float(b.rng.random()), b.near(0.004, 0.002), (250, 252, 255))
