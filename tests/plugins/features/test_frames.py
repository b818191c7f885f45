"""A video's frames: one vector, and each person once, at their best."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from plugins.decoding import Frame
from plugins.features._frames import faces_of_frames, vector_of_frames
from plugins.records import FoundFace

ANNA, BEN, CARL = np.eye(3, dtype=np.float32)
POINTS = ((0.4, 0.4), (0.6, 0.4), (0.5, 0.5), (0.4, 0.6), (0.6, 0.6))


def frame(at_s: float | None) -> Frame:
    """Make a frame; its pixels do not matter."""
    return Frame(Image.new("RGB", (8, 8)), at_s)


def face(person: np.ndarray, size: float = 0.5, sharpness: float = 0.5) -> FoundFace:
    """Make a face of someone: how wide in the picture, how sharp."""
    return FoundFace((0.0, 0.0, size, size), POINTS, 0.99, 100.0, sharpness, 1.0, person)


def near(person: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Return somebody between two people."""
    mixed = (1 - share) * person + share * other
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


def test_a_still_picture_keeps_its_faces_as_they_are() -> None:
    found = (face(ANNA), face(ANNA), face(BEN))
    assert faces_of_frames([(frame(None), found)], 0.9) is found


def test_a_person_counts_once_at_their_best_frame() -> None:
    blurred, sharp = face(ANNA, sharpness=0.1), face(near(ANNA, BEN, 0.05), sharpness=0.9)
    (kept,) = faces_of_frames([(frame(1.5), (blurred,)), (frame(3.0), (sharp,)), (frame(4.5), (blurred,))], 0.9)
    assert (kept.at_s, kept.sharpness) == (3.0, 0.9)


def test_two_faces_of_one_frame_are_two_people_however_alike() -> None:
    twins = (face(ANNA, 0.5), face(ANNA, 0.4))
    assert len(faces_of_frames([(frame(0.0), twins), (frame(1.0), ())], 0.9)) == 2


def test_everyone_of_a_video_is_kept_largest_first() -> None:
    found = faces_of_frames(
        [
            (frame(0.0), (face(ANNA, 0.2),)),
            (frame(1.0), (face(CARL, 0.6), face(ANNA, 0.1, 0.1))),
            (frame(2.0), (face(BEN, 0.4),)),
        ],
        0.9,
    )
    assert [f.vector.tolist() for f in found] == [CARL.tolist(), BEN.tolist(), ANNA.tolist()]
    assert [f.at_s for f in found] == [1.0, 2.0, 0.0]


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        pytest.param([ANNA], ANNA, id="one frame"),
        pytest.param([ANNA, BEN], [0.5**0.5, 0.5**0.5, 0], id="between two"),
        pytest.param([ANNA, ANNA, -ANNA], ANNA, id="the most of them"),
    ],
)
def test_the_vector_of_a_video_is_the_mean_direction(vectors: list[np.ndarray], expected: np.ndarray) -> None:
    assert vector_of_frames(vectors) == pytest.approx(expected)
