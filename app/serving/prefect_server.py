"""Prefect's server as a part of the service: run as a module with the number of its listening socket."""

from __future__ import annotations

import socket
import sys
from typing import Final

GRACE_S: Final = 2
"""How long open pages of Prefect may keep their connections at the end."""


def main() -> None:
    """Serve until SIGTERM."""
    listening = socket.socket(fileno=int(sys.argv[1]))
    import uvicorn  # noqa: PLC0415 - both read the environment, and take their time
    from prefect.server.api.server import create_app  # noqa: PLC0415

    app = create_app(final=True)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
