"""`albumen evaluate`: what it refuses; what it answers is tested beside the flow, how it says it beside the words."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.method_lists import METHOD_KINDS

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        pytest.param("albums", f"there is nothing to score for albums; there is: {', '.join(METHOD_KINDS)}", id="slip"),
        pytest.param("events,, faces ", "nothing to score for faces", id="among others"),
    ],
)
def test_an_unknown_kind_is_refused_before_anything_starts(kinds: str, said: str, albumen: Command, tmp_path: Path):
    done = albumen("evaluate", f"folder:{tmp_path}", "--kinds", kinds)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
