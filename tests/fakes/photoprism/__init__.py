"""A fake PhotoPrism on a real port, its state in memory, with the quirks that were measured, read or documented."""

from __future__ import annotations

from fakes.photoprism.server import PASSWORD, FakePhotoPrism

__all__ = ["PASSWORD", "FakePhotoPrism"]
