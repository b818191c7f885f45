"""Group pictures with known faces: portraits of single people pasted onto walls of real pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from PIL import ExifTags, Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Size: TypeAlias = tuple[int, int]
Box: TypeAlias = tuple[float, float, float, float]

FACE_OF_PORTRAIT: Final = (0.32, 0.26, 0.69, 0.75)
"""Where the face is in a portrait of LFW deep-funneled, as shares: median of MTCNN's boxes, which spread by 0.04."""

HEAD_OF_PORTRAIT: Final = (0.14, 0.06, 0.86, 0.94)
"""The ellipse around head and neck that is cut out of it."""

DETECTOR_PX: Final = 1280
"""Longer side at which faces are looked for: `Recipe.face_px` is in pixels of the picture at that size."""

TYPICAL_SIZES: Final[tuple[Size, ...]] = ((1440, 1080), (4000, 3000), (1080, 1440), (3000, 4000))
TYPICAL_FACES: Final = ((0, 0.46), (1, 0.27), (2, 0.14), (3, 0.09), (10, 0.04))
"""Faces in a photo and the share of such photos: 1.22 a photo on average."""

TRUTH: Final = "truth.json"


@dataclass(frozen=True, slots=True)
class Group:
    """One picture and its true faces: `boxes` are left, top, right, bottom as shares of the upright picture."""

    name: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How group pictures are made.

    Args:
        sizes: width and height in pixels, taken in turn.
        faces: faces of each picture, taken in turn; fewer where no room is left.
        face_px: smallest and largest height of a face in a picture shrunk to 1280 px; logarithms are uniform between.
        turned: share of faces turned by up to 15° either way.
        poor: share of faces blurred or dimmed.
    """

    sizes: tuple[Size, ...] = ((1280, 960), (1440, 1080), (2048, 1536), (4000, 3000))
    faces: tuple[int, ...] = (6,)
    face_px: tuple[float, float] = (24.0, 200.0)
    turned: float = 0.4
    poor: float = 0.5


def typical(n: int) -> Recipe:
    """Return the recipe of a library: previews and originals, upright and wide, 1.22 faces a photo."""
    shares = np.cumsum([share for _, share in TYPICAL_FACES])
    places = np.searchsorted(shares, (np.arange(n) + 0.5) / n)  # exact shares also of few photos
    order = np.random.default_rng(n).permutation(n)
    faces = np.array([TYPICAL_FACES[min(place, len(TYPICAL_FACES) - 1)][0] for place in places.tolist()])[order]
    return Recipe(TYPICAL_SIZES, tuple(faces.tolist()))


def make_groups(
    folder: Path, n: int, portraits: Sequence[Path], walls: Sequence[Path], seed: int, recipe: Recipe
) -> list[Group]:
    """Write n JPEG pictures into a folder, with `truth.json` beside them; the same arguments give the same pictures.

    Args:
        folder: is made where it is not there.
        n: how many.
        portraits: square pictures with one face in the middle, as those of LFW.
        walls: pictures without faces for the background; a plain texture where there are none.
        seed: of all that is drawn by lot.
        recipe: sizes, faces and their faults.
    """
    folder.mkdir(parents=True, exist_ok=True)
    groups = []
    for index in range(n):
        rng = np.random.default_rng([seed, index])
        size, faces = recipe.sizes[index % len(recipe.sizes)], recipe.faces[index % len(recipe.faces)]
        picture = wall(rng, size, walls)
        boxes = _add_people(rng, picture, faces if portraits else 0, portraits, recipe)
        groups.append(Group(f"group_{index:04}.jpg", tuple(boxes)))
        _save(picture, folder / groups[-1].name, turned=index % 8 == 3)
    truth = {group.name: group.boxes for group in groups}
    (folder / TRUTH).write_text(json.dumps(truth, indent=1), encoding="utf-8")
    return groups


def wall(rng: np.random.Generator, size: Size, pictures: Sequence[Path]) -> Image.Image:
    """Cover a picture of that size with real ones, a few times their own size, and add a sensor's noise."""
    canvas = _texture(rng, size)
    top = 0
    while pictures and top < size[1]:
        height, left = int(size[1] * rng.uniform(0.15, 0.4)) + 1, 0
        while left < size[0]:
            width = int(size[0] * rng.uniform(0.12, 0.4)) + 1
            with Image.open(pictures[int(rng.integers(len(pictures)))]) as picture:
                canvas.paste(ImageOps.fit(picture.convert("RGB"), (width, height)), (left, top))
            left += width
        top += height
    noise = rng.integers(-4, 5, (size[1], size[0], 3), dtype=np.int8)
    return Image.fromarray(np.clip(np.asarray(canvas, dtype=np.int16) + noise, 0, 255).astype(np.uint8))


