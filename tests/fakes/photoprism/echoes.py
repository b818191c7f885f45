"""Routes that write, after which the server says what was written to all who listen, the writer too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from fakes.photoprism.answers import Answer, Call, route

Handler: TypeAlias = Callable[[Call], Answer]


def writes(methods: str, path: str, resource: str, event: str) -> Callable[[Handler], Handler]:
    """Register a handler as `route` does; what it did is said as `event`, as in "albums.updated"."""

    def register(handler: Handler) -> Handler:
        def write(call: Call) -> Answer:
            answer = handler(call)
            uids = [call.params["uid"]] if "uid" in call.params else []
            call.server.emit(event, {"entities": [{"UID": uid} for uid in uids]})
            return answer

        route(methods, path, resource)(write)
        return handler

    return register
