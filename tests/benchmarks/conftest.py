"""What benchmarks do to their process is taken back after each test."""

from __future__ import annotations

import pytest

from plugins.features import weights


@pytest.fixture(autouse=True)
def pinned_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let random weights that a benchmark makes known be forgotten after it."""
    monkeypatch.setattr(weights, "KNOWN", dict(weights.KNOWN))
