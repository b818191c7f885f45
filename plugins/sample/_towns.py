"""Scenes in towns for the drawn sample photos: houses, a tram, tiles, a palace, a skyline, a big wheel."""

from __future__ import annotations

import numpy as np

from plugins.sample._brush import Brush, Colour, mix
from plugins.sample._scenes import LIGHTS, Light, glitter, mountains, open_sky, shade

HOUSES: tuple[Colour, ...] = (
    *((244, 222, 186), (240, 200, 170), (226, 160, 130), (250, 240, 220)),
    *((206, 220, 222), (236, 206, 120), (222, 178, 176), (190, 208, 190)),
)
ROOF: Colour = (190, 92, 58)
_TOWERS: tuple[tuple[Colour, float, float], ...] = (
    ((238, 190, 78), 0.13, 0.17),
    ((198, 74, 60), 0.09, 0.3),
    ((240, 200, 104), 0.15, 0.2),
    ((198, 74, 60), 0.11, 0.14),
)


def house(b: Brush, x: float, foot: float, wide: float, high: float, light: Light, roof: bool = True) -> None:
    """Paint a town house: wall, rows of windows (some lit after dark), a tiled roof."""
    wall = shade(b.pick(HOUSES), light)
    b.box(x, foot - high, x + wide, foot, wall)
    b.box(x + wide * 0.8, foot - high, x + wide, foot, mix(wall, (40, 30, 50), 0.12))
    if roof:
        tile = shade(mix(ROOF, (120, 70, 60), float(b.rng.random()) * 0.5), light)
        b.polygon(
            [
                (x - 0.006, foot - high),
                (x + wide + 0.006, foot - high),
                (x + wide * 0.82, foot - high - wide * 0.42),
                (x + wide * 0.18, foot - high - wide * 0.42),
            ],
            tile,
        )
    n_across, n_up = max(1, round(wide / 0.032)), max(1, round(high / 0.075))
    for i in range(n_across):
        for j in range(n_up):
            lit = light.lamps and b.rng.random() < 0.5
            pane: Colour = (255, 214, 128) if lit else shade((92, 108, 124), light)
            cx, cy = x + wide * (i + 0.5) / n_across, foot - high * (j + 0.5) / n_up
            b.box(cx - 0.0085, cy - 0.022, cx + 0.0085, cy + 0.018, mix(wall, (255, 255, 255), 0.45))
            b.box(cx - 0.0065, cy - 0.018, cx + 0.0065, cy + 0.016, pane)


def palace(b: Brush, name: str) -> None:
    """Paint a palace with yellow and red towers on a wooded hill."""
    light = LIGHTS[name]
    open_sky(b, light, 0.75)
    mountains(b, light, 0.8, ((96, 128, 150), (84, 124, 112)), 0.14)
    for i, (tint, wide, high) in enumerate(_TOWERS):
        x = 0.3 + 0.13 * i + b.near(0, 0.012)
        _tower(b, x, 0.64, wide, high + b.near(0, 0.03), shade(tint, light), light)
    for _ in range(46):
        x = float(b.rng.random())
        hill = 0.62 + 1.5 * (x - 0.5) ** 2
        b.leaves(x, hill + b.near(0.1, 0.08), b.near(0.09, 0.025), shade((62, 108, 62), light, b.near(0.1, 0.08)))
    b.hills(0.9, 0.03, shade((44, 80, 52), light))
    for _ in range(int(b.rng.integers(0, 3))):
        b.person(b.near(0.5, 0.25), b.near(0.98, 0.02), 0.24)


def _tower(b: Brush, x: float, foot: float, wide: float, high: float, tint: Colour, light: Light) -> None:
    """Paint a tower with battlements, windows, and a dome or a flag."""
    b.box(x, foot - high, x + wide, foot + 0.2, tint)
    b.box(x + wide * 0.72, foot - high, x + wide, foot + 0.2, mix(tint, (50, 20, 40), 0.18))
    for i in range(5):
        b.box(x + wide * (i * 0.21), foot - high - 0.022, x + wide * (i * 0.21 + 0.12), foot - high, tint)
    if b.rng.random() < 0.6:
        b.disc(x + wide / 2, foot - high - 0.012, wide * 0.42, mix(tint, (255, 250, 220), 0.25), 1.05)
        b.line(
            [(x + wide / 2, foot - high - 0.02), (x + wide / 2, foot - high - wide * 0.85)],
            shade((80, 60, 50), light),
            0.004,
        )
    for i in range(2):
        b.box(
            x + wide * (0.2 + 0.36 * i),
            foot - high * 0.7,
            x + wide * (0.36 + 0.36 * i),
            foot - high * 0.4,
            shade((70, 60, 80), light),
            0.02,
        )


