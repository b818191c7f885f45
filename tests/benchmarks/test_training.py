"""The benchmark of training: who is judged was not named, and the rows say what was learned."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import training
from plugins.people._synthetic import simulate


@pytest.mark.parametrize("kind", training.KINDS)
def test_nobody_who_is_judged_is_named(kind):
    data = training.simulated(kind, 3)
    assert set(data.named.tolist()).isdisjoint(data.judged.tolist())
    assert len(data.named) + len(data.judged) == training.PEOPLE


def test_a_file_of_few_people_teaches_nothing(tmp_path, capsys):
    made = simulate(0, training.replace(training.LIBRARY, faces=120, people=6, zipf=0.2, dim=32, effective=20.0))
    np.savez(tmp_path / "faces.npz", vectors=made.vectors, labels=made.labels)
    training.main(["--npz", str(tmp_path / "faces.npz"), "--named", "4"])
    told = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in told["rows"]] == ["shipped", "shipped_purified"]
    assert "4 people have names" in told["learned"]["parts"][0]["reason"]
