"""Addresses of clusters, before Ray sees them; servers on real sockets answer, or do not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from decoder_search.execution.ray import address as ray_address
from decoder_search.execution.ray.address import GREETING, check_address
from encodenet_core import ConfigError

SETTINGS_FRAME = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""What a server of gRPC says first: settings that change nothing."""


@contextmanager
def server(*parts: bytes, hangs_up: bool = False) -> Iterator[str]:
    """The address of a server that answers the first bytes of its only client with these."""

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            heard.append(client.recv(1000))
            for part in parts:
                client.sendall(part)
            if not hangs_up:
                with suppress(ConnectionResetError):  # of a client that left before it had heard all
                    client.recv(1000)

    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(30)
    assert heard == [GREETING]


@pytest.mark.parametrize(
    "parts", [[SETTINGS_FRAME + b"\0\0\x04\x08"], [SETTINGS_FRAME[:2], SETTINGS_FRAME[2:]]]
)
@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_what_speaks_grpc_may_be_a_cluster(parts: list[bytes], scheme: str) -> None:
    with server(*parts) as address:
        check_address(scheme + address)


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"-ERR unknown command 'PRI'\r\n", SETTINGS_FRAME[:5], b""],
)
def test_another_server_is_refused_at_once(answer: bytes) -> None:
    with (
        server(answer, hangs_up=True) as address,
        pytest.raises(ConfigError, match=f"^what answers at {address} is no Ray cluster; give the address"),
    ):
        check_address(address)


def test_a_server_that_only_listens_is_refused_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_address, "CONNECT_SECONDS", 0.2)
    with server() as address, pytest.raises(ConfigError, match="is no Ray cluster"):
        check_address(address)


@pytest.mark.parametrize("on", ["1", "true", "True"])
def test_a_cluster_with_certificates_is_left_to_ray(monkeypatch: pytest.MonkeyPatch, on: str) -> None:
    monkeypatch.setenv("RAY_USE_TLS", on)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        check_address(f"127.0.0.1:{listener.getsockname()[1]}")


@pytest.mark.parametrize("address", ["auto", "local"])
def test_a_cluster_that_has_no_address_is_left_to_ray(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.5",
        "10.0.0.5:",
        ":6379",
        "ray://10.0.0.5",
        "10.0.0.5:http",
        "10.0.0.5:²",
        "10.0.0.5:" + "9" * 5000,
    ],
)
def test_what_is_no_address_is_refused_with_what_one_looks_like(address: str) -> None:
    with pytest.raises(ConfigError, match="expected is auto, local, host:port or ray://host:port"):
        check_address(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "no.such.host.invalid"])
def test_a_port_where_nobody_listens_is_one_line(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConfigError, match=r"^nobody answers at .+ \(.+\); start a cluster there"):
        check_address(f"{host}:{port}")


def test_a_port_beyond_all_ports_is_one_line() -> None:
    with pytest.raises(ConfigError, match="nobody answers at 127.0.0.1:99999"):
        check_address("127.0.0.1:99999")
