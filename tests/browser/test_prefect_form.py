"""Prefect's own pages in a real browser: log in, start a curation by its form, and see it end."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fakes.browser import Complaints, context_of, keep_picture
from fakes.serving import FOLDER, Service
from playwright.sync_api import Browser, Page, expect

from app.serving.environment import own_auth

pytestmark = pytest.mark.flow


def test_a_curation_is_started_by_its_form(service: Service, browser: Browser):
    """These pages are not ours: they ask for a host of Prefect's outside, in vain, so complaints are not counted."""
    with context_of(browser, Complaints()) as context:
        page = context.new_page()
        _log_in(page, service)
        _open_form(page, service.addresses.prefect)
        keep_picture(page, "prefect-form")
        _fill(page, "library", FOLDER)
        before = _last_run(service, "curate")
        page.get_by_role("button", name="Submit").click()
        page.wait_for_url(lambda url: not url.endswith("/run"))
        run = service.until(lambda: _newer(service, "curate", before), "the flow run to be created")
        state = service.finished(run["id"])
        page.goto(f"{service.addresses.prefect}/runs/flow-run/{run['id']}")
        expect(page.get_by_text("Completed").first).to_be_visible()
        assert (state.kind, run["parameters"]["library"]) == ("COMPLETED", FOLDER)


def _newer(service: Service, flow: str, before: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the newest run of a flow unless it is the one `before`."""
    found = _last_run(service, flow)
    return None if found and before and found["id"] == before["id"] else found


def _last_run(service: Service, flow: str) -> dict[str, Any] | None:
    """Return the newest run of a flow, as Prefect tells it."""
    asked = {"flows": {"name": {"any_": [flow]}}, "sort": "EXPECTED_START_TIME_DESC", "limit": 1}
    user, _, password = own_auth(service.data).partition(":")
    answer = httpx.post(f"{service.addresses.api}/flow_runs/filter", json=asked, auth=(user, password))
    return next(iter(answer.raise_for_status().json()), None)


def _log_in(page: Page, service: Service) -> None:
    page.goto(service.addresses.prefect)
    page.locator("input[type=password]").fill(own_auth(service.data))
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard**")


def _open_form(page: Page, prefect: str) -> None:
    page.goto(f"{prefect}/deployments")
    page.get_by_role("link", name="curate-now").click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("link", name="Custom run").click()
    expect(page.get_by_text("nothing is written, the report shows what would be")).to_be_visible()


def _fill(page: Page, parameter: str, value: str) -> None:
    field = page.locator(".schema-form-property").filter(has=page.get_by_text(parameter, exact=True))
    field.locator("textarea").first.fill(value)
