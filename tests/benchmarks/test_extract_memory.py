"""The memory of extraction is measured, stays below its bound and does not grow with the number of photos."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from benchmarks._sides import resident_mb
from benchmarks.extract_memory import main, processor_s, shared_out_mb

MOST_MB = 1_500

pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="looks into /proc")


def test_memory_and_time_of_processes() -> None:
    assert 0 < shared_out_mb(os.getpid()) <= resident_mb(os.getpid()) + 1
    assert processor_s(os.getpid()) > 0
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    assert (shared_out_mb(ended.pid), processor_s(ended.pid)) == (0, 0)


@pytest.mark.soak
def test_memory_does_not_grow_with_the_number_of_photos(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(shared / "exif"), "--photos", "200", "1000", "--json"]) == 0
    few, many = json.loads(capsys.readouterr().out)["rows"]
    assert many["peak_rss_mb"] < MOST_MB
    assert many["peak_rss_mb"] < 1.1 * few["peak_rss_mb"]
