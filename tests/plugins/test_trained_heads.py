"""Heads come back as they were written, and only where they fit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from plugins.trained_heads import LARGEST, WeightsRefused, load_head, save_head

FACTS = {"kind": "affinity_gcn", "schema": "1", "channels": '["density", "rank"]', "seed": "3"}
TENSORS = {"v.weight": np.array([[0.5, -2.0]], dtype=np.float32), "b": np.array([0.25], dtype=np.float32)}


def test_a_head_comes_back_as_it_was_written(tmp_path):
    data = save_head(tmp_path / "head.safetensors", TENSORS, FACTS)
    for source in (data, tmp_path / "head.safetensors"):
        head = load_head(source, "affinity_gcn", "1", ["density", "rank"])
        assert {name: tensor.tolist() for name, tensor in head.tensors.items()} == {
            "v.weight": [[0.5, -2.0]],
            "b": [0.25],
        }
        assert head.facts["seed"] == "3"
        assert head.tensors["b"].dtype == np.float32


def test_the_same_head_has_the_same_bytes():
    assert save_head(None, TENSORS, FACTS) == save_head(
        None, dict(reversed(TENSORS.items())), dict(reversed(FACTS.items()))
    )


GOOD = save_head(None, TENSORS, FACTS)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(save_head(None, TENSORS, {**FACTS, "kind": "confidence_gcn"}), "kind", id="another method's"),
        pytest.param(save_head(None, TENSORS, {**FACTS, "schema": "0"}), "schema", id="an older layout"),
        pytest.param(save_head(None, TENSORS, {**FACTS, "channels": '["rank"]'}), "channels", id="other inputs"),
        pytest.param(GOOD[:-1], "safetensors", id="cut off"),
        pytest.param(GOOD[:-1] + b"\x01", "not those that were written", id="a bit flipped"),
        pytest.param(b"", "safetensors", id="empty"),
        pytest.param(b"\xff" * 64, "safetensors", id="noise"),
        pytest.param(bytes(LARGEST + 1), "more than any head", id="huge"),
        pytest.param(save_head(None, {"b": np.array([np.nan])}, FACTS), "finite", id="not numbers"),
        pytest.param(save_head(None, TENSORS, {**FACTS, "channels": json.dumps("density")}), "channels", id="no list"),
    ],
)
def test_what_does_not_fit_is_refused(data, says):
    with pytest.raises(WeightsRefused, match=says):
        load_head(data, "affinity_gcn", "1", ["density", "rank"])


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(WeightsRefused, match="cannot be read"):
        load_head(tmp_path / "none.safetensors", "affinity_gcn", "1", [])


def test_a_head_must_say_what_it_is():
    with pytest.raises(ValueError, match="schema"):
        save_head(None, TENSORS, {"kind": "affinity_gcn", "channels": "[]"})
