"""The one HTTP client of a library, and the address that it is given."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from plugins.galleries import GalleryRefused

IDLE_S: Final = 3.0
"""How long a connection may rest: Immich closes it after 5 s, and what is sent just then is lost."""
AT_ONCE: Final = 8
"""Connections at most; the servers have no limit of their own, and their owners want to look at photos meanwhile."""

# Its lines for debugging show the headers of answers, in which PhotoPrism sends tokens.
logging.getLogger("httpcore").setLevel(logging.INFO)


def server_of(url: str, api: str) -> str:
    """Return a server's address as it is kept: people paste it with the API's path behind it, a slash, or neither."""
    return url.strip().rstrip("/").removesuffix(api).rstrip("/")


def usable_key(key: str) -> bool:
    """Say whether a text can be sent as a key at all."""
    return bool(key) and key.isascii() and key.isprintable() and " " not in key


def client_at(url: str, api: str, headers: Mapping[str, str], ca_file: Path | None = None) -> httpx.Client:
    """Return the one HTTP client of a library; nothing is sent yet.

    Args:
        url: address of the server, with or without the API's path.
        api: the API's path below that, such as `/api`.
        headers: sent with every request.
        ca_file: certificates (PEM) that are trusted beside the usual ones, for a server that signs its own.

    Raises:
        GalleryRefused: the address or the certificate file cannot be used.
    """
    try:
        return httpx.Client(
            base_url=f"{server_of(url, api)}{api}",
            headers={**headers, "accept": "application/json, image/*"},
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=IDLE_S),
            timeout=httpx.Timeout(60.0, connect=5.0, pool=None),
            follow_redirects=False,
            verify=trust(ca_file),
        )
    except httpx.InvalidURL as error:
        raise GalleryRefused(f"{url!r} is no address: write http://host:port or https://host ({error})") from error


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return whose certificates are trusted: the usual ones, and those of a file (PEM).

    Raises:
        GalleryRefused: the file cannot be used.
    """
    context = httpx.create_ssl_context()
    if ca_file is None:
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as error:
        raise GalleryRefused(
            f"the certificates in {ca_file} cannot be read ({error}): it must be a PEM file"
        ) from error
    # A certificate that a server made for itself is rarely a proper authority; naming the file is the trust.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
