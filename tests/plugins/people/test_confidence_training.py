"""Training the confidence net: what it is shown, and that it learns."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from plugins.people._confidence_channels import CHANNELS
from plugins.people._confidence_judge import Judge
from plugins.people._confidence_net import ConfidenceNet
from plugins.people._confidence_training import MIXED, node_auc, samples, train_confidence
from plugins.trained_heads import save_head

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def shown():
    return samples(range(2), 310)


def test_groups_are_mixed_and_pure_and_of_all_sizes(shown):
    shares, sizes = np.array([s.share for s in shown]), np.array([len(s.belongs) for s in shown])
    assert ((shares >= MIXED[0]) & (shares <= MIXED[1])).mean() > 0.3
    assert (shares == 1).mean() > 0.1
    assert sizes.min() == 2
    assert sizes.max() > 50
    assert all(s.group.features.shape == (len(s.belongs), len(CHANNELS)) for s in shown)
    assert all(np.isfinite(s.group.features).all() for s in shown)


def test_who_belongs_is_the_majority_and_nobody_where_all_differ(shown):
    assert all(s.belongs.mean() == pytest.approx(s.share) or not s.belongs.any() for s in shown)
    assert any(len(s.belongs) == 2 and not s.belongs.any() for s in shown)


def test_the_same_seed_gives_the_same_head():
    head, again = (train_confidence(5, galleries=1, held_out=1, epochs=1, most=310) for _ in range(2))
    assert all(np.array_equal(value, again.tensors[name]) for name, value in head.tensors.items())
    assert head.facts == again.facts


def test_the_net_learns_and_the_plugin_takes_it():
    head = train_confidence(5, galleries=2, held_out=1, epochs=60, most=310)
    assert json.loads(head.facts["channels"]) == list(CHANNELS)
    assert Judge.of(save_head(None, head.tensors, head.facts)).note == ""
    learned = [s for s in samples(range(6_000_000, 6_000_002), 310) if MIXED[0] <= s.share <= MIXED[1]]
    assert node_auc(ConfidenceNet.of(head.tensors), learned) > 0.9
