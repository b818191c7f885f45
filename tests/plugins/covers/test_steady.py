"""A cover changes only for one that is clearly better."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.covers import Ranking
from plugins.covers.steady import probabilities, steady


@pytest.mark.parametrize(
    ("probability", "before", "cover"),
    [
        pytest.param([0.2, 0.5, 0.3], None, 1, id="none before: the likeliest"),
        pytest.param([0.4, 0.4, 0.2], None, 0, id="the earlier of equals"),
        pytest.param([0.3, 0.37, 0.33], 0, 0, id="a hair's difference"),
        pytest.param([0.3, 0.39, 0.31], 0, 1, id="clearly better"),
        pytest.param([0.5, 0.5, 0.0], 1, 1, id="as good as the earlier one"),
        pytest.param([1.0, 0.0], 1, 0, id="the one before is out of the question"),
    ],
)
def test_steady(probability: list[float], before: int | None, cover: int) -> None:
    assert steady(np.array(probability, np.float32), before) == cover


@pytest.mark.parametrize(
    ("scores", "probability"),
    [
        pytest.param([0.2, 0.8], [0.2, 0.8], id="probabilities"),
        pytest.param([1.0], [1.0], id="a single candidate"),
        pytest.param([0.0, 2.0, 1.0], [0, 1, 0], id="places: the best one is it"),
        pytest.param([-np.inf, 0.0], [0, 1], id="what cannot be it"),
        pytest.param([-0.5, 1.5], [0, 1], id="a sum of 1 alone does not make probabilities"),
        pytest.param([-np.inf, -np.inf], [1, 0], id="none can be it: the first"),
    ],
)
def test_probabilities(scores: list[float], probability: list[float]) -> None:
    assert probabilities(Ranking(np.array(scores, np.float32))).tolist() == pytest.approx(probability)
