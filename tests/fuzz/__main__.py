"""The fuzz script: `PYTHONPATH=tests:. python -m fuzz [TARGET] [--inputs N] [--seed S] [--index I]`.

Without a target, N inputs over all of them; with a target, N inputs of it; with an index, that one input, in this very
process, so that a debugger can look.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from fuzz.child import target_of
from fuzz.reporting import findings_of, folder_of, fresh_seed, told
from fuzz.running import CHUNK, chunks, run_all, shares
from fuzz.targets import make_input, outcome_of


def main() -> int:
    """Run what the command line asks for; the exit status is 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("target", nargs="?")
    parser.add_argument("--inputs", type=int, default=10 * CHUNK)
    parser.add_argument("--seed", type=int, default=fresh_seed())
    parser.add_argument("--index", type=int)
    asked = parser.parse_args()
    if asked.target and asked.index is not None:
        return _repeat(asked.target, asked.seed, asked.index)
    counts = {asked.target: asked.inputs} if asked.target else shares(asked.inputs)
    print(f"seed {asked.seed}; inputs that are not read as promised go to {folder_of(asked.seed)}", flush=True)  # noqa: T201
    tallies = run_all(chunks(counts, asked.seed), folder_of(asked.seed))
    print(told(tallies))  # noqa: T201
    return 1 if findings_of(tallies) else 0


def _repeat(name: str, seed: int, index: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        target = target_of(name)
        given = make_input(target, name, seed, index, Path(folder))
        print(f"{given.name}, {len(given.data)} bytes", flush=True)  # noqa: T201
        print("used" if outcome_of(target, given) else "refused, or reported")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
