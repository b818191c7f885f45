"""The names of the steps, as forms and the command line offer them; importing this costs nothing."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Finding: TypeAlias = Literal[
    "places", "features", "look_alikes", "people", "events", "tags", "videos", "covers", "shadows"
]
"""The steps that find something out, and whose earlier results can be ignored."""
Step: TypeAlias = Literal[
    "photos", "places", "features", "look_alikes", "people", "events", "tags", "videos", "covers", "shadows", "plan"
]
"""The steps that can be chosen, in their order; each builds on what the store holds of those before it."""
FINDINGS: Final[tuple[str, ...]] = get_args(Finding)
STEPS: Final[tuple[str, ...]] = get_args(Step)
