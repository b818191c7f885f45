"""Pictures that fake servers show: of a file, or drawn in a colour of its own."""

from __future__ import annotations

import colorsys
import io
from pathlib import Path

from PIL import Image, ImageOps


def picture(name: str, source: Path | None, size: tuple[int, int]) -> Image.Image:
    """Return a file's picture, turned upright, or one of this size in a colour that the name, in hex digits, gives."""
    if source:
        with Image.open(source) as opened:
            return ImageOps.exif_transpose(opened).convert("RGB")
    red, green, blue = colorsys.hsv_to_rgb(int(name[:4], 16) / 0xFFFF, 0.5, 0.8)
    return Image.new("RGB", size, (int(red * 255), int(green * 255), int(blue * 255)))


def scaled(image: Image.Image, by: float) -> Image.Image:
    """Return a picture made smaller; one that is small enough stays as it is."""
    if by >= 1:
        return image
    return image.resize((max(1, round(image.width * by)), max(1, round(image.height * by))))


def encoded(image: Image.Image, kind: str) -> bytes:
    """Return a picture as a file of a kind: "jpeg", "webp", …"""
    data = io.BytesIO()
    image.save(data, kind.upper(), quality=80)
    return data.getvalue()
