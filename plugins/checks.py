"""What the doctor's looks found: each is a record, made where the thing is known, and shown by the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """What one look found: the thing, its state, the finding, and what to do unless all is well."""

    name: str
    state: State
    finding: str
    mend: str = ""
