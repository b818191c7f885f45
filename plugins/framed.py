"""Messages between a process and one that it has started: a header of JSON types and bytes, over a socket."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_SIZES = struct.Struct("!QQ")
_MOST_HEADER_BYTES = 1 << 20


def send(channel: socket.socket, header: dict[str, Any], *parts: bytes) -> None:
    """Send a message: a header of JSON types, and bytes.

    Raises:
        OSError: nobody listens any more, or not within the socket's timeout.
    """
    text = json.dumps(header).encode()
    channel.sendall(_SIZES.pack(len(text), sum(len(part) for part in parts)) + text)
    for part in parts:
        channel.sendall(part)


def receive(channel: socket.socket) -> tuple[dict[str, Any], bytearray]:
    """Return the next message.

    Raises:
        EOFError: the other end is gone.
        OSError: it is gone, or does not answer within the socket's timeout.
    """
    n_header, n_body = _SIZES.unpack(_exactly(channel, _SIZES.size))
    if n_header > _MOST_HEADER_BYTES:
        raise EOFError("that is no message")
    header: dict[str, Any] = json.loads(_exactly(channel, n_header))
    return header, _exactly(channel, n_body)


def _exactly(channel: socket.socket, n: int) -> bytearray:
    data = bytearray(n)
    rest = memoryview(data)
    while rest:
        n_read = channel.recv_into(rest)
        if not n_read:
            raise EOFError("the other end is gone")
        rest = rest[n_read:]
    return data
