"""docs/cover_benchmark.md: the file that it shows is one that the benchmark reads, and it names every array."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks._covers_arrays import NEEDED, OPTIONAL
from benchmarks.covers import main

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cover_benchmark.md").read_text(encoding="utf-8")


def test_the_file_of_the_page_is_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "cover_benchmark.md", "exec"), {})  # noqa: S102 - our own page
    assert main(["--npz", "albums.npz", "--methods", "random,history_cosine"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("albums.npz: 12 pictures, 2 albums\n")
    assert "| random | all | 1 | 2 | 0.0 | 0.250 " in told


def test_the_page_names_every_array() -> None:
    needed, optional = (re.findall(r"^\| `(\w+)` \| \(", part, re.MULTILINE) for part in PAGE.split("Those five")[:2])
    assert set(needed) == set(NEEDED)
    assert set(optional) == set(OPTIONAL)
