"""Cleanup on the command line: what could go is never said to be gone."""

from __future__ import annotations

from typing import Any

import pytest

from app.cleaning import cleaned_lines

NOTHING: dict[str, Any] = {
    "removed": False,
    "libraries": ["family"],
    "bytes": 0,
    "runs": {"runs": 0, "changes": 0, "reports": 0, "bytes": 0},
    "vectors": {"vectors": 0, "pictures": 0, "waiting": 0, "bytes": 0},
    "files": {"pictures": 0, "receipts": 0, "bytes": 0},
}
SOME = {**NOTHING, "runs": {"runs": 1, "changes": 1200, "reports": 2, "bytes": 9}, "bytes": 2_500_000}


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        pytest.param(NOTHING, ["Nothing is old enough to go."], id="nothing"),
        pytest.param(
            SOME,
            [
                "Could be removed: about 2.5 MB",
                "  1 run",
                "  1,200 changes of them",
                "  2 reports",
                "--apply removes it.",
            ],
            id="a look",
        ),
        pytest.param(
            {**SOME, "removed": True},
            [
                *("Removed: about 2.5 MB", "  1 run", "  1,200 changes of them", "  2 reports"),
                "The database keeps its room and fills it again.",
            ],
            id="it is gone",
        ),
        pytest.param(
            {"removed": False, "bytes": 0, "runs": NOTHING["runs"]}, ["Nothing is old enough to go."], id="one library"
        ),
        pytest.param(
            {**NOTHING, "vectors": {**NOTHING["vectors"], "waiting": 1}},
            [
                "Nothing is old enough to go.",
                "Kept for now: the vectors of 1 picture that no library has any more.",
            ],
            id="some wait",
        ),
    ],
)
def test_what_is_said(found, lines):
    assert list(cleaned_lines(found)) == lines
