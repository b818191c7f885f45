"""Prefect's server as a part of the service: run as a module with the number of its listening socket."""

from __future__ import annotations

import logging
import socket
import sys
from typing import Final

GRACE_S: Final = 2
"""How long open pages of Prefect may keep their connections at the end."""


EVENTS: Final = "prefect.server.utilities.messaging.memory"
"""Prefect's logger that tells of events which were not taken in."""


class LockedInOneLine(logging.Filter):
    """Tells in one line that an event met a locked database, where Prefect shows two hundred: it tries each again."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass, but that without its traceback."""
        if record.exc_info and "database is locked" in str(record.exc_info[1]):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args = "Prefect's database was locked as an event came; it is taken in again", ()
            record.exc_info = record.exc_text = None
        return True


def main() -> None:
    """Serve until SIGTERM."""
    listening = socket.socket(fileno=int(sys.argv[1]))
    import uvicorn  # noqa: PLC0415 - both read the environment, and take their time
    from prefect.server.api.server import create_app  # noqa: PLC0415

    app = create_app(final=True)
    logging.getLogger(EVENTS).addFilter(LockedInOneLine())
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
