"""The step of a run that lets methods run in shadow: only where the settings name any, and it never stops the run."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from plugins.method_lists import METHOD_KINDS
from plugins.settings import load_settings
from tasks import comparison
from tasks.caching import Receipt

NAME = comparison.compare_methods.name
log = logging.getLogger("albumen")


def compare_methods(library: str, refresh: Sequence[str] = ()) -> Receipt:
    """Compare the methods that `[methods]` names behind the first with that one; say nothing where there are none.

    The figures: so many `shadows`, their `differences`, and how many `failed`; `compared`, of each its `kind` and
    `method`, why it `failed`, and what `plugins.comparing.Difference` tells.
    """
    config = load_settings().library(library)
    if not any(config.shadows(kind) for kind in METHOD_KINDS):
        return Receipt(NAME, "skipped")
    try:
        return comparison.compare_methods(library, refresh)
    except Exception as error:  # whatever it is: what is published does not hang on it
        log.warning("methods could not be compared: %s", error)
        return Receipt(NAME, "skipped", mend=f"methods could not be compared: {error or type(error).__name__}")
