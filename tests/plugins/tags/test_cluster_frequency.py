"""Words of the clusters nearest to a photo: what is recommended, to which photos, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.tags import Stock
from plugins.tags.cluster_frequency import Plugin, unpacked


def photos_of(kinds, seed=0, spread=0.6, d=64):
    """Return unit vectors of photos of these kinds: those of a kind look alike."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(1).normal(size=(max(kinds, default=0) + 1, d))
    vectors = middles[list(kinds)] + spread * rng.normal(size=(len(kinds), d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def words(recommended):
    return [tuple(word.tag for word in row) for row in recommended]


KINDS = [kind for kind in range(6) for _ in range(20)]
STOCK = Stock.of(photos_of(KINDS), [[f"kind {kind}"] for kind in KINDS])


def test_a_photo_gets_the_word_of_what_looks_like_it():
    model = Plugin().fit(STOCK)
    assert words(model.recommend(photos_of(range(6), seed=7), most=1)) == [(f"kind {kind}",) for kind in range(6)]
    assert (model.posts > 0).all()


def test_a_model_is_the_same_after_it_was_packed():
    model = Plugin().fit(STOCK)
    assert model.packed() == Plugin().fit(STOCK).packed()
    again = unpacked(model.packed())
    assert again.packed() == model.packed()
    assert again.recommend(photos_of(range(6), seed=7)) == model.recommend(photos_of(range(6), seed=7))


@pytest.mark.parametrize(
    "stock",
    [
        pytest.param(Stock.of(np.zeros((0, 64), dtype=np.float32), []), id="no photo"),
        pytest.param(Stock.of(photos_of([0, 1]), [(), ()]), id="no tagged photo"),
        pytest.param(Stock.of(np.zeros((3, 64), dtype=np.float32), [["a"]] * 3), id="pictures without content"),
    ],
)
def test_nothing_is_recommended_where_nothing_was_learned(stock):
    model = Plugin().fit(stock)
    assert model.recommend(photos_of([0, 1])) == [(), ()]
    assert unpacked(model.packed()).recommend(photos_of([0, 1])) == [(), ()]
