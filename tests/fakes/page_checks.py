"""What a page must not do, and whom it must not shut out: checked in the page itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fakes.browser import Complaints
from playwright.sync_api import BrowserContext, Page, Request, Response

CHECKS: Final = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_TELL: Final = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.effectiveDirective} ${event.blockedURI}`);
});
"""
_TEXT: Final = """
() => {
  const said = [...document.querySelectorAll("[alt], [aria-label], input:not([type=hidden])")];
  const texts = said.flatMap((e) => [e.getAttribute("alt"), e.getAttribute("aria-label"), e.value]);
  return [document.title, document.body.textContent, ...texts].join(" ");
}
"""
_LINKS: Final = """
[...document.links].filter((link) => !link.getAttribute("href").startsWith("#")).map((link) => link.href)
"""
_PICTURES: Final = """
async () => {
  const images = [...document.images];
  for (const image of images) image.loading = "eager";
  await Promise.all(images.map((image) => image.decode().catch(() => null)));
  return images.filter((image) => !image.naturalWidth).map((image) => image.src);
}
"""
_STOPS: Final = """
() => {
  const can = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
  const shown = (e) => e.type !== "hidden" && e.checkVisibility({ visibilityProperty: true });
  const stops = can.filter((e) => e.tabIndex >= 0 && !e.disabled && shown(e));
  stops.forEach((e, at) => { e.dataset.stop = at; });
  const wide = [...document.querySelectorAll("main *, nav *")].filter((e) => e.scrollWidth > e.clientWidth);
  const scrolled = wide.filter((e) => getComputedStyle(e).overflowX === "auto");
  document.body.tabIndex = -1; // what has the focus from the beginning is no place to begin at
  document.body.focus();
  document.body.removeAttribute("tabindex");
  window.walked = [];
  document.addEventListener("focusin", ({ target }) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    const { top, bottom, left, right } = target.getBoundingClientRect();
    const outlined = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    const middle = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2; // of what of it is on the screen
    const there = document.elementFromPoint((left + right) / 2, middle);
    const parts = [target, ...(target.labels || [])];
    const seen = there && parts.some((e) => e.contains(there) || there.contains(e));
    window.walked.push([Number(target.dataset.stop ?? -1), outlined, seen, target.outerHTML.slice(0, 120)]);
  });
  return [stops.map((e) => e.outerHTML.slice(0, 120)), scrolled.length];
}
"""


@dataclass
class Strict(Complaints):
    """Complains of requests that fail too, and of whatever the policy of a page forbids."""

    failed: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        super().listen(context)
        context.add_init_script(_TELL)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url[:300]}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left gives up what it has not got yet
            self.failed.append(f"{request.failure} {request.url[:300]}")

    def all(self) -> list[str]:
        return [*super().all(), *self.failed]

    def told(self) -> list[str]:
        """Return everything since the last time."""
        found = self.all()
        for kept in (self.dialogs, self.errors, self.elsewhere, self.failed):
            kept.clear()
        return found


def text_of(page: Page) -> str:
    """Return all that a page says to anybody: its text, and the texts of pictures and fields; blanks aside."""
    return " ".join(page.evaluate(_TEXT).split())


def lost_pictures(page: Page) -> list[str]:
    """Return the pictures that do not come, of all that are on a page."""
    found: list[str] = page.evaluate(_PICTURES)
    return found


def findings(page: Page, schemes: Iterable[Any] = ("light", "dark")) -> list[str]:
    """Return what is wrong with a page in light and in dark."""
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {one}" for one in page.evaluate(CHECKS)]
    return found


def walk(page: Page) -> list[str]:
    """Go through a page by Tab alone; return the stops that it leaves out, goes to unseen, or in another order."""
    stops, n_scrolled = page.evaluate(_STOPS)
    for _ in range(len(stops) + n_scrolled):  # what can be scrolled may be a stop too
        page.keyboard.press("Tab")
    walked = page.evaluate("window.walked")
    order = [at for at, *_ in walked if at >= 0][: len(stops)]
    missed = [f"no Tab leads to {html}" for at, html in enumerate(stops) if at not in order]
    unseen = [f"the focus is not seen on {html}" for _, outlined, _, html in walked if not outlined]
    covered = [f"the focus is out of sight on {html}" for _, _, seen, html in walked if not seen]
    return [*missed, *unseen, *covered, *([] if order == sorted(order) else [f"the order is {order}"])]


def links_of(page: Page) -> set[str]:
    """Return where the links of a page lead, but for those to places of the page itself."""
    return set(page.evaluate(_LINKS))
