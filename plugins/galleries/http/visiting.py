"""What the doctor sees of any server before it shows the key: whether it answers, how, and what its clock says."""

from __future__ import annotations

import email.utils
import ipaddress
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import urlsplit

import httpx

from plugins.checks import Check, State
from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.galleries.http.patience import Patience
from plugins.galleries.http.sending import Requests

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

CLOCK_S: Final = 60
"""Two clocks further apart than this are worth a word: what is new is told by the server's."""
TWICE: Final = Patience(attempts=2, backoff_s=0.2)
"""Somebody waits for the doctor, and can ask again."""
_T = TypeVar("_T")
_Client = TypeVar("_Client", bound=Requests)


class Visit(Generic[_Client]):
    """One call at a server.

    Args:
        library: whose server it is.
        http: a connection that holds no key,
        stranger: and who asks over it;
        client: who asks with the key, of a server that has shown itself to be the right one.
    """

    def __init__(self, library: LibrarySettings, http: httpx.Client, stranger: _Client, client: _Client) -> None:
        self.library = library
        self.stranger = stranger
        self.client = client
        self.server = stranger.server
        self._product, self._api = stranger.product, stranger.api
        self._url = http.base_url
        self._status, self._date = 0, ""
        http.event_hooks = {"response": [self._saw]}

    def check(self, what: str, state: State, finding: str, mend: str = "") -> Check:
        """Return a check of this library."""
        return Check(f"{self.library.name}: {what}", state, finding, mend)

    def first(self, ask: Callable[[], _T]) -> _T:
        """Return the first thing that a server says; where it says nothing of use, look closer at why."""
        try:
            return ask()
        except GalleryRefused:
            if self._status in {401, 403}:
                text = f"something before {self._product} at {self.server} asks for a password"
                raise GalleryRefused(f"{text}: let {self.server}{self._api} through without one") from None
            raise
        except GalleryUnreachable:
            if _speaks_tls(self._url):
                raise GalleryRefused(f"{self.server} speaks https: write https:// in url") from None
            raise

    def address(self) -> Check:
        """Say whether what is sent there can be read on the way; that it answers is known by now."""
        parts = urlsplit(self.server)
        if parts.scheme == "http" and not _is_near(parts.hostname or ""):
            mend = "use https:// where the server has it: whoever sees the traffic has the key"
            return self.check("address", "warn", f"{self.server} answers, but without encryption", mend)
        return self.check("address", "ok", f"{self.server} answers")

    def clock(self, now: datetime) -> Check:
        """Compare the clock of the server, as it was told by its first answer, with ours."""
        try:
            theirs = email.utils.parsedate_to_datetime(self._date).astimezone(UTC)
        except ValueError:
            return self.check("clock", "ok", "the server does not tell its time")
        apart_s = abs((now - theirs).total_seconds())
        if apart_s > CLOCK_S:
            where = "behind" if theirs < now else "ahead of"
            finding = f"the server's clock is {apart_s / 60:,.0f} minutes {where} ours"
            return self.check("clock", "warn", finding, "set the clocks of both machines (timedatectl set-ntp true)")
        return self.check("clock", "ok", "as the server's")

    def reads_only(self, what: str, mend: str) -> Check:
        """Return a check of a key that can write nothing, which is well where nothing is to be written."""
        if self.library.apply in {None, "plan"}:
            return self.check(what, "ok", "the key can only read: all but --apply works")
        mend = f'{mend}, or set apply = "plan" for {self.library.name}'
        return self.check(what, "fail", "the key can only read, and the nightly run is to write", mend)

    def _saw(self, response: httpx.Response) -> None:
        self._status, self._date = response.status_code, self._date or response.headers.get("date", "")


def _speaks_tls(url: httpx.URL) -> bool:
    """Say whether a port that gave no answer to HTTP begins to speak TLS; nothing is sent beyond the greeting."""
    try:
        with (
            socket.create_connection((url.host, url.port or 80), timeout=2) as connection,
            ssl.create_default_context().wrap_socket(connection, server_hostname=url.host),
        ):
            return url.scheme == "http"
    except ssl.SSLCertVerificationError:
        return url.scheme == "http"
    except OSError:
        return False


def _is_near(host: str) -> bool:
    """Say whether a host is this machine or in a home's own network."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".home.arpa", ".internal", ".localdomain"))
