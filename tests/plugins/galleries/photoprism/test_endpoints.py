"""The page about PhotoPrism names every call that the code makes, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from fakes.endpoint_calls import calls_of

PAGE = Path(__file__).resolve().parents[4] / "docs" / "photoprism.md"


def test_the_page_names_every_call_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z]+) (/[^`]*)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = {(method, re.sub(r"\{\w+\}", "{id}", path)) for method, path in rows}
    searches = dict.fromkeys(("rows", "all"), "GET")
    assert calls_of("photoprism", searches) == named
