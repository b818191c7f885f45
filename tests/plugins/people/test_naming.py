"""Names for faces: boxes of two detectors matched, and names spread to faces that look the same."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.people import naming
from plugins.people.naming import match_regions, overlap, spread_names
from plugins.records import Box, Region

LEFT: Box = (0.1, 0.1, 0.3, 0.3)
RIGHT: Box = (0.6, 0.1, 0.8, 0.3)


def region(name: str, box: Box | None) -> Region:
    return Region("p.jpg", box, name)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        pytest.param(LEFT, LEFT, 1.0, id="the same box"),
        pytest.param(LEFT, RIGHT, 0.0, id="apart"),
        pytest.param(LEFT, (0.3, 0.1, 0.5, 0.3), 0.0, id="side by side"),
        pytest.param((0, 0, 0.2, 0.2), (0, 0, 0.2, 0.1), 0.5, id="half of it"),
        pytest.param((0, 0, 0.2, 0.2), (0.1, 0, 0.3, 0.2), 1 / 3, id="shifted by half"),
        pytest.param((0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5), 0.0, id="boxes without an area"),
    ],
)
def test_overlap(one, other, share):
    assert overlap(one, other) == pytest.approx(share)
    assert overlap(other, one) == pytest.approx(share)


@pytest.mark.parametrize(
    ("faces", "regions", "names"),
    [
        pytest.param([], [region("Anna", LEFT)], {}, id="no face was found"),
        pytest.param([LEFT], [], {}, id="nobody was named"),
        pytest.param([LEFT], [region("", LEFT)], {}, id="a region without a name"),
        pytest.param([LEFT], [region("Anna", RIGHT)], {}, id="somebody else is named"),
        pytest.param([LEFT], [region("Anna", (0.25, 0.1, 0.45, 0.3))], {}, id="hardly touching"),
        pytest.param([LEFT, RIGHT], [region("Anna", None)], {}, id="one of the two, nobody knows which"),
        pytest.param([LEFT], [region("Anna", None), region("Ben", None)], {}, id="two names for one face"),
        pytest.param([LEFT], [region("Anna", None)], {0: "Anna"}, id="the only face has the only name"),
        pytest.param([LEFT], [region("Anna", (0.12, 0.08, 0.33, 0.34))], {0: "Anna"}, id="a looser box"),
        pytest.param(
            [RIGHT, LEFT], [region("Anna", LEFT), region("Ben", RIGHT)], {0: "Ben", 1: "Anna"}, id="each their own"
        ),
        pytest.param(
            [(0.1, 0.1, 0.3, 0.3), (0.12, 0.1, 0.32, 0.3)],
            [region("Anna", (0.12, 0.1, 0.32, 0.3))],
            {1: "Anna"},
            id="the nearer of two faces, the other stays unknown",
        ),
        pytest.param(
            [LEFT],
            [region("Ben", (0.12, 0.1, 0.32, 0.3)), region("Anna", LEFT)],
            {0: "Anna"},
            id="the nearer of two names",
        ),
        pytest.param([LEFT], [region("Ben", LEFT), region("Anna", LEFT)], {0: "Anna"}, id="a draw goes by name"),
        pytest.param(
            [LEFT, RIGHT], [region("Anna", LEFT), region("Anna", RIGHT)], {0: "Anna"}, id="nobody is there twice"
        ),
    ],
)
def test_match_regions(faces, regions, names):
    assert match_regions(faces, regions) == names


def at(*degrees: float) -> np.ndarray:
    """Return unit vectors in a plane: the cosine of two is that of the angle between them."""
    angle = np.radians(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("degrees", "photo", "names", "spread"),
    [
        pytest.param([], [], [], [], id="no faces"),
        pytest.param([0, 1], [0, 1], ["", ""], ["", ""], id="nobody is named"),
        pytest.param([0, 90], [0, 1], ["Anna", "Ben"], ["Anna", "Ben"], id="what the user said stays"),
        pytest.param([0, 5], [0, 1], ["Anna", "Ben"], ["Anna", "Ben"], id="even of faces that look the same"),
        pytest.param([0, 90], [0, 1], ["Anna", ""], ["Anna", ""], id="a stranger"),
        pytest.param([0, 40], [0, 1], ["Anna", ""], ["Anna", ""], id="not alike enough"),
        pytest.param([0, 10], [0, 1], ["Anna", ""], ["Anna", "Anna"], id="alike"),
        pytest.param([0, 20, 10], [0, 1, 2], ["Anna", "Ben", ""], ["Anna", "Ben", ""], id="between siblings nobody"),
        pytest.param([0, 20, 4], [0, 1, 2], ["Anna", "Ben", ""], ["Anna", "Ben", "Anna"], id="clearly one sibling"),
        pytest.param([0, 5], [0, 0], ["Anna", ""], ["Anna", ""], id="in the photo with Anna it is not Anna"),
        pytest.param([0, 9, 4], [0, 1, 1], ["Anna", "", ""], ["Anna", "", "Anna"], id="one of two twins, the nearer"),
        pytest.param([-20, 20, 35], [0, 1, 2], ["Anna", "Anna", ""], ["Anna", "Anna", ""], id="the mean of her faces"),
        pytest.param([-20, 20, 8], [0, 1, 2], ["Anna", "Anna", ""], ["Anna"] * 3, id="near the mean of her faces"),
    ],
)
def test_spread_names(degrees, photo, names, spread):
    """The threshold is the cosine of 30 degrees."""
    assert spread_names(at(*degrees), np.array(photo, dtype=np.int64), names, threshold=0.866) == spread


def test_names_spread_the_same_in_blocks(monkeypatch):
    rng = np.random.default_rng(5)
    owner = rng.integers(0, 6, 300)
    vectors = np.eye(8, dtype=np.float32)[owner] + rng.normal(0, 0.05, (300, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = [f"person {n}" if rng.random() < 0.2 else "" for n in owner]
    whole = spread_names(vectors, np.arange(300), names, 0.8)
    assert whole == [f"person {n}" for n in owner]  # all are known by a few of their faces
    monkeypatch.setattr(naming, "AT_ONCE", 7)
    assert spread_names(vectors, np.arange(300), names, 0.8) == whole
