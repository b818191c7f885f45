"""The cover method of patent 004 through its contract: any input, in any order, and what counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from plugins.covers import Album, Pictures
from plugins.covers._interest_head import KIND, head_of
from plugins.covers._interest_net import InterestNet
from plugins.covers._synthetic import TEST, simulate
from plugins.covers.interest_gru import Plugin
from plugins.features.weights import WeightsRefused
from plugins.trained_heads import save_head


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def user():
    return simulate(TEST[0], n_albums=6, later=True)


def albums_of(user):
    return [one.album for one in user.chosen]


def told(n=12, **known):
    """Return pictures of which this is known, and an album of the first five with the rest as history."""
    return Pictures.of([str(row) for row in range(n)], np.arange(n) * 60.0, **known), Album(
        np.arange(5), np.arange(5, n)
    )


def vectors(n, d=16, seed=0):
    found = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


NAN = np.full(12, np.nan, np.float32)


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({}, id="nothing is known"),
        pytest.param({"sharpness": NAN, "n_faces": NAN, "face_share": NAN, "face_quality": NAN}, id="only NaN"),
        pytest.param({"scenes": np.full((12, 16), np.nan, np.float32)}, id="vectors of NaN"),
        pytest.param({"scenes": np.full((12, 16), 0.25, np.float32)}, id="all look the same"),
        pytest.param({"scenes": vectors(12, 3)}, id="fewer numbers than axes"),
        pytest.param({"scenes": np.concatenate([vectors(1), np.zeros((11, 16), np.float32)])}, id="one is known"),
        pytest.param({"faces": vectors(3), "face_of": np.array([0, 0, 7])}, id="few faces"),
        pytest.param({"sharpness": np.full(12, np.inf, np.float32), "video": np.ones(12, np.bool_)}, id="only videos"),
        pytest.param({"rating": np.full(12, -1), "favourite": np.ones(12, np.bool_)}, id="rejected favourites"),
    ],
)
@pytest.mark.parametrize("trained", [pytest.param(True, id="trained"), pytest.param(False, id="untrained")])
def test_any_input_gives_probabilities(known, trained):
    pictures, album = told(**known)
    alone, one_liked = Album(np.array([3]), np.arange(5, 12)), replace(album, history=np.array([7]))
    for ranking in Plugin(trained=trained).rank(
        pictures, [album, alone, one_liked, replace(album, history=album.history[:0])]
    ):
        assert ranking.scores.sum() == pytest.approx(1, abs=1e-5)
        assert ranking.interest is None or np.isfinite(ranking.interest).all()


def test_an_album_is_ranked_the_same_alone_and_in_any_order(user):
    method, albums = Plugin(), albums_of(user)
    together, reversed_ = method.rank(user.pictures, albums), method.rank(user.pictures, albums[::-1])[::-1]
    for album, one, other in zip(albums, together, reversed_, strict=True):
        (alone,) = method.rank(user.pictures, [album])
        assert np.allclose(one.scores, other.scores, atol=1e-5)
        assert np.allclose(one.scores, alone.scores, atol=1e-5)
        assert one.matches == alone.matches


def test_albums_of_any_size_are_ranked_in_batches(user, monkeypatch):
    whole = Plugin().rank(user.pictures, albums_of(user))
    monkeypatch.setattr("plugins.covers.interest_gru.ROOM", 40)
    for one, other in zip(whole, Plugin().rank(user.pictures, albums_of(user)), strict=True):
        assert np.allclose(one.scores, other.scores, atol=1e-5)


def test_embedders_that_differ_by_a_rotation_choose_alike(user):
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(user.pictures.scenes.shape[1],) * 2))
    turned = replace(user.pictures, scenes=(user.pictures.scenes @ turn).astype(np.float32))
    method = Plugin(trained=False)
    for one, other in zip(*(method.rank(known, albums_of(user)) for known in (user.pictures, turned)), strict=True):
        assert np.allclose(one.scores, other.scores, atol=1e-3)


def test_of_ten_thousand_likes_the_latest_are_the_matches():
    pictures = Pictures.of([str(row) for row in range(10_010)], np.arange(10_010.0), scenes=vectors(10_010))
    (found,) = Plugin().rank(pictures, [Album(np.arange(5), np.arange(10, 10_010))])
    assert found.scores.sum() == pytest.approx(1, abs=1e-4)
    assert min(found.matches) >= 10_010 - 64


def test_matches_are_the_liked_pictures_that_look_like_the_cover():
    kinds = np.repeat(np.eye(4, dtype=np.float32), 3, axis=0) + 0.05 * vectors(12, 4)
    pictures, _ = told(scenes=kinds)
    (found,) = Plugin().rank(pictures, [Album(np.array([1]), np.array([0, 3, 6, 2]))])
    assert set(found.matches) == {0, 2}


def test_without_a_history_nothing_is_personal(user):
    album = replace(albums_of(user)[-1], history=np.zeros(0, np.int64))
    (empty,) = Plugin().rank(user.pictures, [album])
    (generic,) = Plugin(personal=0.0).rank(user.pictures, albums_of(user)[-1:])
    assert np.allclose(empty.scores, generic.scores, atol=1e-6)
    for ranking in (empty, generic):
        assert ranking.interest is None
        assert ranking.matches == ()


def test_favourites_of_the_album_count_unless_they_are_to_be_foretold():
    pictures, album = told(favourite=np.arange(12) == 3, rating=np.where(np.arange(12) == 3, 5, 0))
    plain, blind = Plugin(personal=0.0).rank(pictures, [album, replace(album, blind=True)])
    unmarked = replace(pictures, favourite=np.zeros(12, np.bool_), rating=np.zeros(12, np.int64))
    (nothing,) = Plugin(personal=0.0).rank(unmarked, [album])
    assert plain.best == 3
    assert np.allclose(blind.scores, nothing.scores)


def test_a_video_is_no_cover_beside_stills():
    pictures, album = told(video=np.arange(12) == 2)
    (found,) = Plugin().rank(pictures, [album])
    assert found.scores[2] == 0


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        pytest.param({"personal": 1.5}, ValueError, id="more than all of it"),
        pytest.param({"history": 0}, ValueError, id="no history at all is personal = 0"),
        pytest.param({"mode": "other"}, ValueError, id="no such mode"),
        pytest.param({"head": b"nothing"}, WeightsRefused, id="no file"),
    ],
)
def test_what_cannot_be_is_refused(settings, error):
    with pytest.raises(error):
        Plugin(**settings)


def test_a_head_of_other_layers_is_refused():
    head = head_of(InterestNet())
    few = {name: tensor for name, tensor in head.tensors.items() if name != "nothing"}
    with pytest.raises(WeightsRefused, match="layers"):
        Plugin(head=save_head(None, few, head.facts))
    with pytest.raises(WeightsRefused, match="kind"):
        Plugin(head=save_head(None, head.tensors, {**head.facts, "kind": f"{KIND}_strict"}))


def test_the_version_tells_heads_apart():
    own = save_head(None, *((head := head_of(InterestNet())).tensors, head.facts))
    assert len({Plugin().version, Plugin(head=own).version, Plugin(trained=False).version}) == 3


@pytest.mark.soak
def test_a_thousand_albums_take_little_memory(user):
    many = [albums_of(user)[n % 6] for n in range(1_000)]
    found = Plugin().rank(user.pictures, many)
    assert len(found) == 1_000
