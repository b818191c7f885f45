"""The shipped weights are those that the command makes: its seeds, its methods, with figures, and small."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.covers import _interest_head as interest
from plugins.covers import _strict_net as strict
from plugins.people import Context, affinity_gcn, confidence_gcn
from plugins.people import _affinity_model as affinity
from plugins.people import _confidence_judge as confidence
from plugins.people._confidence_channels import CHANNELS
from plugins.shipped_weights import TRAINERS, train_shipped
from plugins.trained_heads import load_head

TINY = {"galleries": 2, "held_out": 1, "epochs": 1, "most": 300}


@pytest.mark.parametrize(
    ("method", "schema", "channels", "figure"),
    [
        pytest.param("affinity_gcn", affinity.SCHEMA, affinity.CHANNELS, "held_out", id="patent 003"),
        pytest.param("confidence_gcn", confidence.SCHEMA, CHANNELS, "node_auc", id="patent 001"),
        pytest.param("interest_gru", interest.SCHEMA, interest.CHANNELS, "users", id="patent 004"),
        pytest.param("interest_gru_strict", strict.SCHEMA, strict.CHANNELS, "steps", id="patent 004 to the letter"),
    ],
)
def test_what_is_shipped_was_trained_from_the_seed_of_the_command(method, schema, channels, figure):
    shipped = TRAINERS[method]
    facts = load_head(shipped.folder / f"{method}.safetensors", method, schema, channels).facts
    assert facts["seed"] == str(shipped.seed)
    assert facts[figure]


def test_what_is_shipped_fits_and_is_small():
    files = [path for folder in {shipped.folder for shipped in TRAINERS.values()} for path in folder.iterdir()]
    assert {path.name for path in files} == {f"{method}.safetensors" for method in TRAINERS}
    assert sum(path.stat().st_size for path in files) < 300_000
    assert affinity_gcn.Plugin().cluster(np.eye(3, dtype=np.float32), Context.of(3)).note == ""
    assert confidence_gcn.Plugin().judge.note == ""


def test_the_same_seed_makes_the_same_file(tmp_path):
    one, _ = train_shipped("confidence_gcn", tmp_path / "one", **TINY)
    two, facts = train_shipped("confidence_gcn", tmp_path / "two", **TINY)
    assert one.read_bytes() == two.read_bytes()
    assert one.name == "confidence_gcn.safetensors"
    assert 0 <= float(facts["node_auc"]) <= 1
