"""List the photos of a served library, and their faces if asked, in a process of its own, and say what that took.

Its arguments are the kind of server (a name of `KINDS`), address, key, the folder of the store, and at times `faces`.
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


def listed(kind: Kind, server: FakeServer, data: Path, *more: str) -> dict[str, float]:
    """Return the client's own processor time in seconds, most of its memory in MB, how many photos are new, and faces.

    The processor time is what it takes beyond the server's own; both run on one machine here.
    """
    done = subprocess.run(
        [sys.executable, "-m", "fakes.listing", kind.name, server.url, kind.key(server), str(data), *more],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout))


def main(kind: str, url: str, key: str, data: str, *more: str) -> None:
    """Write one JSON object."""
    with Served(KINDS[kind], url, key, Path(data)).opened() as (store, gallery):
        began = time.process_time()
        found = store.photos.replace(LIBRARY, gallery.photos())
        read = gallery.all_regions(store.photos.all(LIBRARY)) if "faces" in more else ()
        faces = sum(len(regions) for _, regions in read)
        cpu_s = time.process_time() - began
    # Not getrusage: its peak is that of the process that started this one, where that was larger.
    status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    mb = int(status["VmHWM"].split()[0]) / 1000
    sys.stdout.write(json.dumps({"cpu_s": cpu_s, "mb": mb, "n": len(found.new), "faces": faces}))


if __name__ == "__main__":
    main(*sys.argv[1:])
