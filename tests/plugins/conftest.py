"""Fixtures that several kinds of plugins share."""

from __future__ import annotations

import codecs
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
    codecs.lookup("utf-8-sig")  # read on first use, from where Python lies: perhaps nobody but root can read there
    if was == 0:
        os.chown(folder, NOBODY, -1)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(was)
        shutil.rmtree(folder, ignore_errors=True)
