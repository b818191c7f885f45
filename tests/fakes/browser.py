"""A real browser for tests: headless Chromium, which complains of whatever a page should not have done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = os.environ.get("TESTS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
"""Debian's, as `apt install chromium` puts it; nothing is downloaded for tests."""
PICTURES = os.environ.get("TESTS_PICTURES", "")
"""A folder for the README's pictures of the pages; none are kept where it is empty."""
FLAGS = (
    "--no-sandbox",  # tests may run as root, as in a container; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 30_000.0
"""How long the browser waits for what a page should show, in ms."""


@dataclass
class Complaints:
    """What went wrong in pages: dialogs that opened, errors in the console, requests to other machines."""

    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        """Note all of it for each page of a context."""
        context.on("request", lambda request: self._asked(request.url))
        context.on("page", self._page)

    def _page(self, page: Page) -> None:
        page.on("dialog", self._dialog)
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).hostname != "127.0.0.1":
            self.elsewhere.append(url)

    def all(self) -> list[str]:
        """Return everything."""
        return [*self.dialogs, *self.errors, *self.elsewhere]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser; the test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt install chromium, or name it by TESTS_CHROMIUM")
    expect.set_options(timeout=SECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def context_of(browser: Browser, complaints: Complaints, **given: Any) -> Iterator[BrowserContext]:
    """Lend a context of its own, with no cookies, and listen to its pages."""
    context = browser.new_context(**{"viewport": {"width": 1100, "height": 800}, "locale": "en-GB", **given})
    context.set_default_timeout(SECONDS)
    complaints.listen(context)
    try:
        yield context
    finally:
        context.close()


def keep_picture(page: Page, name: str, **given: Any) -> None:
    """Keep a picture of a page for the README, where the environment says where."""
    if PICTURES:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(PICTURES) / f"{name}.png", **given)
