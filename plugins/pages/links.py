"""Names of files as links, and keys of albums as names of files."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote_from_bytes


def href(path: str) -> str:
    """Return the link to a file by its path relative to the page: every byte that could mean something else is encoded.

    A name may hold `#`, `?`, `%`, quotes, `:` or bytes that are no UTF-8 (as `os.fsdecode` gives them).
    """
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character that no file system gave us: the link leads nowhere, the page stays
        raw = path.encode("utf-8", "surrogatepass")
    return quote_from_bytes(re.sub(rb"^/+", b"/", raw), safe="/")  # two slashes in front would name a server


def page_name(key: str) -> str:
    """Return the file name of an album's page: the key where it is a plain word, else one made of it and its digest."""
    plain = re.sub(r"[^0-9A-Za-z_-]+", "-", key).strip("-")[:60]
    if plain and plain == key and plain.lower() not in {"index", "report"}:
        return f"{plain}.html"
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{plain or 'album'}-{digest}.html"


def thumb_name(content_key: str, long_side_px: int) -> str:
    """Return the path of a photo's thumbnail below the pages: by content, so a renamed photo keeps it."""
    safe = hashlib.sha256(content_key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"thumbs/{safe}-{long_side_px}.jpg"
