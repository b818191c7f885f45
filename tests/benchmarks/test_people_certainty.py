"""The benchmark of faces that join by themselves: what it prints for a simulated gallery."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.people_certainty import main


def test_a_simulated_gallery(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--synthetic", "moderate", "--seeds", "1", "--method", "average_linkage"]
    monkeypatch.setattr(sys, "argv", ["people_certainty", *given])
    main()
    shipped, own = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (shipped["method"], own["method"], shipped["seed"]) == ("shipped", "own", 51)
    assert shipped["precision"] >= 0.99
    assert shipped["recall"] > 0.8
    assert 0 < own["joined"] < shipped["joined"]
