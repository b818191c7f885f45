"""Pages of markdown that Prefect shows, under a fixed key a library, so that it keeps their history."""

from __future__ import annotations

import logging

from prefect.artifacts import create_markdown_artifact
from prefect.context import FlowRunContext, TaskRunContext

from plugins.pages.building import library_slug

log = logging.getLogger("albumen")


def show_markdown(kind: str, library: str, markdown: str) -> None:
    """Show a page in Prefect, where a flow runs, under the key `KIND-LIBRARY`; that it cannot is a line in the log."""
    if FlowRunContext.get() is None and TaskRunContext.get() is None:
        return
    try:
        create_markdown_artifact(
            markdown, key=f"{kind}-{library_slug(library)}", description=f"{kind.capitalize()} for {library}"
        )
    except Exception as error:  # whatever the server says: what the page tells is kept elsewhere too
        log.warning("the page %s of %s could not be shown in Prefect: %s", kind, library, error)
