"""The ports of the service: taken once at the start and lent to the parts, so that a part begun again has its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from plugins.sections import Serve

_WAITING: Final = 2048
"""Connections that may wait while a part is begun again."""
_ALL: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  what listens for all is reached here by loopback


class PortTaken(Exception):
    """The service cannot listen where the settings say: free the port that the text names, or set another one."""


@dataclass(frozen=True, slots=True)
class Door:
    """A listening socket, and the address under which this machine reaches it."""

    listening: socket.socket
    url: str
    port: int


@contextmanager
def doors(serve: Serve) -> Iterator[tuple[Door, Door, Door]]:
    """Listen for Prefect's server, the review page and webhooks.

    Raises:
        PortTaken: somebody else listens there, or there is no such address; the text names the setting and who.
    """
    wanted = (
        ("prefect_host", serve.prefect_host, "prefect_port", serve.prefect_port),
        ("host", serve.host, "port", serve.port),
        ("hooks_host", serve.hooks_host, "hooks_port", serve.hooks_port),
    )
    with ExitStack() as open_until_the_end:
        prefect, review, hooks = (_door(*one) for one in wanted)
        for door in (prefect, review, hooks):
            open_until_the_end.enter_context(door.listening)
        yield prefect, review, hooks


def _door(host_setting: str, host: str, port_setting: str, port: int) -> Door:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
    except OSError as error:
        raise PortTaken(f"[serve] {host_setting}: there is no address {host!r} here ({error.strerror})") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_WAITING)
    except OSError as error:
        listening.close()
        who = _holder(port)
        raise PortTaken(
            f"[serve] {port_setting} = {port} on {host} cannot be used: {error.strerror}{who}; set another port, or "
            f"0 for a free one"
        ) from error
    there = listening.getsockname()[1]
    return Door(listening, f"http://{_reached(host)}:{there}", there)


def _reached(host: str) -> str:
    reached = _ALL.get(host, host)
    return f"[{reached}]" if ":" in reached else reached


def _holder(port: int) -> str:
    """Say which process listens on a port, as far as we may know."""
    import psutil  # noqa: PLC0415 - only when something is in the way

    try:
        listening = [c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.pid]
        process = psutil.Process(listening[0])
        return f" (process {process.pid}, {' '.join(process.cmdline())[:100] or process.name()}, listens there)"
    except (psutil.Error, IndexError, OSError):
        return " (by a process of another user)"
