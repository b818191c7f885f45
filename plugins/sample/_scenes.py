"""Scenes out of doors for the drawn sample photos: lake, beach and hills in four kinds of light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.sample._brush import Brush, Colour, mix


@dataclass(frozen=True, slots=True)
class Light:
    """The light of a time of day: sky from top to horizon, the sun and where it stands, how dark the land is."""

    sky: tuple[Colour, ...]
    sun: Colour
    sun_y: float
    cloud: Colour
    dark: float
    warmth: float
    lamps: bool = False


LIGHTS = {
    "day": Light(((54, 122, 196), (112, 174, 226), (196, 224, 240)), (255, 246, 214), 0.14, (252, 252, 255), 0.0, 0.15),
    "golden": Light(
        ((92, 132, 190), (238, 190, 150), (255, 216, 150)), (255, 214, 130), 0.36, (255, 226, 204), 0.18, 0.7
    ),
    "dusk": Light(
        ((44, 46, 104), (150, 84, 128), (248, 146, 98)), (255, 160, 90), 0.47, (210, 120, 130), 0.45, 0.5, lamps=True
    ),
    "night": Light(
        ((8, 12, 32), (18, 26, 60), (48, 52, 92)), (230, 232, 244), 0.16, (40, 44, 74), 0.68, -0.1, lamps=True
    ),
}
NIGHT: Colour = (14, 18, 40)


def shade(colour: Colour, light: Light, far: float = 0.0) -> Colour:
    """Return a colour as this light shows it; things far away (0 to 1) take the colour of the horizon."""
    return mix(mix(colour, NIGHT, light.dark), light.sky[-1], far)


def open_sky(b: Brush, light: Light, horizon: float = 0.6) -> float:
    """Paint the sky with sun or moon and clouds; return the x of the sun."""
    b.gradient(light.sky, 0, horizon)
    x = b.near(0.5, 0.32)
    y = light.sun_y * horizon / 0.6
    if light is LIGHTS["night"]:
        for _ in range(120):
            b.disc(float(b.rng.random()), float(b.rng.random()) * horizon, 0.0011, (210, 214, 235))
    b.glow(x, y, 0.75, mix(light.sun, (90, 70, 60), 0.35), 0.75 - light.dark * 0.4)
    b.disc(x, y, 0.034, light.sun)
    b.glow(x, y, 0.16, light.sun, 0.8)
    b.clouds(int(b.rng.integers(2, 7)), light.cloud, 0.08, horizon * 0.72, 0.5 if light.dark > 0.5 else 0.72)
    return x


def mountains(b: Brush, light: Light, horizon: float, tints: tuple[Colour, ...], lift: float = 0.16) -> None:
    """Paint ridges, one before the other, each nearer one darker and lower."""
    for i, tint in enumerate(tints):
        base = horizon - lift * (1 - i / len(tints))
        b.hills(base, 0.075 - 0.014 * i, shade(tint, light, 0.62 - 0.5 * i / max(1, len(tints) - 1)), 0.52)


def glitter(b: Brush, x: float, top: float, bottom: float, light: Light) -> None:
    """Paint the sun's path on water."""
    for _ in range(150):
        depth = float(b.rng.random())
        half = 0.004 + 0.012 * depth
        cx = x + b.near(0, 0.02 + 0.07 * depth)
        y = top + (bottom - top) * depth
        b.line([(cx - half, y), (cx + half, y)], mix(light.sun, light.sky[-1], 0.25), 0.0014 + 0.0022 * depth)
    b.glow(x, (top + bottom) / 2, (bottom - top) * 0.9, mix(light.sun, (60, 40, 20), 0.5), 0.4)


def sail(b: Brush, x: float, y: float, size: float, light: Light) -> None:
    """Paint a small sailing boat."""
    cloth = shade(b.pick(((250, 248, 240), (250, 248, 240), (226, 96, 74))), light)
    b.polygon([(x, y - size), (x, y), (x + size * 0.42, y)], cloth)
    b.polygon([(x - size * 0.03, y - size * 0.85), (x - size * 0.03, y), (x - size * 0.26, y)], mix(cloth, NIGHT, 0.12))
    b.polygon(
        [
            (x - size * 0.32, y + size * 0.04),
            (x + size * 0.46, y + size * 0.04),
            (x + size * 0.3, y + size * 0.17),
            (x - size * 0.2, y + size * 0.17),
        ],
        shade((96, 62, 44), light),
    )


def lake(b: Brush, name: str) -> None:
    """Paint a lake between hills with firs, a jetty or a boat."""
    light, horizon = LIGHTS[name], b.near(0.52, 0.05)
    x = open_sky(b, light, horizon + 0.02)
    mountains(b, light, horizon, ((88, 110, 140), (70, 104, 112), (50, 90, 74)), 0.2)
    for _ in range(34):
        tint = shade((38, 78, 58), light, b.near(0.16, 0.1))
        b.fir(float(b.rng.random()), horizon + 0.012, b.near(0.08, 0.035), tint)
    b.water(horizon + 0.01, 1.0, shade((24, 74, 96), light))
    glitter(b, x, horizon + 0.03, 0.95, light)
    what = int(b.rng.integers(3))
    if what != 0:
        sail(b, b.near(0.5, 0.3), horizon + b.near(0.09, 0.04), b.near(0.14, 0.04), light)
    if what != 1:
        _jetty(b, light)
    side = 1.0 if b.rng.random() < 0.5 else 0.0
    for i in range(4):
        b.fir(
            side + (0.5 - side) * 0.14 * i, b.near(1.04, 0.03), b.near(0.62, 0.16) - 0.1 * i, shade((26, 58, 44), light)
        )


