"""What the interest network is given: features beside what is usual, and side channels of whatever is known."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.covers import Album, Pictures
from plugins.covers._interest_inputs import AXES, MEASURES, PARTS, SIDE, WIDTH, batch_of, looks_of, side_channels


def pictures(n=40, **known):
    return Pictures.of([str(row) for row in range(n)], np.arange(n) * 60.0, **known)


def kinds(n, d=12, seed=0):
    """Return vectors of four kinds, one after the other."""
    rng = np.random.default_rng(seed)
    middle = rng.normal(size=(4, d))
    return (middle[np.arange(n) % 4] + 0.3 * rng.normal(size=(n, d)) + 3).astype(np.float32)


def test_a_feature_has_a_part_for_the_scene_the_faces_and_the_measures():
    known = {"scenes": kinds(40), "faces": kinds(10, 8), "face_of": np.repeat(np.arange(5), 2)}
    features = looks_of(pictures(**known, n_faces=np.arange(40.0))).features
    assert features.shape == (40, WIDTH)
    scene, faces, measures = np.split(features, np.cumsum(list(PARTS.values()))[:-1], axis=1)
    assert np.allclose(np.linalg.norm(scene, axis=1), 1, atol=1e-5)
    assert np.linalg.norm(faces, axis=1).round(5).tolist() == [1] * 5 + [0] * 35
    assert np.abs(measures[:, MEASURES.index("faces")]).max() > 0


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda vectors: vectors @ np.linalg.qr(kinds(12, 12, 5).astype(np.float64))[0], id="turned axes"),
        pytest.param(lambda vectors: 5 * vectors, id="another length"),
    ],
)
def test_how_alike_pictures_are_does_not_depend_on_the_embedder(other):
    one, two = (looks_of(pictures(scenes=given.astype(np.float32))) for given in (kinds(40), other(kinds(40))))
    alike = [found.features[:, :AXES] @ found.features[:, :AXES].T for found in (one, two)]
    assert np.allclose(alike[0], alike[1], atol=1e-3)


def test_side_channels_tell_how_a_candidate_differs_from_its_album():
    sharpness = np.array([0.2, 0.4, np.nan, 0.6], np.float32)
    known = pictures(4, sharpness=sharpness, favourite=np.arange(4) == 1, n_faces=np.array([0.0, 0, 2, 1]))
    side = side_channels(known, looks_of(known), Album(np.arange(4)))
    by_name = dict(zip(SIDE, side.T, strict=True))
    assert by_name["sharpness"].tolist() == pytest.approx([-1.2247, 0, 0, 1.2247], abs=1e-3)
    assert by_name["favourite"].tolist() == [0, 1, 0, 0]
    assert by_name["faces"].argmax() == 2
    assert by_name["position"].tolist() == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    assert by_name["first"].tolist() == [1, 0, 0, 0]
    assert not by_name["exposure"].any()


def test_the_latest_of_the_history_count_and_the_rest_is_padding():
    known = pictures(scenes=kinds(40))
    looks = looks_of(known)
    batch = batch_of(known, looks, [Album(np.arange(3), np.arange(10, 30)), Album(np.arange(5), np.array([9]))], 4)
    assert batch.eligible.sum(dim=1).tolist() == [3, 5]
    assert batch.liked.tolist() == [[True] * 4, [True, False, False, False]]
    assert np.array_equal(batch.history[0].numpy(), looks.features[26:30])
    assert not batch.history[1, 1:].any()
