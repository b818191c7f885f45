"""The interest network against the claims: what its GRUs see, what is weighed, and what the softmax runs over."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from plugins.covers import CATEGORIES
from plugins.covers._interest_inputs import PARTS, SIDE, WIDTH, Batch
from plugins.covers._interest_net import ALL, HIDDEN, BiGru, InterestNet, Options, probabilities


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def batch(a=3, k=5, m=4, seed=0):
    """Return albums of random pictures."""
    generator = torch.Generator().manual_seed(seed)
    looks = [torch.nn.functional.normalize(torch.randn(a, n, WIDTH, generator=generator), dim=2) for n in (k, m)]
    side, common = torch.randn(a, k, len(SIDE), generator=generator), torch.zeros(a, k, 2)
    there = torch.ones(a, k, dtype=torch.bool), torch.ones(a, m, dtype=torch.bool)
    return Batch(looks[0], common, side, there[0], looks[1], there[1], torch.arange(a) % len(CATEGORIES))


def net(options=ALL, gru=0.1, seed=0):
    """Return a network whose GRUs say something."""
    torch.manual_seed(seed)
    found = InterestNet(options).eval()
    with torch.no_grad():
        for one in (found.gru1, found.gru2):
            one.out_forth.weight.normal_(0, gru)
            one.out_back.weight.normal_(0, gru)
    return found


def textbook(gru, steps):
    """Return what torch's own bidirectional GRU makes of sequences, with our weights, through our output."""
    own = torch.nn.GRU(WIDTH, HIDDEN, batch_first=True, bidirectional=True)
    for cell, suffix in ((gru.forth, ""), (gru.back, "_reverse")):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(own, f"{name}_l0{suffix}").data.copy_(getattr(cell, name))
    forth, back = own(steps)[0].split(HIDDEN, dim=2)
    return steps + gru.out_forth(forth) + gru.out_back(back)


@torch.no_grad()
def test_second_gru_describes_the_history_in_both_directions():
    given, gru = batch(), net().gru2
    assert torch.allclose(gru(given.history, given.liked), textbook(gru, given.history), atol=1e-5)


@torch.no_grad()
def test_first_gru_reads_each_candidate_before_the_description():
    given, gru = batch(), net().gru1
    u, shared, forth = gru.pair(given.candidates, given.history, given.liked)
    for n in range(given.candidates.shape[1]):
        wanted = textbook(gru, torch.cat([given.candidates[:, n : n + 1], given.history], dim=1))
        assert torch.allclose(u[:, n], wanted[:, 0], atol=1e-5)
        assert torch.allclose(shared + gru.out_forth(forth[:, n]), wanted[:, 1:], atol=1e-5)


def test_untrained_grus_pass_their_input_on():
    given, gru = batch(), BiGru()
    assert torch.equal(gru(given.history, given.liked), given.history)


@torch.no_grad()
@pytest.mark.parametrize("options", [pytest.param(ALL, id="GRUs"), pytest.param(Options(grus=False), id="no GRUs")])
def test_what_is_like_the_history_overlaps_with_it_more(options):
    given = batch()
    liked = given.history[:, :1] + 0.1 * given.history
    candidates = torch.cat([liked[:, :2], -liked[:, :3]], dim=1)
    judged = InterestNet(options)(replace(given, history=liked, candidates=candidates))
    assert (judged.interest[:, :2].amin(dim=1) > judged.interest[:, 2:].amax(dim=1)).all()
    assert judged.interest.shape[2] == len(PARTS)


@torch.no_grad()
def test_interest_weights_are_shares_and_half_a_history_is_in_between():
    given, model = batch(), net(gru=0.01)
    none, half, whole = (model(given, share).interest for share in (0.0, 0.5, 1.0))
    assert ((whole > 0) & (whole < 1)).all()
    assert torch.allclose(half, (none + whole) / 2, atol=1e-6)
    assert not torch.allclose(none, whole)


@torch.no_grad()
def test_without_a_history_it_is_the_generic_ranker():
    given, model = batch(), net()
    empty = replace(given, liked=torch.zeros_like(given.liked))
    assert torch.equal(model(empty, 1.0).z, model(given, 0.0).z)
    other = replace(given, history=torch.roll(given.history, 1, dims=0))
    assert torch.equal(model(other, 0.0).z, model(given, 0.0).z)


@torch.no_grad()
def test_features_are_weighted_before_the_full_connection():
    given, model = batch(), net()
    weight = torch.rand(3, 5, len(PARTS))
    per_number = weight.repeat_interleave(torch.tensor(list(PARTS.values())), dim=2)
    rows = torch.cat([given.candidates * per_number, weight, given.side], dim=2)
    assert torch.allclose(model.hidden(given.candidates, weight, given.side), model.fc(rows), atol=1e-5)


@torch.no_grad()
def test_softmax_runs_over_the_candidates():
    given, model = batch(), net()
    hidden = given.eligible.clone()
    hidden[0, 2] = False
    found = probabilities(model(replace(given, eligible=hidden)).z, ALL)
    assert torch.allclose(found.sum(dim=1), torch.ones(3))
    assert found[0, 2] == 0


@torch.no_grad()
def test_the_alternative_judges_each_image_alone():
    given, alone = batch(), Options(per_image=True)
    model = net(alone)
    one = replace(given, candidates=given.candidates[:, :1], side=given.side[:, :1], close=given.close[:, :1],
                  eligible=given.eligible[:, :1])  # fmt: skip
    found = probabilities(model(given).z, alone)
    assert torch.allclose(found[:, :1], probabilities(model(one).z, alone), atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(
    ("options", "changed"),
    [
        pytest.param(Options(side=False), {"side": torch.ones(3, 5, len(SIDE))}, id="side channels"),
        pytest.param(Options(category=False), {"category": torch.full((3,), 5)}, id="category"),
    ],
)
def test_what_is_taken_away_changes_nothing(options, changed):
    given = batch()
    for part, same in ((options, True), (ALL, False)):
        model = net(part)
        with torch.no_grad():
            model.fc_category.weight.normal_()
        assert torch.allclose(model(given).z, model(replace(given, **changed)).z) == same


@torch.no_grad()
def test_padding_changes_nothing():
    given, model = batch(), net()
    wide = {
        name: torch.nn.functional.pad(getattr(given, name), (0, 0, 0, 3)) for name in ("candidates", "close", "side")
    }
    wide |= {"history": torch.nn.functional.pad(given.history, (0, 0, 0, 2))}
    wide |= {name: torch.nn.functional.pad(getattr(given, name), (0, n)) for name, n in (("eligible", 3), ("liked", 2))}
    padded, plain = model(replace(given, **wide)), model(given)
    assert torch.allclose(padded.z[:, :5], plain.z, atol=1e-5)
    assert torch.isinf(padded.z[:, 5:]).all()
    assert torch.allclose(padded.category, plain.category, atol=1e-5)


def test_it_is_small():
    assert sum(parameter.numel() for parameter in InterestNet().parameters()) <= 72_600
