"""Pictures and extractors that the tests of features share; each network is loaded once a session."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw, ImageFilter

from plugins.features import dlib_face, vgg16

SKIN, SHADE, LIGHT, HAIR = (224, 172, 140), (161, 123, 100), (246, 189, 154), (60, 40, 30)
MOUTH = (150, 60, 60)


def drawn_face(size: int = 400) -> Image.Image:
    """Draw a face that detectors take for one, in the middle of a square picture and half as wide."""
    image = Image.new("RGB", (size, size), (90, 110, 140))
    draw, s = ImageDraw.Draw(image), size / 400

    def ellipse(x: float, y: float, rx: float, ry: float, colour: tuple[int, int, int]) -> None:
        box = [size / 2 + (x - rx) * s, size / 2 + (y - ry) * s, size / 2 + (x + rx) * s, size / 2 + (y + ry) * s]
        draw.ellipse(box, fill=colour)

    ellipse(0, -18, 82, 100, HAIR)
    ellipse(0, 8, 68, 88, SKIN)
    for x in (-28, 28):
        ellipse(x, -14, 20, 12, SHADE)
        ellipse(x, -30, 18, 4, HAIR)
        ellipse(x, -12, 14, 7, (245, 245, 245))
        ellipse(x, -12, 7, 7, HAIR)
    ellipse(0, 16, 9, 26, LIGHT)
    ellipse(-9, 32, 6, 5, SHADE)
    ellipse(9, 32, 6, 5, SHADE)
    ellipse(0, 34, 10, 7, LIGHT)
    ellipse(0, 58, 26, 8, MOUTH)
    ellipse(0, 57, 22, 2, HAIR)
    return image.filter(ImageFilter.GaussianBlur(size / 160))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Run the networks on one thread: several test runs at once would wait for each other's threads."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def face() -> Image.Image:
    """Lend a picture with one face: 400 × 400 px, eyes near (172, 188) and (228, 188)."""
    return drawn_face()


@pytest.fixture(scope="session")
def dlib_faces() -> dlib_face.Plugin:
    """Lend the dlib extractor; all its weights come with installed packages."""
    return dlib_face.Plugin("cpu")


@pytest.fixture(scope="session")
def vgg(shared: Path) -> vgg16.Plugin:
    """Lend the VGG16 extractor with the real weights, in float32, or skip."""
    return vgg16.Plugin("cpu", shared / "weights", number_format="float32")
