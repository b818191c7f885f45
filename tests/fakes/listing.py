"""List the photos of a served library in a process of its own, and say what that took: a script.

Its arguments are the kind of server (a name of `KINDS`), address, key, and the folder of the store.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from fakes.http.server import FakeServer
from fakes.served import LIBRARY, Kind, Served
from fakes.served.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


def listed(kind: Kind, server: FakeServer, data: Path) -> dict[str, float]:
    """Return the client's own processor time in seconds, most of its memory in MB, and how many photos are new.

    The processor time is what it takes beyond the server's own; both run on one machine here.
    """
    done = subprocess.run(
        [sys.executable, "-m", "fakes.listing", kind.name, server.url, kind.key(server), str(data)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout))


def main(kind: str, url: str, key: str, data: str) -> None:
    """Write one JSON object."""
    with Served(KINDS[kind], url, key, Path(data)).opened() as (store, gallery):
        began = time.process_time()
        found = store.photos.replace(LIBRARY, gallery.photos())
        cpu_s = time.process_time() - began
    # Not getrusage: its peak is that of the process that started this one, where that was larger.
    status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    sys.stdout.write(json.dumps({"cpu_s": cpu_s, "mb": int(status["VmHWM"].split()[0]) / 1000, "n": len(found.new)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
