"""Fixtures that several kinds of plugins share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65_534


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """Lend an empty folder, and run the test without root's right to write everywhere."""
    folder = Path(tempfile.mkdtemp(prefix="albumen-test-"))
    was = os.geteuid()
    if was == 0:
        os.chown(folder, NOBODY, -1)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(was)
        shutil.rmtree(folder, ignore_errors=True)
