"""What an album is of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.covers import Pictures
from plugins.covers.category import category_of

FACES = np.ones((1, 4), np.float32)


@pytest.mark.parametrize(
    ("n_faces", "video", "more", "category"),
    [
        pytest.param([0, 0], [True, True], {"trip": True}, "video", id="videos only, also on a trip"),
        pytest.param([0, 0, 0], [False] * 3, {"documents": {0, 2}}, "document", id="most are documents"),
        pytest.param([0, 0], [False] * 2, {"documents": {0}}, "nature", id="half are not most"),
        pytest.param([1, 1], [False] * 2, {"trip": True}, "trip", id="on a trip, of people too"),
        pytest.param([2, 1, 0], [False] * 3, {}, "people", id="most have a face"),
        pytest.param([2, 1, 0], [False] * 3, {"away": False}, "people", id="also at home"),
        pytest.param([1, 0, 0], [False] * 3, {"away": False}, "home", id="at home"),
        pytest.param([0] * 9 + [1], [False] * 10, {}, "nature", id="away, hardly a face"),
        pytest.param([1, 0, 0], [False] * 3, {}, "outing", id="away, some faces"),
        pytest.param([0, 0], [True, False], {}, "nature", id="a video among photos is not all"),
    ],
)
def test_category(n_faces: list[int], video: list[bool], more: dict[str, Any], category: str) -> None:
    columns = {"n_faces": np.array(n_faces, np.float32), "video": np.array(video), "faces": FACES}
    pictures = Pictures.of([str(n) for n in range(len(n_faces))], np.arange(len(n_faces)), **columns)
    assert category_of(pictures, np.arange(len(n_faces)), **more) == category


def test_where_nobody_looked_for_faces_it_is_an_outing() -> None:
    assert category_of(Pictures.of(["a"], np.zeros(1)), np.arange(1)) == "outing"
