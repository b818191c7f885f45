"""The baseline for videos weighs stillness and sharpness alike, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.covers import Album, Pictures
from plugins.covers.stillest_frame import Plugin

NAN = float("nan")


@pytest.mark.parametrize(
    ("stillness", "sharpness", "best"),
    [
        pytest.param([0.2, 0.9, 0.5], [0.5, 0.5, 0.5], 1, id="the stillest of equally sharp ones"),
        pytest.param([0.5, 0.5, 0.5], [0.2, 0.3, 0.9], 2, id="the sharpest of equally still ones"),
        pytest.param([0.9, 0.1, 0.6], [0.1, 0.9, 0.6], 2, id="both count"),
        pytest.param([0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 0, id="the earliest of equals"),
        pytest.param([NAN, NAN, NAN], [0.2, NAN, 0.3], 2, id="photos go by sharpness, unknown is none"),
    ],
)
def test_the_best_frame(stillness, sharpness, best):
    known = {"stillness": np.array(stillness, np.float32), "sharpness": np.array(sharpness, np.float32)}
    liked = {"favourite": np.array([True, False, False])}
    pictures = Pictures.of(["a", "b", "c"], np.arange(3.0), **known, **liked)
    [ranking] = Plugin().rank(pictures, [Album(np.arange(3))])
    assert ranking.best == best
    assert np.isfinite(ranking.scores).all()
    assert pictures.rows(np.array([2, 0])).stillness.tolist() == pytest.approx(
        [stillness[2], stillness[0]], nan_ok=True
    )
