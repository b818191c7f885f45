"""Ends the parts that a supervisor leaves, however it went: run as a module with the service's name and its process id.

The pipe from the supervisor closes even at its kill -9. A word in it says that there is nothing left to end.
"""

from __future__ import annotations

import signal
import sys

from app.serving.processes import end_all


def main() -> None:
    """Wait for the supervisor's end."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a Ctrl-C is for the supervisor to handle
        signal.signal(number, signal.SIG_IGN)
    if not sys.stdin.read():
        end_all(sys.argv[1], started_by=int(sys.argv[2]))


if __name__ == "__main__":
    main()