def _texture(rng: np.random.Generator, size: Size) -> Image.Image:
    coarse = rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def _add_people(
    rng: np.random.Generator, picture: Image.Image, n: int, portraits: Sequence[Path], recipe: Recipe
) -> list[Box]:
    """Paste up to n heads that do not touch; return their faces."""
    low, high = np.log(recipe.face_px)
    heights = np.exp(rng.uniform(low, high, n)) * max(picture.size) / DETECTOR_PX
    taken: list[Box] = []
    faces: list[Box] = []
    for face_px in sorted(heights.tolist(), reverse=True):
        side = round(face_px / (FACE_OF_PORTRAIT[3] - FACE_OF_PORTRAIT[1]))
        for _ in range(50):
            left, top = (int(rng.integers(0, max(1, length - side))) for length in picture.size)
            head = _inside(HEAD_OF_PORTRAIT, left, top, side)
            if all(_apart(head, other) for other in taken):
                taken.append(head)
                _paste(rng, picture, portraits[int(rng.integers(len(portraits)))], (left, top), side, recipe)
                faces.append(_inside(FACE_OF_PORTRAIT, left, top, side))
                break
    scale = np.tile(picture.size, 2)
    return [
        (left, top, right, bottom) for left, top, right, bottom in (np.array(faces).reshape(-1, 4) / scale).tolist()
    ]


def _paste(
    rng: np.random.Generator, picture: Image.Image, portrait: Path, corner: tuple[int, int], side: int, recipe: Recipe
) -> None:
    with Image.open(portrait) as file:
        face = file.convert("RGB").resize((side, side), Image.Resampling.BICUBIC, reducing_gap=3.0)
    mask = Image.new("L", face.size)
    ImageDraw.Draw(mask).ellipse(_inside(HEAD_OF_PORTRAIT, 0, 0, side), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(side * 0.015))
    if rng.random() < recipe.turned:
        degrees = float(rng.uniform(-15, 15))
        face, mask = (layer.rotate(degrees, Image.Resampling.BICUBIC) for layer in (face, mask))
    if rng.random() < recipe.poor:
        face = _worse(rng, face)
    picture.paste(face, corner, mask)


def _worse(rng: np.random.Generator, face: Image.Image) -> Image.Image:
    """Blur a face or take most of its light."""
    if rng.random() < 0.5:
        return face.filter(ImageFilter.GaussianBlur(face.width * float(rng.uniform(0.01, 0.05))))
    return ImageEnhance.Brightness(face).enhance(float(rng.uniform(0.06, 0.4)))


def _inside(part: Box, left: float, top: float, side: float) -> Box:
    """Return in pixels the part of a square at that place."""
    return (left + part[0] * side, top + part[1] * side, left + part[2] * side, top + part[3] * side)


def _apart(a: Box, b: Box) -> bool:
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def _save(picture: Image.Image, path: Path, turned: bool) -> None:
    """Write a JPEG, lying on its side with the EXIF orientation that mends it if asked, as phones do."""
    exif = Image.Exif()
    if turned:
        exif[ExifTags.Base.Orientation] = 6
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    picture.save(path, quality=88, exif=exif)
