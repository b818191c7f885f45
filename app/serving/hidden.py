"""What no line of the log may hold: keys, tokens and passwords of this installation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from plugins.own_secrets import SHORTEST
from plugins.settings import SettingsWrong

if TYPE_CHECKING:
    from plugins.settings import Settings

_URLS: Final = ("PREFECT_API_DATABASE_CONNECTION_URL", "PREFECT_SERVER_DATABASE_CONNECTION_URL", "ALBUMEN_DATABASE_URL")
_SHORTEST_PASSWORD: Final = 4
"""A shorter password is part of too many words; whoever has one has no secret."""


def hidden(settings: Settings) -> Iterator[str]:
    """Yield the secrets that are known now: our own, the galleries' keys, and the passwords of databases."""
    for file in (settings.data_dir / "secrets").glob("*"):
        secret = file.read_text("ascii", "replace").strip()
        if len(secret) >= SHORTEST:
            yield secret
    for name in settings.libraries:
        library = settings.library(name)
        if library.url:
            with suppress(SettingsWrong):
                if key := library.key():
                    yield key
    for url in (str(settings.database), *(os.environ.get(name, "") for name in _URLS)):
        password = urlsplit(url).password or ""
        if len(password) >= _SHORTEST_PASSWORD:
            yield password
