"""A fake Immich that listens on a real port, keeps its state in memory and behaves as a real 3.1.0 was measured to."""

from __future__ import annotations

from fakes.immich.server import FakeImmich

__all__ = ["FakeImmich"]
