"""Fusion, preprocessing and graph convolution of patent 001, on matrices that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from plugins.people._confidence_net import (
    ConfidenceNet,
    fuse,
    graph_convolution,
    preprocess,
    untrained_confidences,
)

torch.set_num_threads(1)
NAN = float("nan")
FACES = torch.tensor([[1.0, 0.6, 0.1], [0.6, 1.0, 0.4], [0.1, 0.4, 1.0]])


@pytest.mark.parametrize(
    ("attributes", "share", "fused"),
    [
        pytest.param([[1.0, 0.0], [0.5, 1.0]], 0.5, [[1.0, 0.3], [0.55, 1.0]], id="the mean of both"),
        pytest.param([[1.0, 0.0], [0.5, 1.0]], 1.0, [[1.0, 0.6], [0.6, 1.0]], id="faces alone"),
        pytest.param([[NAN, NAN], [NAN, NAN]], 0.5, [[1.0, 0.6], [0.6, 1.0]], id="no attributes: the faces stand in"),
        pytest.param([[1.0, -2.0], [-2.0, 1.0]], 0.5, [[1.0, 0.0], [0.0, 1.0]], id="never below 0"),
    ],
)
def test_similarities_are_fused(attributes, share, fused):
    faces = torch.tensor([[1.0, 0.6], [0.6, 1.0]])
    assert torch.allclose(fuse(faces, torch.tensor(attributes), share), torch.tensor(fused))


@pytest.mark.parametrize(
    ("normalisation", "expected"),
    [
        # S + I without the weak .1: rows (2, .6, 0), (.6, 2, .4), (0, .4, 2), sums 2.6, 3.0, 2.4.
        pytest.param(
            "row",
            [[2 / 2.6, 0.6 / 2.6, 0], [0.6 / 3, 2 / 3, 0.4 / 3], [0, 0.4 / 2.4, 2 / 2.4]],
            id="D⁻¹(S+I): rows sum to 1",
        ),
        pytest.param(
            "symmetric",
            [
                [2 / 2.6, 0.6 / (2.6 * 3) ** 0.5, 0],
                [0.6 / (2.6 * 3) ** 0.5, 2 / 3, 0.4 / (3 * 2.4) ** 0.5],
                [0, 0.4 / (3 * 2.4) ** 0.5, 2 / 2.4],
            ],
            id="D^-1/2(S+I)D^-1/2",
        ),
    ],
)
def test_similarities_are_preprocessed(normalisation, expected):
    assert torch.allclose(preprocess(FACES, torch.eye(3), normalisation), torch.tensor(expected), atol=1e-6)


def test_preprocessing_against_some_references_is_that_of_their_columns():
    itself = torch.eye(3)[:, :2]
    near = preprocess(FACES[:, :2], itself, "symmetric")
    # Degrees 2.6 and 2.6 of the references, 0.4 of the third face, which is none.
    assert near[2, 1].item() == pytest.approx(0.4 / (0.4 * 2.6) ** 0.5)
    assert preprocess(FACES[:, :2], itself).sum(dim=1).tolist() == pytest.approx([1, 1, 1])


def test_a_graph_convolution_takes_the_weighted_mean_of_neighbours():
    near = torch.tensor([[0.5, 0.5], [0.25, 0.75]])
    features = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    weight = torch.tensor([[1.0], [10.0]])
    # Means (.5, 1) and (.25, 1.5), then 1 and 10 of them.
    assert graph_convolution(near, features, weight).tolist() == [[10.5], [15.25]]


def test_the_net_is_two_convolutions_each_beside_the_own_features():
    torch.manual_seed(0)
    net = ConfidenceNet(2, hidden=3).eval()
    x, nothing = torch.randn(3, 2), torch.full((3, 3), NAN)
    hidden, near = x, preprocess(FACES, torch.eye(3))
    for weight, own in zip(net.near, net.own, strict=True):
        hidden = torch.relu(near @ hidden @ weight + own(hidden))
    assert torch.allclose(net(x, FACES, nothing, torch.eye(3)), net.out(hidden)[:, 0], atol=1e-6)


def test_a_face_counts_by_whom_it_is_like_and_not_by_its_place():
    torch.manual_seed(1)
    net, order = ConfidenceNet(4).eval(), torch.tensor([2, 0, 1])
    x, nothing = torch.randn(3, 4), torch.full((3, 3), NAN)
    moved = net(x[order], FACES[order][:, order], nothing, torch.eye(3))
    assert torch.allclose(moved, net(x, FACES, nothing, torch.eye(3))[order], atol=1e-6)


def test_padding_changes_nothing():
    torch.manual_seed(2)
    net = ConfidenceNet(4).eval()
    x, nothing = torch.randn(3, 4), torch.full((3, 3), NAN)
    grown = [torch.nn.functional.pad(part, (0, 2, 0, 2)) for part in (FACES, nothing, torch.eye(3))]
    padded = net(torch.nn.functional.pad(x, (0, 0, 0, 2)), *grown)
    assert torch.allclose(padded[:3], net(x, FACES, nothing, torch.eye(3)), atol=1e-6)


def test_weights_come_back_from_their_tensors():
    torch.manual_seed(3)
    net = ConfidenceNet(5, hidden=7)
    x, nothing = torch.randn(3, 5), torch.full((3, 3), NAN)
    again = ConfidenceNet.of(net.tensors())
    assert torch.equal(again(x, FACES, nothing, torch.eye(3)), net(x, FACES, nothing, torch.eye(3)))


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param({"near.0": np.zeros((4, 7), np.float32)}, id="another number of channels in one tensor"),
        pytest.param({"near.0": np.zeros(4, np.float32)}, id="a vector for a matrix"),
        pytest.param({"near.0": None}, id="the first tensor missing"),
        pytest.param({"stranger": np.zeros(1, np.float32)}, id="a tensor too many"),
        pytest.param({"out.bias": None}, id="a tensor missing"),
    ],
)
def test_what_is_no_confidence_net_is_refused(spoiled):
    tensors = {**ConfidenceNet(5, hidden=7).tensors(), **spoiled}
    with pytest.raises(ValueError, match="confidence net"):
        ConfidenceNet.of({name: value for name, value in tensors.items() if value is not None})


def test_without_weights_confidence_is_smoothed_likeness_to_the_medoid():
    nothing = torch.full((3, 3), NAN)
    near = preprocess(FACES, torch.eye(3))
    sure = untrained_confidences(FACES, nothing, torch.eye(3), medoid=1)
    assert torch.allclose(sure, near @ FACES[:, 1])
    assert sure.tolist() == pytest.approx([(2 * 0.6 + 0.6) / 2.6, (0.36 + 2 + 0.16) / 3, (0.4 + 0.8) / 2.4])
