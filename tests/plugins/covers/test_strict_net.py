"""The network of patent 004's claims, by its parts, on pictures drawn for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from plugins.covers import CATEGORIES, Album, Pictures
from plugins.covers._strict_net import (
    FEATURES,
    SHIPPED,
    StrictNet,
    head_of,
    strict_inputs,
    strict_net,
    strict_rankings,
)
from plugins.covers._strict_pictures import drawn_user, pictures_of
from plugins.covers._strict_training import lessons_of, loss_of, train_strict
from plugins.covers._synthetic import DEVELOPMENT, TEST
from plugins.covers._synthetic_lives import Traits, live
from plugins.features.weights import WeightsRefused
from plugins.trained_heads import save_head


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def user():
    return drawn_user(TEST[0], n_albums=5, photos=70, later=True)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(1)
    return StrictNet().eval()


def ranked(net, user, *, personal=True, history=64, albums=None):
    albums = albums or [one.album for one in user.chosen]
    return strict_rankings(net, user.pictures, albums, personal=personal, history=history)


def test_drawn_pictures_are_thumbnails_and_the_same_for_the_same_seed(user):
    again = drawn_user(TEST[0], n_albums=5, photos=70, later=True)
    assert np.array_equal(user.pictures.scenes, again.pictures.scenes)
    pixels = strict_inputs(user.pictures, np.arange(len(user.pictures)))
    assert pixels.shape == (len(user.pictures), 3, 64, 64)
    assert 0 <= float(pixels.min()) < 0.3
    assert 0.7 < float(pixels.max()) <= 1


def test_blur_light_and_people_can_be_seen():
    traits = Traits(albums=2, photos=30, videos=0)
    life = live(np.random.default_rng(3), traits)
    n = len(life.event)
    plain = {"motion": np.zeros(n), "focus": np.ones(n), "light": np.full(n, 0.5), "bystanders": np.zeros(n, np.int64)}

    def drawn(**changed):
        return pictures_of(np.random.default_rng(4), replace(life, **{**plain, **changed}))

    nobody = {"who": np.zeros_like(life.who)}
    scene, blurred, dark = drawn(**nobody), drawn(**nobody, focus=np.zeros(n)), drawn(**nobody, light=np.zeros(n))
    assert np.abs(np.diff(blurred, axis=1)).mean() < 0.8 * np.abs(np.diff(scene, axis=1)).mean()
    assert dark.mean() < 0.6 * scene.mean()
    changed = np.abs(drawn() - scene).max(axis=(1, 2, 3)) > 0.2
    assert changed.tolist() == life.who.any(axis=1).tolist()


def test_a_convolution_unit_gives_one_row_a_picture_and_stays_small(net, user):
    features = net.conv1(strict_inputs(user.pictures, np.arange(7)))
    assert features.shape == (7, FEATURES)
    for unit in (net.conv1, net.conv2):
        assert 5_000 < sum(values.numel() for values in unit.parameters()) <= 12_000


def test_probabilities_sum_to_one_and_interest_is_between_0_and_1(net, user):
    for album, ranking in zip([one.album for one in user.chosen], ranked(net, user), strict=True):
        assert ranking.scores.shape == ranking.interest.shape == album.candidates.shape
        assert ranking.scores.sum() == pytest.approx(1, abs=1e-5)
        assert (ranking.interest > 0).all()
        assert (ranking.interest < 1).all()
        assert set(ranking.matches) <= set(album.history)
        assert len(ranking.matches) <= 4


def test_without_a_history_it_is_the_generic_ranker(net, user):
    none = [replace(one.album, history=np.zeros(0, np.int64)) for one in user.chosen]
    for ranking, empty in zip(ranked(net, user, personal=False), ranked(net, user, albums=none), strict=True):
        assert np.array_equal(ranking.scores, empty.scores)
        assert ranking.interest is None
        assert ranking.matches == ()


def test_only_pixels_count_no_measure_and_no_mark(net, user):
    pictures = user.pictures
    n = len(pictures)
    bare = Pictures.of(pictures.ids, pictures.taken_s, scenes=pictures.scenes, favourite=np.ones(n, np.bool_))
    for full, only in zip(ranked(net, user), ranked(net, replace(user, pictures=bare)), strict=True):
        assert np.array_equal(full.scores, only.scores)


def test_the_history_counts_by_its_latest_pictures_and_their_order(net, user):
    with torch.no_grad():
        torch.nn.init.normal_(net.gru1.out.weight, std=0.5)
        torch.nn.init.normal_(net.gru2.out.weight, std=0.5)
    album = max((one.album for one in user.chosen), key=lambda album: len(album.history))
    latest = replace(album, history=album.history[-3:])
    turned = replace(album, history=album.history[-3:][::-1])
    three, cut, other = ranked(net, user, history=3, albums=[album, latest, turned])
    assert np.array_equal(three.scores, cut.scores)
    assert not np.allclose(three.interest, other.interest, atol=1e-6)


def test_untrained_what_is_alike_overlaps(net):
    torch.manual_seed(0)
    fresh = StrictNet()
    x = torch.nn.functional.normalize(torch.randn(6, FEATURES), dim=1) * 3
    assert int(fresh.overlap(x, x[4:5].repeat(3, 1)).argmax()) == 4


def test_before_training_features_are_centred_and_the_first_says_the_weight(user):
    fresh = StrictNet()
    pixels = strict_inputs(user.pictures, np.arange(len(user.pictures)))
    fresh.begin(pixels)
    with torch.no_grad():
        x, e = fresh.conv2(pixels), fresh.conv1(pixels)
    assert torch.equal(x, e)
    assert x[:, 0].tolist() == pytest.approx([1.0] * len(x))
    assert x[:, 1:].mean(dim=0).abs().max() < 0.05
    assert x[:, 1:5].std(dim=0).tolist() == pytest.approx([1.0] * 4, abs=0.1)


def test_softmax_is_over_the_candidates_and_formula_1_before_it(net):
    x, e = torch.randn(5, FEATURES), torch.randn(3, FEATURES)
    judged = net(x, e)
    hidden = torch.relu((judged.interest[:, None] * x) @ net.fc.weight.T + net.fc.bias)
    assert torch.allclose(judged.z, (hidden @ net.out.weight.T + net.out.bias)[:, 0], atol=1e-5)
    assert judged.category.shape == (len(CATEGORIES),)


@pytest.mark.parametrize(
    "scenes",
    [
        pytest.param(np.zeros((3, 0), np.float32), id="no extractor"),
        pytest.param(np.zeros((3, 12_289), np.float32), id="none could be read"),
    ],
)
def test_pictures_that_nobody_has_seen_are_all_alike(net, scenes):
    pictures = Pictures.of(["a", "b", "c"], np.arange(3.0), scenes=scenes)
    (ranking,) = strict_rankings(net, pictures, [Album(np.arange(3))], personal=True, history=64)
    assert ranking.scores == pytest.approx(np.full(3, 1 / 3), abs=1e-6)


def test_a_video_beside_stills_is_no_cover(net, user):
    rows = user.chosen[0].album.candidates
    video = np.zeros(len(user.pictures), np.bool_)
    video[rows[:-1]] = True
    (ranking,) = ranked(net, replace(user, pictures=replace(user.pictures, video=video)), albums=[user.chosen[0].album])
    assert ranking.best == len(rows) - 1


def test_vectors_of_another_extractor_are_refused_by_name(net):
    pictures = Pictures.of(["a"], np.zeros(1), scenes=np.ones((1, 512), np.float32))
    with pytest.raises(ValueError, match=r"thumbnail, and not some of 512"):
        strict_rankings(net, pictures, [Album(np.zeros(1, np.int64))], personal=True, history=64)


def test_a_head_comes_back_and_one_of_another_network_is_refused(net, user):
    head = head_of(net, seed="1")
    again = strict_net(save_head(None, head.tensors, head.facts))
    for one, other in zip(ranked(net, user), ranked(again, user), strict=True):
        assert one.scores == pytest.approx(other.scores, abs=0.02)
    with pytest.raises(WeightsRefused, match="kind"):
        strict_net(save_head(None, head.tensors, {**head.facts, "kind": "interest_gru"}))
    with pytest.raises(WeightsRefused, match="layers"):
        strict_net(save_head(None, {"fc.weight": head.tensors["fc.weight"]}, head.facts))


def test_training_is_the_same_for_the_same_seed():
    one, again, other = (train_strict(seed, users=2, seeing=1, steps=2) for seed in (2, 2, 3))
    assert save_head(None, one.tensors, one.facts) == save_head(None, again.tensors, again.facts)
    assert save_head(None, one.tensors, one.facts) != save_head(None, other.tensors, other.facts)


def test_what_it_is_shown_it_learns(user):
    torch.manual_seed(1)
    fresh = StrictNet()
    fresh.begin(strict_inputs(user.pictures, np.arange(len(user.pictures))))
    adam = torch.optim.Adam(fresh.parameters(), 3e-3)
    losses, samples = [], lessons_of(user)
    for _ in range(25):
        adam.zero_grad()
        loss = loss_of(fresh, samples, np.random.default_rng(0))
        loss.backward()
        adam.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 0.2


def test_the_shipped_network_is_small_and_chooses_better_than_by_lot_for_users_it_has_not_seen():
    assert SHIPPED.stat().st_size < 45_000
    shipped, hits = strict_net(), []
    for seed in DEVELOPMENT[:32]:
        user = drawn_user(seed, photos=70, later=True)
        for one, ranking in zip(user.chosen, ranked(shipped, user), strict=True):
            hits.append((ranking.best == one.cover, 1 / len(one.album.candidates)))
    own, by_lot = np.mean(hits, axis=0)
    assert own > 1.2 * by_lot  # it has 1.6 times as many of 768 albums; these are 256
