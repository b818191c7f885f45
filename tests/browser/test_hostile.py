"""Every page with hostile names in a real browser: nothing of them acts, all of it is text, and nobody is shut out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from fakes.browser import context_of
from fakes.hostile import LIBRARY, evil, fill, seen, steps, words
from fakes.hostile_addresses import BELOW, FLOW, HERE, Shown, addresses
from fakes.page_checks import Strict, findings, links_of, lost_pictures, text_of, walk
from fakes.prefect_api import AUTH, FakePrefect, MadeRun
from fakes.reviewing import served
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from app.prefect_api import PrefectApi
from app.review import create_review
from plugins.own_secrets import own_secret
from plugins.settings import load_settings
from tasks.pages import _render
from tasks.report import _write

PHONE: ViewportSize = {"width": 360, "height": 740}
IN_ALBUMS = ("made", "about", "place", "who", "tag")
"""What has a name on the pages of albums."""
REPORT = f"{HERE}/reports/{{run}}/{{path}}"


@dataclass
class Site:
    """The review page of a hostile library: its address, what is there, and files that are opened from a disk."""

    address: str
    prefect: str
    shown: list[Shown]
    routes: frozenset[str]
    token: str
    files: tuple[Path, ...]


@dataclass
class Looked:
    """What was seen of every page on the screen of a phone, by path."""

    texts: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    lost: dict[str, list[str]] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    walked: dict[str, list[str]] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch, FakePrefect() as prefect:
        made = fill(tmp_path_factory.mktemp("hostile"), patch)
        pages = Path(_render.fn(LIBRARY)["index"]).parent
        reports = [Path(_write.fn(LIBRARY, run, steps())) for run in (made.run, made.applied)]
        prefect.runs["one"] = MadeRun(FLOW, {}, "one", "", ("FAILED", "Failed"), " ".join(evil("message")))
        settings = load_settings()
        app = create_review(settings, PrefectApi(prefect.url, AUTH))
        routes = frozenset(path for path, methods in app.openapi()["paths"].items() if "get" in methods)
        with served(app) as address:
            shown = addresses(made, app.state.tried.keep(_jpeg()))
            token = own_secret(settings.data_dir, "review")
            files = (*(page for report in reports for page in report.parent.glob("*.html")), *pages.glob("*.html"))
            yield Site(address, prefect.url.removesuffix("/api"), shown, routes, token, files)


def _jpeg() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48)).save(picture, "JPEG")
    return picture.getvalue()


@pytest.fixture(scope="module")
def complaints() -> Strict:
    return Strict()


@pytest.fixture(scope="module")
def visitor(site: Site, browser: Browser, complaints: Strict) -> Iterator[BrowserContext]:
    """Lend a browser in which somebody is logged in."""
    with context_of(browser, complaints) as context:
        page = context.new_page()
        page.goto(site.address)
        page.get_by_label("Token").fill(site.token)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Libraries")
        yield context


@pytest.fixture(scope="module")
def looked(site: Site, browser: Browser, visitor: BrowserContext, complaints: Strict) -> Looked:
    """Open every page once: the first of them as somebody who is not logged in."""
    found, page = Looked(), visitor.pages[0]
    with context_of(browser, complaints) as outside:
        _look(found, outside.new_page(), site, site.shown[0], complaints)
    for one in site.shown[1:]:
        _look(found, page, site, one, complaints)
    return found


def _look(found: Looked, page: Page, site: Site, one: Shown, complaints: Strict) -> None:
    page.set_viewport_size(PHONE)
    for path in one.paths:
        page.goto(site.address + path)
        if one.is_html:
            found.texts[path] = text_of(page)
            found.lost[path] = lost_pictures(page)
            found.findings[path] = findings(page)
            found.links |= links_of(page)
            if one.route not in found.walked and one.route != REPORT:  # no script runs in one, not even a test's
                found.walked[one.route] = walk(page)
        found.told[path] = complaints.told()


def bad(of_path: dict[str, list[str]]) -> dict[str, list[str]]:
    """Leave out what is well."""
    return {path[-80:]: found for path, found in of_path.items() if found}


def test_every_page_is_opened(site: Site) -> None:
    assert {one.route for one in site.shown} == site.routes


def test_nothing_of_a_name_acts(looked: Looked) -> None:
    assert bad(looked.told) == {}


def test_names_are_text(site: Site, looked: Looked) -> None:
    for one in site.shown:
        text = " ".join(looked.texts.get(path, "") for path in one.paths).casefold()
        assert (one.route, [name for name in map(seen, one.names) if name.casefold() not in text]) == (one.route, [])


def test_pictures_come(looked: Looked) -> None:
    assert bad(looked.lost) == {}


def test_nobody_is_shut_out(looked: Looked) -> None:
    assert bad(looked.findings) == {}


def test_tab_alone_reaches_everything(looked: Looked) -> None:
    assert bad(looked.walked) == {}


def test_every_link_leads_to_a_page_of_ours(site: Site, looked: Looked, visitor: BrowserContext) -> None:
    ours = {link for link in looked.links if link.startswith(f"{site.address}/")}
    assert looked.links - ours == {f"{site.prefect}/runs/flow-run/{FLOW}"}
    cookies = {cookie["name"]: cookie["value"] for cookie in visitor.cookies()}
    with httpx.Client(cookies=cookies, follow_redirects=True) as client:
        answers = {link: client.get(link).status_code for link in {link.partition("#")[0] for link in ours}}
    assert {link: status for link, status in answers.items() if status != 200} == {}


def test_files_are_opened_from_a_disk(site: Site, browser: Browser) -> None:
    complaints, wrong, texts = Strict(), {}, {}
    with context_of(browser, complaints, viewport=PHONE) as context:
        page = context.new_page()
        for file in site.files:
            page.goto(file.as_uri())
            texts[file.name] = text_of(page)
            walked = walk(page) if file.name in {"report.html", "index.html", "made-0.html"} else ()
            wrong[file.name] = [*lost_pictures(page), *findings(page), *walked, *complaints.told()]
            wrong[file.name] += [link for link in links_of(page) if not Path(unquote(urlsplit(link).path)).is_file()]
    assert bad(wrong) == {}
    text, names = " ".join(texts.values()), [name for what in IN_ALBUMS for name in evil(what)]
    assert [name for name in map(seen, names) if name not in text] == []


def test_the_first_stop_skips_to_the_content(site: Site, visitor: BrowserContext) -> None:
    page = visitor.pages[0]
    page.goto(f"{site.address}{BELOW}/plan")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)


@pytest.mark.parametrize(
    ("path", "item", "button", "names"),
    [
        pytest.param("tags", ".word", "Accept all", words("word"), id="words"),
        pytest.param("people/asked?kind=merge", "[data-item]", "One person", evil("person"), id="people, in place"),
        pytest.param("tags/answers", ".lines li", "Allow it again", words("barred"), id="barred words"),
        pytest.param("plan/left-out", "[data-item]", "Allow again", evil("left"), id="albums, in place"),
    ],
)
@pytest.mark.usefixtures("looked")  # nothing waits any more after this
def test_enter_answers_and_names_are_said_as_text(
    site: Site, visitor: BrowserContext, complaints: Strict, path: str, item: str, button: str, names: tuple[str, ...]
) -> None:
    page, said = visitor.pages[0], ""
    page.goto(f"{site.address}{BELOW}/{path}")
    for left in range(len(names) - 1, -1, -1):
        page.locator(item).first.locator("button", has_text=button).focus()
        page.keyboard.press("Enter")
        expect(page.locator(item)).to_have_count(left)
        expect(page.locator("[data-item]:focus")).to_have_count(1 if left and item == "[data-item]" else 0)
        said += " ".join(page.locator(".said").inner_text().split())
    assert complaints.told() == []
    assert [name for name in map(seen, names) if name not in said] == []


def test_a_name_that_somebody_has_is_asked_about(site: Site, visitor: BrowserContext, complaints: Strict) -> None:
    page = visitor.pages[0]
    page.goto(f"{site.address}{BELOW}/people/person?id=person-1")
    page.locator("input[name=name]").first.fill(evil("person")[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(evil("person")[0])
    assert [*findings(page), *walk(page), *complaints.told()] == []