def hill_town(b: Brush, name: str) -> None:
    """Paint pastel houses that climb a hill above a river with a red bridge."""
    light = LIGHTS[name]
    x = open_sky(b, light, 0.5)
    b.hills(0.42, 0.02, shade((104, 124, 140), light, 0.45))
    b.water(0.44, 0.66, shade((48, 110, 140), light), 0.5, 120)
    if light.sun_y > 0.3:
        glitter(b, x, 0.45, 0.6, light)
    if b.rng.random() < 0.7:
        _bridge(b, light)
    lean = b.near(0, 0.22)
    for row in range(7):
        foot = 0.66 + row * 0.075
        for i in range(-1, 13):
            hx = i * 0.085 + b.near(0, 0.02) + (row % 2) * 0.04
            house(b, hx, foot + lean * (0.5 - hx), b.near(0.082, 0.016), b.near(0.12, 0.04), light)


def _bridge(b: Brush, light: Light) -> None:
    """Paint a suspension bridge across the river."""
    red, deck = shade((192, 62, 48), light, 0.12), 0.43
    for x in (0.3, 0.74):
        b.box(x - 0.006, 0.27, x + 0.006, 0.5, red)
    b.box(0, deck, 1, deck + 0.009, red)
    for a, z in ((-0.14, 0.3), (0.3, 0.74), (0.74, 1.18)):
        curve = [(a + (z - a) * t, 0.275 + 0.145 * (1 - (2 * t - 1) ** 2)) for t in np.linspace(0, 1, 25).tolist()]
        b.line(curve, red, 0.004)
        for px, y in curve[1:-1]:
            b.line([(px, y), (px, deck)], red, 0.0015)


def tram_street(b: Brush, name: str) -> None:
    """Paint a steep street between houses with a yellow tram."""
    light = LIGHTS[name]
    open_sky(b, light, 0.7)
    for i in range(5):
        for side in (0, 1):
            wide, foot = 0.2 - 0.03 * i, 1.02 - 0.085 * i
            hx = 0.145 * i - 0.12 if side == 0 else 1.12 - 0.145 * i - wide
            hx = min(hx, 0.42 - wide) if side == 0 else max(hx, 0.58)
            house(b, hx, foot, wide, b.near(0.62, 0.06) - 0.085 * i, light)
    stone = shade((150, 144, 138), light)
    b.polygon([(-0.05, 1), (1.05, 1), (0.585, 0.66), (0.415, 0.66)], stone)
    for x in (0.2, 0.42, 0.58, 0.8):
        b.line([(x, 1), (0.5 + (x - 0.5) * 0.2, 0.66)], mix(stone, (40, 40, 50), 0.55), 0.005)
    size = b.near(1.0, 0.15)
    _tram(b, b.near(0.5, 0.06), 0.93, size, light)
    for x in (0.12, 0.88):
        if b.rng.random() < 0.7:
            b.person(x + b.near(0, 0.04), b.near(0.97, 0.02), 0.26)


def _tram(b: Brush, x: float, foot: float, size: float, light: Light) -> None:
    """Paint a small yellow tram from the front."""
    yellow, cream = shade((244, 186, 44), light), shade((250, 244, 226), light)
    half, top = 0.1 * size, foot - 0.42 * size
    b.box(x - half, top, x + half, foot, yellow, 0.02)
    b.box(x - half, top, x + half, top + 0.17 * size, cream, 0.02)
    pane: Colour = (255, 226, 150) if light.lamps else shade((96, 124, 146), light)
    for i in range(3):
        left = x - half * 0.86 + half * 0.6 * i
        b.box(left, top + 0.05 * size, left + half * 0.52, top + 0.19 * size, pane, 0.008)
    b.box(x - half * 0.5, top - 0.012, x + half * 0.5, top + 0.026, shade((40, 40, 44), light), 0.01)
    b.disc(x, foot - 0.12 * size, 0.026 * size, shade((255, 250, 226), light))
    b.glow(x, foot - 0.12 * size, 0.14 * size, (255, 236, 170), 0.9 if light.lamps else 0.35)
    b.box(x - half * 1.04, foot - 0.03, x + half * 1.04, foot, shade((60, 54, 52), light), 0.006)


def tiles(b: Brush, name: str) -> None:
    """Paint a wall of blue and white tiles, close up."""
    light, n = LIGHTS[name], int(b.rng.integers(4, 7))
    blue, white = shade(b.pick(((38, 84, 160), (28, 104, 150), (52, 70, 150))), light), shade((244, 244, 236), light)
    gold = shade((226, 176, 72), light)
    step, tall, petals = 1 / n, 1 / n * b.size[0] / b.size[1], int(b.rng.integers(2, 4)) * 4
    for i in range(n):
        for j in range(n):
            x, y, r = (i + 0.5) * step, (j + 0.5) * tall, tall * 0.5
            b.box(
                i * step,
                j * tall,
                (i + 1) * step,
                (j + 1) * tall,
                mix(white, (90, 110, 150), float(b.rng.random()) * 0.12),
            )
            for cx, cy in ((i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1)):
                b.disc(cx * step, cy * tall, r * 0.36, blue)
                b.disc(cx * step, cy * tall, r * 0.26, white)
                b.disc(cx * step, cy * tall, r * 0.13, gold)
            for k in range(petals):
                angle = 2 * np.pi * k / petals
                b.disc(x + float(np.cos(angle)) * step * 0.25, y + float(np.sin(angle)) * tall * 0.25, r * 0.17, blue)
            b.disc(x, y, r * 0.27, blue)
            b.disc(x, y, r * 0.17, white)
            b.disc(x, y, r * 0.08, gold)
    for i in range(n + 1):
        b.line([(i * step, 0), (i * step, 1)], shade((176, 176, 170), light), 0.004)
        b.line([(0, i * tall), (1, i * tall)], shade((176, 176, 170), light), 0.004)
    b.glow(b.near(0.5, 0.4), 0.1, 1.0, (120, 100, 70), 0.5)


