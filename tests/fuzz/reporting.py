"""What a run of the fuzz script says: its seed, a table of the targets, and each finding with how to see it again."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from fuzz.running import Finding, Tally


def fresh_seed() -> int:
    """Return the seed that FUZZ_SEED names (as `make soak` calls what ALBUMEN_FUZZ_SEED says), or a new one."""
    return int(os.environ.get("FUZZ_SEED") or time.time_ns() // 1_000_000 % 10**9)


def folder_of(seed: int) -> Path:
    """Return where the inputs go that are not read as promised; it outlives the run."""
    return Path(tempfile.gettempdir(), f"albumen-fuzz-{seed}")


def findings_of(tallies: Mapping[str, Tally]) -> list[Finding]:
    """Return the findings of all targets."""
    return [finding for tally in tallies.values() for finding in tally.findings]


def table(tallies: Mapping[str, Tally]) -> str:
    """Return what came out, a line a target; the rate is that of one process, its start included."""
    heads = ("target", "inputs", "used", "per s", "slowest ms", "at", "peak MB", "findings")
    rows = [
        (name, t.inputs, t.used, round(t.inputs / max(t.seconds, 1e-9)), round(1_000 * t.slowest_s), t.slowest,
         round(t.peak_mb), len(t.findings))
        for name, t in tallies.items()
    ]  # fmt: skip
    return "\n".join(f"{row[0]:14}" + "".join(f"{cell:>11}" for cell in row[1:]) for row in (heads, *rows))


def told(tallies: Mapping[str, Tally], most: int = 20) -> str:
    """Return the table and the first findings."""
    found = findings_of(tallies)
    more = [f"and {len(found) - most} more"] if len(found) > most else []
    return "\n\n".join([table(tallies), *map(str, found[:most]), *more])
