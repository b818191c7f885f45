"""Run a served library in processes that can be killed, forked from this one so that imports are paid once: a script.

It reads JSON objects from standard input, one a line: `kind` (a name of `KINDS`), `url`, `key`, `data` and `means` (a
name that the kind has for what a run wants). For each it says the id of the process that does the run, and then its
exit status.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, Self

from fakes.http.server import FakeServer
from fakes.killing import without_fsync
from fakes.served import Served
from fakes.served.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


class Unserved(Exception):
    """Breaks off a request before the server has done anything."""


class Dying:
    """The other end of the script: does runs, and kills those that it is told to kill."""

    def __enter__(self) -> Self:
        self._script = subprocess.Popen(
            [sys.executable, "-m", "fakes.dying"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
            text=True,
        )
        return self

    def __exit__(self, *exc: object) -> None:
        self._script.communicate(timeout=60)

    def run(self, server: FakeServer, library: Served, means: str, die_at: int = 0, *, served: bool = True) -> int:
        """Do a run, and kill it with -9 when its `die_at`-th request arrives; return its exit status.

        `served` says whether the server does what it was asked by that request; its answer reaches nobody.
        """
        begun, child, known = len(server.requests), list[int](), threading.Event()

        def kill(_method: str, _path: str, number: int) -> None:
            if number - begun == die_at:
                known.wait()
                os.kill(child[0], signal.SIGKILL)
                if not served:
                    raise Unserved

        server.before_request = kill
        asked = {"kind": library.kind.name, "url": library.url, "key": library.key, "data": str(library.data)}
        assert self._script.stdin
        assert self._script.stdout
        self._script.stdin.write(f"{json.dumps(asked | {'means': means})}\n")
        self._script.stdin.flush()
        child.append(int(self._script.stdout.readline()))
        known.set()
        status = int(self._script.stdout.readline())
        server.before_request = None
        return status


def _run(asked: dict[str, Any]) -> int:
    try:
        library = Served(KINDS[asked["kind"]], asked["url"], asked["key"], Path(asked["data"]))
        applied = library.run(library.kind.means(asked["means"])).applied
        assert not applied.refused, applied.refused
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    """Serve standard input."""
    without_fsync()
    gc.freeze()  # what is shared with the forked processes stays shared
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_run(json.loads(line)))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
