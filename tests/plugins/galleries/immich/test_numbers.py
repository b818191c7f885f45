"""A hundred thousand photos: how long listing them takes beyond the server's own time, and how much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.served import serve

ROOT = Path(__file__).resolve().parents[4]
N = 100_000
LISTING = """
import json, sys, time
from pathlib import Path
from fakes.served import LIBRARY, Served
library = Served(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
with library.opened() as (store, gallery):
    began = time.process_time()
    found = store.photos.replace(LIBRARY, gallery.photos())
    cpu_s = time.process_time() - began
# Not getrusage: its peak is that of the process that started this one, where that was larger.
status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
print(json.dumps({"cpu_s": cpu_s, "mb": int(status["VmHWM"].split()[0]) / 1000, "n": len(found.new)}))
"""


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to say how much memory was used")
def test_listing_a_hundred_thousand_photos(tmp_path: Path) -> None:
    """The client's own processor time is what it takes beyond the server's; both run on one machine here."""
    with serve(n=N) as server:
        for n, again in ((N, False), (0, True)):
            asked = len(server.requests)
            done = subprocess.run(
                [sys.executable, "-c", LISTING, server.url, server.key, str(tmp_path / "data")],
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
                check=True,
                capture_output=True,
                text=True,
            )
            told = json.loads(done.stdout)
            assert told["n"] == n
            assert told["cpu_s"] < 60
            assert told["mb"] < 500
            assert len(server.requests) - asked <= N // 1000 + 15
            sys.stdout.write(f"{'again' if again else 'first'}: {told}\n")
