"""Training of the interest network: what is learned, the same for the same seed, and held to what was given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from plugins.covers import Album, Chosen, Pictures
from plugins.covers import _interest_training as training
from plugins.covers._interest_head import SHIPPED, loaded, net_of
from plugins.covers._interest_inputs import SIDE
from plugins.covers._interest_net import Options
from plugins.covers._synthetic import DEVELOPMENT, TRAINING, simulate
from plugins.covers.interest_gru import Plugin
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
    return simulate(DEVELOPMENT[0], n_albums=8, later=True)


def foretold(head, user, personal=0.0):
    """Return the mean log-probability of the covers that the user chose."""
    rankings = Plugin(head=head, personal=personal).rank(user.pictures, [one.album for one in user.chosen])
    return np.mean([np.log(found.scores[one.cover]) for found, one in zip(rankings, user.chosen, strict=True)])


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(Options(), id="all of it"),
        pytest.param(Options(grus=False, side=False, category=False), id="without its parts"),
        pytest.param(Options(per_image=True), id="each image alone"),
    ],
)
def test_training_gives_a_head_that_the_method_takes_and_the_same_for_the_same_seed(options, monkeypatch):
    monkeypatch.setattr(training, "simulate", lambda number, **asked: simulate(number, n_albums=2, **asked))
    one, again = (training.train_interest(3, users=1, steps=2, options=options) for _ in range(2))
    data = save_head(None, one.tensors, one.facts)
    assert data == save_head(None, again.tensors, again.facts)
    found = simulate(DEVELOPMENT[1], n_albums=3)
    for ranking in Plugin(head=data, options=options).rank(found.pictures, [album.album for album in found.chosen]):
        assert np.isfinite(ranking.scores).all()


def test_the_shipped_head_says_how_it_was_made_and_is_small():
    facts = loaded(SHIPPED).facts
    assert facts["patent"] == "004"
    assert int(facts["users"]) <= len(TRAINING)
    assert SHIPPED.stat().st_size <= 145_000


def test_what_is_learned_is_which_candidate_it_was(user):
    batch = training.batch_of(user.pictures, training.looks_of(user.pictures), [one.album for one in user.chosen], 64)
    right, wrong = (
        training.lesson_of(batch, [np.eye(len(one.album.candidates), dtype=np.float32)[at(one)] for one in user.chosen])
        for at in (lambda one: one.cover, lambda one: one.cover - 1)
    )
    net = net_of(loaded(SHIPPED))
    z = torch.where(right.wanted > wrong.wanted, 5.0, 0.0).masked_fill(~batch.eligible, -torch.inf)
    judged = replace(net(batch), z=z)
    assert training.interest_loss(net, right, judged) < training.interest_loss(net, wrong, judged)


def test_an_album_that_does_not_count_teaches_nothing():
    pictures = Pictures.of([str(n) for n in range(12)], np.arange(12.0), sharpness=np.linspace(0, 1, 12))
    albums = [Album(np.arange(6)), Album(np.arange(6, 12))]
    blurred = [Chosen(albums[0], 0), Chosen(albums[1], 0, weight=0.0)]
    moved = [training.fitted(None, pictures, [blurred[0], replace(blurred[1], cover=at)], steps=2) for at in (0, 5)]
    one, other = (loaded(head).tensors["fc.weight"] for head in moved)
    assert np.allclose(one, other, atol=1e-6)


def test_one_users_covers_are_learned_and_only_the_last_layers_move(user):
    head = training.fitted(None, user.pictures, user.chosen, steps=40)
    before, after = loaded(SHIPPED), loaded(head)
    assert foretold(head, user) > foretold(None, user)
    moved = [name for name, tensor in before.tensors.items() if not np.array_equal(tensor, after.tensors[name])]
    assert {"fc.weight", "match", "near", "bias"} <= set(moved)
    assert all(name.startswith(training.TUNED) for name in moved)
    assert after.facts["tuned"] == "8"
    assert head == training.fitted(None, user.pictures, user.chosen, steps=40)


def test_a_head_that_does_not_fit_is_not_tuned(user):
    with pytest.raises(WeightsRefused):
        training.fitted(b"nothing", user.pictures, user.chosen)


def test_side_channels_of_blind_albums_have_no_marks(user):
    pictures = replace(user.pictures, favourite=np.ones(len(user.pictures), np.bool_))
    blind = replace(user.chosen[0].album, blind=True)
    side = training.batch_of(pictures, training.looks_of(pictures), [blind], 64).side
    assert not side[:, :, [SIDE.index("favourite"), SIDE.index("stars")]].any()
