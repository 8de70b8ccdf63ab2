"""Whether a Ray cluster may be at an address, found out before Ray waits there for minutes."""

from __future__ import annotations

import os
import re
import socket

from encodenet_core.errors import ConfigError

CONNECT_SECONDS = 5.0
"""How long the port of a cluster may take to answer."""

GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""How a client of gRPC begins: the preface of HTTP/2 and settings that change nothing (RFC 9113, 3.4)."""

PORT = re.compile("[0-9]{1,5}")

FRAME_HEADER = 9
SETTINGS = 4
"""The type of the frame that every server of HTTP/2 sends first; it is the fourth byte of the header."""


def check_address(address: str) -> None:
    """Refuse an address that names no cluster.

    Args:
        address: `auto`, `local`, `host:port` or `ray://host:port`.

    Raises:
        ConfigError: it is none of these, nobody answers there, or what answers is no Ray.
    """
    if address in ("auto", "local"):
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not PORT.fullmatch(port):
        raise ConfigError(
            f"--ray is {address!r}, but expected is auto, local, host:port or ray://host:port, "
            "such as 10.0.0.5:6379"
        )
    try:
        speaks_grpc = _speaks_grpc(host.strip("[]"), int(port))
    except (OSError, OverflowError, UnicodeError) as error:
        raise ConfigError(
            f"nobody answers at {address} ({error}); start a cluster there with `ray start --head`, "
            "or give the address that it prints"
        ) from None
    if not speaks_grpc:
        raise ConfigError(
            f"what answers at {address} is no Ray cluster; give the address that `ray start --head` printed"
        )


def _speaks_grpc(host: str, port: int) -> bool:
    with socket.create_connection((host, port), CONNECT_SECONDS) as server:
        if os.environ.get("RAY_USE_TLS", "").lower() in ("1", "true"):  # it first asks for certificates
            return True
        header = b""
        try:
            server.sendall(GREETING)
            while len(header) < FRAME_HEADER and (more := server.recv(FRAME_HEADER - len(header))):
                header += more
        except OSError:  # it hung up, or waits for something else
            return False
    return len(header) == FRAME_HEADER and header[3] == SETTINGS
