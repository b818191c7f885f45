"""Asking a server for a file, or for the rest of one, so that another file is noticed. Source: RFC 9110, section 14."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import httpx

MOST_REDIRECTS: Final = 10
_PASSING: Final = frozenset({408, 425, 429})  # beside 5xx: statuses that another try may change
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class FetchFailed(RuntimeError):
    """A file could not be fetched; the kinds below say what to do."""


class DownloadFailed(FetchFailed):
    """The server did not answer, or stopped: try again; what has come is kept and the download goes on from there."""


class DownloadRefused(FetchFailed):
    """The server does not give this file: take another address, or import a file; nothing was kept or replaced."""


class FileChanged(DownloadFailed):
    """The server has another file than the one that was begun: begin anew."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a download goes on: its first byte, what the server calls the file (ETag or date), the file's size."""

    offset: int = 0
    same: str = ""
    total: int | None = None


def validator(response: httpx.Response) -> str:
    """Return what a later request can ask for the same file by: a strong ETag, else the date; empty without."""
    etag = str(response.headers.get("etag", ""))
    return etag if etag and not etag.startswith("W/") else str(response.headers.get("last-modified", ""))


def whole_size(response: httpx.Response, start: Start) -> int:
    """Return the size of the whole file of which this is the rest.

    Raises:
        FileChanged: it is not the rest that was asked for.
    """
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("content-range", "").strip())
    if match is None:
        raise FileChanged(f"{response.url} does not say which part of the file it sends")
    first, last, total = (int(number) for number in match.groups())
    is_rest = first == start.offset and last + 1 == total == (start.total or total)
    if not is_rest or validator(response) not in ("", start.same):
        raise FileChanged(f"{response.url} has another file than before")
    return total


@contextmanager
def opened(client: httpx.Client, url: str, start: Start) -> Iterator[httpx.Response]:
    """Follow redirects to an answer that carries the file, or the rest of it.

    Raises:
        DownloadFailed: the server does not answer, or has stopped.
        DownloadRefused: it answers with something else, or leads away from https.
        FileChanged: what is asked for is beyond the file's end.
    """
    headers = {"Accept-Encoding": "identity"}  # packed bytes have other ranges
    if start.offset:
        headers |= {"Range": f"bytes={start.offset}-", "If-Range": start.same}
    at = url
    for _ in range(MOST_REDIRECTS):
        with _network(url):
            _check_address(at, url)
        with _network(url), client.stream("GET", at, headers=headers, follow_redirects=False) as response:
            if response.next_request is None:
                _check_answer(response, url)
                yield response
                return
            at = str(response.next_request.url)
    raise DownloadRefused(f"{url} sends from one address to the next, {MOST_REDIRECTS} times")


def _check_address(at: str, first: str) -> None:
    """Refuse addresses that anybody on the way could answer for; only a test asks this machine itself."""
    parts, asked = httpx.URL(at), httpx.URL(first)
    if parts.scheme != "https" and not (parts.scheme == "http" and {parts.host, asked.host} <= _LOOPBACK):
        raise DownloadRefused(f"{first} leads to {at[:200]}; only https is followed")


def _check_answer(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status == 416:  # the file there is shorter than what we have of it
        raise FileChanged(f"{url} has a shorter file than before")
    if status in _PASSING or status >= 500:
        raise DownloadFailed(f"{url} answers {status}")
    if status not in (200, 206):
        raise DownloadRefused(f"{url} answers {status}: the file is not there, or not for everybody")
    kind = response.headers.get("content-type", "").lower()
    if kind.startswith(("text/html", "application/xhtml")):
        raise DownloadRefused(f"{url} answers with a web page instead of the file, as a proxy or log-in page does")
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise DownloadRefused(f"{url} answers with a packed file although none was asked for")


@contextmanager
def _network(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.InvalidURL as error:
        raise DownloadRefused(f"{url[:200]} is no address: {error}") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise DownloadFailed(f"{url} does not answer or has stopped: {error or type(error).__name__}") from error
