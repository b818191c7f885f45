"""The table of endpoints holds every call that the code makes, and no other."""

from __future__ import annotations

from fakes.endpoint_calls import calls_of

from plugins.galleries.immich.permissions import ENDPOINTS


def test_the_table_holds_every_call_and_no_other() -> None:
    made = calls_of("immich", {"search": "POST", "raw": "GET"})
    assert made == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
