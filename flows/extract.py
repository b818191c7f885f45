"""Extract: help a run on another worker to extract a library's features."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from prefect import flow

from plugins.store.outage import outlasting
from tasks.extraction import help_with


@flow(name="extract", flow_run_name="extract-{library}")
def extract(library: str) -> dict[str, Any]:
    """Do batches of what a run of this library has to extract, until none is left; the run starts this by itself.

    Args:
        library: The name of a library in albumen.toml, or folder:DIR for a folder without settings. Where no run
            extracts it now, there is nothing to do. No photo is done twice, however many of these there are.
    """
    with outlasting():
        return asdict(help_with(library))
