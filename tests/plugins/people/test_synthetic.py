"""Simulated galleries: as hard as they say, whole, and the same for the same seed."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from plugins.people import _synthetic
from plugins.people._first_groups import linked_groups
from plugins.people._synthetic import SETTINGS, Gallery, drawn, gallery
from plugins.scores import bcubed


def arrays(made: Gallery):
    return {f.name: getattr(made, f.name) for f in fields(made)}


@pytest.fixture(scope="module")
def moderate():
    return gallery(3)


@pytest.mark.parametrize(
    "make", [pytest.param(lambda s: gallery(s, "hard"), id="gallery"), pytest.param(drawn, id="drawn")]
)
def test_the_same_seed_gives_the_same_gallery(make):
    one, again, other = make(5), make(5), make(6)
    assert all(np.array_equal(value, arrays(again)[name], equal_nan=True) for name, value in arrays(one).items())
    assert one.vectors.shape != other.vectors.shape or not np.array_equal(one.vectors, other.vectors)


def test_an_unknown_setting_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match="moderate, hard, very-hard, large"):
        gallery(0, "easy")


def test_everything_is_there_for_every_face(moderate):
    n = len(moderate.labels)
    assert {len(v) for k, v in arrays(moderate).items() if k != "threshold"} == {n}
    assert np.allclose(np.linalg.norm(moderate.vectors, axis=1), 1, atol=1e-5)
    assert moderate.vectors.dtype == np.float32
    assert 0 < moderate.quality.min() < moderate.quality.max() <= 1
    assert np.isnan(moderate.taken_s).any()
    assert np.isnan(moderate.lat).mean() == pytest.approx(0.3, abs=0.05)
    assert moderate.context().photo is moderate.photo
    assert moderate.context().threshold == moderate.threshold


def test_sizes_are_those_of_the_reference(moderate):
    sizes = np.sort(np.bincount(moderate.labels))[::-1]
    assert sizes.sum() == pytest.approx(4_000, abs=60)
    assert sizes[0] == pytest.approx(820, abs=15)
    assert (sizes == 1).sum() == pytest.approx(400, abs=40)
    assert np.sort(np.bincount(gallery(0, "large").labels))[-1] == pytest.approx(2_300, abs=40)


def test_photos_show_several_people_and_hardly_anybody_twice(moderate):
    sizes = np.bincount(moderate.photo)
    assert (sizes > 1).mean() > 0.3
    pairs = np.unique(np.stack([moderate.photo, moderate.labels]), axis=1).shape[1]
    assert 0 < len(moderate.labels) - pairs < 0.01 * len(moderate.labels)


def test_a_photo_has_one_time_and_one_place():
    made = drawn(11)
    for values in (made.taken_s, made.lat, made.lon):
        known = np.isfinite(values)
        first = np.full(made.photo.max() + 1, np.nan)
        first[made.photo[known]] = values[known]
        assert np.allclose(first[made.photo[known]], values[known])


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_threshold_is_that_of_strangers(setting):
    made = gallery(1, setting)
    some = np.random.default_rng(0).permutation(len(made.labels))[:2_000]
    cosines = made.vectors[some] @ made.vectors[some].T
    strange = made.labels[some][:, None] != made.labels[some]
    same = made.labels[some][:, None] == made.labels[some]
    assert 0.45 < (cosines[same & ~np.eye(len(some), dtype=bool)] > made.threshold).mean() < 0.97
    # Families and bad photos are more alike than strangers in good ones: a few times as many pairs are above it.
    assert 0.0005 < (cosines[strange] > made.threshold).mean() < 0.01


def test_training_galleries_differ_in_what_a_library_may_differ_in():
    made = [drawn(seed, least=200, most=400) for seed in range(30)]
    assert {g.vectors.shape[1] for g in made} == {128, 512}
    assert min(g.threshold for g in made) < 0.35
    assert max(g.threshold for g in made) > 0.75  # vectors that all share much, as dlib's
    assert any(np.isnan(g.taken_s).all() for g in made)
    assert any(np.isnan(g.lat).all() for g in made)
    assert any(np.isnan(g.landmarks).all() for g in made)
    assert any(not np.isnan(g.landmarks).any() for g in made)


def test_a_gallery_of_very_few_faces_can_be_made():
    assert len(drawn(0, least=10, most=12).labels) >= 8
    assert _synthetic.simulate(0, _synthetic.Traits(faces=1, people=1, strangers=0)).vectors.shape == (1, 512)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("setting", "linkage", "dbscan"),
    [
        pytest.param("moderate", 0.961, 0.879, id="moderate"),
        pytest.param("hard", 0.943, 0.865, id="hard"),
        pytest.param("very-hard", 0.906, 0.710, id="very-hard"),
    ],
)
def test_settings_are_as_hard_as_those_of_the_reference(setting, linkage, dbscan):
    """BCubed F of two simple rules at the threshold that is best for the truth; mean of two galleries."""
    found = [_best(gallery(seed, setting)) for seed in range(2)]
    assert np.mean([by_linkage for by_linkage, _ in found]) == pytest.approx(linkage, abs=0.04)
    assert np.mean([by_density for _, by_density in found]) == pytest.approx(dbscan, abs=0.1)


def _best(made):
    distance = np.maximum(1 - made.vectors @ made.vectors.T, 0)
    cuts = 1 - made.threshold + np.linspace(-0.15, 0.12, 12)
    by_linkage = [linked_groups(made.vectors, 1 - cut) for cut in cuts]
    by_density = [DBSCAN(eps=cut, min_samples=3, metric="precomputed").fit_predict(distance) for cut in cuts]
    alone = np.arange(len(made.labels)) + len(made.labels)
    return tuple(
        max(bcubed(made.labels, np.where(groups < 0, alone, groups)).f for groups in tried)
        for tried in (by_linkage, by_density)
    )