def skyline(b: Brush, name: str) -> None:
    """Paint a city with a tall spire, domes and roofs."""
    light = LIGHTS[name]
    open_sky(b, light, 0.82)
    b.hills(0.62, 0.03, shade((110, 128, 140), light, 0.5))
    far = shade((150, 140, 136), light, 0.45)
    for _ in range(26):
        x, high = float(b.rng.random()), b.near(0.1, 0.05)
        b.box(x, 0.72 - high, x + b.near(0.05, 0.02), 0.9, mix(far, light.sky[-1], float(b.rng.random()) * 0.3))
    _spire(b, b.near(0.5, 0.2), light)
    _dome(b, b.near(0.5, 0.38), 0.6, b.near(0.085, 0.02), light)
    for row in range(4):
        for i in range(-1, 9):
            house(b, i * 0.125 + b.near(0, 0.03), 0.8 + row * 0.09, b.near(0.12, 0.02), b.near(0.14, 0.035), light)


def _spire(b: Brush, x: float, light: Light) -> None:
    """Paint a cathedral: a steep spire and a roof with a zigzag pattern."""
    stone = shade((120, 106, 96), light, 0.08)
    b.polygon([(x - 0.026, 0.75), (x - 0.022, 0.36), (x, 0.1), (x + 0.022, 0.36), (x + 0.026, 0.75)], stone)
    b.polygon([(x + 0.004, 0.75), (x, 0.1), (x + 0.022, 0.36), (x + 0.026, 0.75)], mix(stone, (30, 20, 40), 0.22))
    for y in (0.34, 0.44, 0.54):
        for side in (-1, 1):
            b.polygon([(x + side * 0.03, y + 0.05), (x + side * 0.02, y + 0.05), (x + side * 0.025, y - 0.02)], stone)
    b.polygon([(x + 0.026, 0.72), (x + 0.24, 0.72), (x + 0.22, 0.5), (x + 0.04, 0.5)], shade((196, 186, 150), light))
    for i in range(7):
        left = x + 0.046 + 0.025 * i
        b.line([(left, 0.68), (left + 0.0125, 0.54), (left + 0.025, 0.68)], shade((60, 96, 90), light), 0.009)


def _dome(b: Brush, x: float, y: float, r: float, light: Light) -> None:
    """Paint a green copper dome with a lantern."""
    copper = shade((104, 160, 144), light, 0.1)
    b.box(x - r * 0.8, y, x + r * 0.8, 0.85, shade((230, 218, 196), light, 0.1))
    b.disc(x, y, r, copper, 1.15)
    b.box(x - r * 0.12, y - r * 1.6, x + r * 0.12, y - r, shade((230, 218, 196), light, 0.1))
    b.disc(x, y - r * 1.62, r * 0.17, copper)
    b.glow(x - r * 0.3, y - r * 0.5, r * 0.8, (120, 130, 110), 0.6 - light.dark * 0.6)


def ferris_wheel(b: Brush, name: str) -> None:
    """Paint a big wheel with red cabins above trees."""
    light = LIGHTS[name]
    open_sky(b, light, 0.95)
    x, y, r = b.near(0.5, 0.12), 0.42, 0.33
    steel, wide = shade((108, 100, 104), light), b.size[1] / b.size[0]
    turn = float(b.rng.random())
    for side in (-1, 1):
        b.line([(x, y), (x + side * 0.13, 0.95)], steel, 0.011)
    rim = [(x + r * wide * float(np.cos(a)), y + r * float(np.sin(a))) for a in np.linspace(0, 2 * np.pi, 97)]
    b.line(rim, steel, 0.007)
    b.line([(x + (px - x) * 0.9, y + (py - y) * 0.9) for px, py in rim], steel, 0.004)
    for k in range(15):
        angle = 2 * np.pi * (k + turn) / 15
        px, py = x + r * wide * float(np.cos(angle)), y + r * float(np.sin(angle))
        b.line([(x, y), (px, py)], steel, 0.002)
        b.box(px - 0.021, py - 0.012, px + 0.021, py + 0.04, shade((196, 58, 50), light), 0.008)
        b.box(
            px - 0.016,
            py - 0.002,
            px + 0.016,
            py + 0.016,
            (255, 224, 150) if light.lamps else shade((220, 226, 230), light),
        )
        if light.lamps:
            b.glow(px, py, 0.07, (255, 190, 110), 0.7)
    for i in range(16):
        b.leaves(i / 15, b.near(0.95, 0.03), b.near(0.13, 0.03), shade((66, 112, 66), light))
    for _ in range(int(b.rng.integers(0, 4))):
        b.person(b.near(0.5, 0.35), 0.99, 0.2)