def _jetty(b: Brush, light: Light) -> None:
    """Paint a wooden jetty that runs into the water, sometimes with people on it."""
    x, wood = b.near(0.5, 0.12), shade((150, 112, 80), light)
    b.polygon([(x - 0.2, 1), (x + 0.12, 1), (x + 0.05, 0.72), (x - 0.02, 0.72)], wood)
    for i in range(12):
        t = (i / 12) ** 0.7
        b.line(
            [(x - 0.2 + 0.18 * t, 1 - 0.28 * t), (x + 0.12 - 0.07 * t, 1 - 0.28 * t)], mix(wood, (0, 0, 0), 0.25), 0.003
        )
    for i in range(int(b.rng.integers(0, 3))):
        b.person(x + 0.005 + 0.04 * i, 0.775 + 0.02 * i, 0.2)


def beach(b: Brush, name: str) -> None:
    """Paint sea and sand with parasols, boats or a lighthouse."""
    light, horizon = LIGHTS[name], b.near(0.42, 0.04)
    x = open_sky(b, light, horizon + 0.01)
    if b.rng.random() < 0.45:
        b.hills(horizon - 0.015, 0.012, shade((96, 116, 120), light, 0.5))
    b.water(horizon, 0.75, shade((28, 112, 140), light), 0.62, 300)
    if light.sun_y > 0.3:
        glitter(b, x, horizon + 0.01, 0.68, light)
    for _ in range(int(b.rng.integers(0, 3))):
        sail(b, b.near(0.5, 0.42), horizon + b.near(0.035, 0.02), b.near(0.07, 0.025), light)
    _sand(b, light)
    what = int(b.rng.integers(4))
    if what == 0:
        _lighthouse(b, light, b.near(0.8, 0.08))
    if what in {1, 2}:
        for _ in range(int(b.rng.integers(1, 4))):
            _parasol(b, b.near(0.5, 0.38), b.near(0.86, 0.07), b.near(0.3, 0.05), light)
    for _ in range(int(b.rng.integers(0, 4)) + (what == 3)):
        b.person(b.near(0.5, 0.4), b.near(0.84, 0.08), b.near(0.26, 0.04))


def _sand(b: Brush, light: Light) -> None:
    """Paint the beach with a line of foam where the waves end."""
    edge = b.heights(0.69, 0.03, 0.45)
    points = [(i / 256, float(y)) for i, y in enumerate(edge)]
    foam = shade((250, 252, 250), light)
    b.polygon([(0, 1), *((px, y - 0.02) for px, y in points), (1, 1)], mix(foam, shade((28, 112, 140), light), 0.35))
    b.polygon([(0, 1), *((px, y - 0.008) for px, y in points), (1, 1)], foam)
    wet, dry = shade((196, 164, 120), light), shade((238, 214, 168), light)
    for i in range(7):
        b.polygon([(0, 1), *((px, y + 0.012 * i) for px, y in points), (1, 1)], mix(wet, dry, i / 6))
    for _ in range(220):
        px, y = float(b.rng.random()), b.near(0.9, 0.1)
        b.disc(px, y, 0.0022, mix(dry, (90, 70, 40), b.near(0.25, 0.15)), 0.5)


def _parasol(b: Brush, x: float, foot: float, height: float, light: Light) -> None:
    """Paint a striped parasol with a towel beside it."""
    main, wide = shade(b.pick(((214, 66, 60), (40, 116, 168), (244, 178, 58), (60, 150, 120))), light), height * 0.36
    b.polygon(
        [(x + 0.03, foot + 0.03), (x + 0.15, foot + 0.03), (x + 0.13, foot + 0.0), (x + 0.02, foot)],
        mix(main, (255, 255, 255), 0.4),
    )
    b.line([(x, foot), (x, foot - height)], shade((240, 236, 226), light), 0.007)
    for i in range(6):
        a, z = np.pi * (1 - i / 6), np.pi * (1 - (i + 1) / 6)
        rim = [(x + wide * float(np.cos(v)), foot - height * 0.72 - height * 0.1 * float(np.sin(v))) for v in (a, z)]
        b.polygon([(x, foot - height * 1.05), *rim], main if i % 2 else shade((250, 246, 236), light))


def _lighthouse(b: Brush, light: Light, x: float) -> None:
    """Paint a red and white lighthouse on a dune."""
    b.polygon(
        [(x - 0.3, 0.8), (x - 0.1, 0.68), (x + 0.1, 0.67), (1.1, 0.74), (1.1, 0.9), (x - 0.2, 0.86)],
        shade((168, 168, 110), light),
    )
    for i in range(5):
        low, high = 0.036 - 0.004 * i, 0.032 - 0.004 * i
        y, tint = 0.7 - 0.085 * i, (206, 60, 52) if i % 2 == 0 else (250, 248, 242)
        b.polygon([(x - low, y), (x + low, y), (x + high, y - 0.085), (x - high, y - 0.085)], shade(tint, light))
    b.box(x - 0.015, 0.235, x + 0.015, 0.275, shade((255, 240, 190), light))
    b.polygon([(x - 0.022, 0.235), (x + 0.022, 0.235), (x, 0.19)], shade((90, 40, 40), light))
    if light.lamps:
        b.glow(x, 0.255, 0.3, (255, 226, 150))
