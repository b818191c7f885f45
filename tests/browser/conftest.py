"""What tests with a browser share: one Chromium a file, and a page that complains at its end of what went wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.browser import Complaints, chromium, context_of
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one Chromium for a file of tests; while it runs, nothing in this process may use asyncio."""
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Lend an empty page without cookies; a dialog, an error or a request to another machine fails the test."""
    complaints = Complaints()
    with context_of(browser, complaints) as context:
        yield context.new_page()
    assert complaints.all() == []
