"""What every page has: the site, who visits it, and which library they look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Depends, HTTPException, Request
from jinja2 import Environment
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.web.security import is_local_path
from app.web.sessions import SAID, SAID_S, Session, Sessions
from app.web.texts import Texts, chosen
from plugins.pages.wording import clean
from plugins.records import Box
from plugins.settings import LibrarySettings, Settings
from plugins.store import Store

if TYPE_CHECKING:
    from app.prefect_api import PrefectApi
    from app.web.picture_files import PictureFiles

NAV: Final = ("plan", "tags", "people", "covers", "groups", "try", "runs")
"""The parts of a library, as they stand at the top of its pages: paths below it, and their names in the texts."""


@dataclass(frozen=True)
class Site:
    """All that the pages share; one for the process. `texts` are by language, `static` are the URLs of our files."""

    settings: Settings
    store: Store
    prefect: PrefectApi
    texts: Mapping[str, Texts]
    templates: Environment
    sessions: Sessions
    pictures: PictureFiles
    static: Mapping[str, str]

    def language(self, accepted: str) -> Texts:
        """Return the texts in the language of the settings, or in the one that a browser asks for."""
        return chosen(self.texts, self.settings.serve.language or accepted)


class Visit:
    """One request to the site, by somebody who is logged in or would like to be."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.site: Site = request.app.state.site
        self.store = self.site.store
        self.session: Session | None = request.state.session
        self.library = ""

    @cached_property
    def t(self) -> Texts:
        """Return the texts in this visitor's language."""
        return self.site.language(self.request.headers.get("accept-language", ""))

    def when(self, moment: datetime) -> str:
        """Return a moment as the clock of the settings' time zone shows it, in the same form in all languages."""
        zone = self.site.settings.serve.time_zone
        return f"{moment.astimezone(ZoneInfo(zone) if zone else None):%Y-%m-%d %H:%M}"

    @property
    def inplace(self) -> bool:
        """Say whether only the changed part of the page is asked for, to be put in its place."""
        return self.request.headers.get("x-inplace") == "1"

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """Return a page made of a template, which gets what `_common` has and `context`."""
        said = self.request.cookies.get(SAID, "")
        known = {**self._common(), "said": self.site.sessions.said(said) if said and not self.inplace else ""}
        html = self.site.templates.get_template(template).render({**known, **context})
        answer = HTMLResponse(html, status)
        if known["said"]:
            answer.delete_cookie(SAID)
        return answer

    def back(self, to: str, said: str = "") -> RedirectResponse:
        """Return to a page of ours after a form, with a message that is shown once."""
        answer = RedirectResponse(to if is_local_path(to) else "/", 303)
        if said:
            message = self.site.sessions.signed(said[:500])
            answer.set_cookie(SAID, message, max_age=SAID_S, httponly=True, samesite="strict", secure=self.secure)
        return answer

    def done(self, to: str, said: str, status: int = 200) -> Response:
        """Answer a form of an item that is done with: return to `to`, or, in place, take the item away.

        With a status of 400 or more nothing was done: in place the item stays, and `said` tells why.
        """
        if not self.inplace:
            return self.back(to, said)
        return Response("", status, headers={"x-said": quote(clean(said))}, media_type="text/html")

    @property
    def secure(self) -> bool:
        """Say whether the browser came by HTTPS, so that cookies may be kept to it."""
        return self.request.url.scheme == "https"

    def _common(self) -> dict[str, Any]:
        return {
            "here": self,
            "library": self.library,
            "libraries": sorted(self.site.settings.libraries),
            "t": self.t,
            "csrf": self.csrf,
            "csrf_token": self.session.csrf if self.session else "",
            "static": self.site.static.__getitem__,
            "nav": (),
            "path": self.request.url.path,
        }

    def csrf(self) -> Markup:
        """Return the hidden field that every form of ours has."""
        token = self.session.csrf if self.session else ""
        return Markup('<input type="hidden" name="csrf" value="{}">').format(token)


class Here(Visit):
    """One request of a logged-in user for one library.

    Raises:
        HTTPException: 404, the settings name no such library.
    """

    def __init__(self, request: Request, library: str) -> None:
        super().__init__(request)
        if library not in self.site.settings.libraries:
            raise HTTPException(404, "library")
        self.library = library

    @cached_property
    def config(self) -> LibrarySettings:
        """Return the settings of the library, with the general ones below them."""
        return self.site.settings.library(self.library)

    def url(self, path: str) -> str:
        """Return the URL of a page of this library: "tags" is "/libraries/NAME/tags"."""
        return f"/libraries/{quote(self.library, safe='')}/{path}"

    def picture(self, content_key: str, px: int, box: Box | None = None, at_s: float | None = None) -> str:
        """Return the URL of a picture of this library.

        Args:
            content_key: of a photo or video that the store knows.
            px: the longest side at most: 96, 192, 384 or 960.
            box: the part to cut out, with a little around it; a face's.
            at_s: the moment of a video, in seconds; else the gallery's own picture of it.
        """
        said = f"picture?photo={quote(content_key, safe='')}&px={px}"
        said += "" if box is None else f"&box={','.join(f'{edge:.5f}' for edge in box)}"
        return self.url(said if at_s is None else f"{said}&at={at_s:.3f}")

    def _common(self) -> dict[str, Any]:
        here = {"nav": [(self.url(part), f"nav.{part}") for part in NAV], "picture": self.picture, "url": self.url}
        return {**super()._common(), **here}


async def _visit(request: Request) -> Visit:
    return Visit(request)


async def _here(request: Request, library: str) -> Here:
    return Here(request, library)


Visitor = Annotated[Visit, Depends(_visit)]
LibraryHere = Annotated[Here, Depends(_here)]
