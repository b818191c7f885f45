"""The process that does the work, which may die of it: `python -m fuzz.child TARGET SEED START STOP FOLDER`.

`FOLDER/status` always holds the number of the input in hand and how many before it could be used, so that whoever waits
knows what it died of; `FOLDER/findings` gets a line of JSON for each input that was not read as promised; `FOLDER/end`
tells of the whole, if it comes to that. A target is a name in `fuzz.targets`, or `module:name` of another table.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

from fuzz.targets import Target, make_input, outcome_of

MEMORY_BYTES = 3_000_000_000
"""Address space of a child; asking for more is a MemoryError, as on a small machine."""
STATUS = "{:12d}{:12d}"
"""The number of the input in hand, and how many before it could be used."""


def target_of(name: str) -> Target:
    """Return a target by its name."""
    module, _, key = name.rpartition(":")
    table: dict[str, Target] = importlib.import_module(module or "fuzz.targets").TARGETS
    return table[key]


def main() -> None:
    """Give the inputs of some numbers to a target, one after another."""
    name, (seed, start, stop), folder = sys.argv[1], map(int, sys.argv[2:5]), Path(sys.argv[5])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()
    target, status = target_of(name), os.open(folder / "status", os.O_WRONLY | os.O_CREAT)
    used, slowest = 0, (0.0, start)
    with tempfile.TemporaryDirectory(dir=folder) as place, (folder / "findings").open("w") as findings:
        for index in range(start, stop):
            os.pwrite(status, STATUS.format(index, used).encode(), 0)
            given = make_input(target, name, seed, index, Path(place))
            began = time.monotonic()
            try:
                used += outcome_of(target, given)
            except Exception as error:
                print(json.dumps([index, type(error).__name__, _told(error)]), file=findings, flush=True)
            slowest = max(slowest, (time.monotonic() - began, index))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    end = {"used": used, "slowest_s": slowest[0], "slowest": slowest[1], "peak_mb": peak_mb}
    (folder / "end").write_text(json.dumps(end))


def _told(error: Exception) -> str:
    """Return the last steps that led to an error; texts made of an input may be endless."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(line[:300] for line in lines[-20:])


if __name__ == "__main__":
    main()
