"""Calibration: two halves that share nobody, and pairs that are what they are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.calibrate import cosines, people_of


def test_halves_share_nobody_and_repeat(tmp_path: Path) -> None:
    for n in range(7):
        (tmp_path / f"person {n}").mkdir()
    setting, checking = people_of(tmp_path, seed=0)
    assert (len(setting), len(checking)) == (3, 4)
    assert not set(setting) & set(checking)
    assert people_of(tmp_path, seed=0) == (setting, checking)
    assert people_of(tmp_path, seed=1) != (setting, checking)


def test_pairs() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    same, strangers = cosines(vectors, np.array([0, 0, 1]))
    assert same.tolist() == np.float32([0.8]).tolist()
    assert sorted(strangers.tolist()) == np.float32([0.0, 0.6]).tolist()
