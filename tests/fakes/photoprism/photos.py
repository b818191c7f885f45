"""Routes of one photo and of one file, whole."""

from __future__ import annotations

from fakes.photoprism import shapes
from fakes.photoprism.answers import Answer, Call, Refusal, route


@route("GET", "/photos/{uid}", "photos")
def photo(call: Call) -> Answer:
    """Answer with a photo, an archived one too."""
    found = call.state.photos.get(call.uid)
    if found is None:
        raise Refusal(404)
    return Answer(shapes.whole_photo(call.state, found))


@route("GET", "/files/{hash}", "files")
def file(call: Call) -> Answer:
    found = call.state.by_hash.get(call.params["hash"])
    if found is None:
        raise Refusal(404)
    return Answer(shapes.whole_file(call.state, call.state.files[found]))
