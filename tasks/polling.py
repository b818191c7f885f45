"""Polling: one cheap request that says whether a library has photos that no run has taken in yet."""

from __future__ import annotations

from prefect import task

from tasks.caching import NEVER_CACHED
from tasks.context import opened
from tasks.watermark import news_since


@task(name="look_for_new", **NEVER_CACHED)
def look_for_new(library: str) -> bool:
    """Say whether photos came in since the library was last taken in; one that never was waits for its first night."""
    with opened(library) as here:
        since = news_since(here.store, here.name)
        return since is not None and here.gallery.newer(since)
