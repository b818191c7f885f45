"""The benchmark of the review page measures pages that are filled."""

from __future__ import annotations

import json

import pytest

from benchmarks.review import main


def test_every_page_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--photos", "40", "--suggestions", "60", "--changes", "200", "--repeats", "2", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["data"] == "40 photos, 60 suggestions, a plan of 200 changes"
    rows = {row["page"]: row for row in told["rows"]}
    assert {"home", "plan: first albums", "plan: last albums", "tags: words", "runs"} <= rows.keys()
    assert all(row["cpu_ms"] > 0 and 0 < row["median_ms"] <= row["worst_ms"] for row in rows.values())
    assert rows["plan: first albums"]["kb"] > 20  # twelve albums, and not an empty plan
    assert rows["tags: words"]["kb"] > 20
