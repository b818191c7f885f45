"""What PhotoPrism's Swagger document of 251125 does not have, though the server takes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

_SEARCH = ("primary", "reverse", "order", "added", "updated", "edited", "private", "review", "archived", "hidden")
_FILTERS = ("label", "subject", "face", "faces", "favorite", "type", "photo", "geo", "uid", "hash", "before", "after")
UNDOCUMENTED: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "/api/v1/photos": _SEARCH + _FILTERS,
        "/api/v1/albums": ("type", "category", "order"),
        "/api/v1/labels": ("order",),
        "/api/v1/subjects": ("type", "order"),
        "/api/v1/faces": ("markers", "order"),
        "/api/v1/photos/{uid}/label/{id}": ("LabelSrc",),
        "/api/v1/markers": ("body",),
        "/api/v1/ws": ("path",),
    }
)
"""By path: parameters of the query, fields of the body, "body" for a body at all, "path" for the path itself."""
