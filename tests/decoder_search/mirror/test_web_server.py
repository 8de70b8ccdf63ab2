from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest

from decoder_search.mirror.web_server import WebServer
from encodenet_core import ConfigError

ANYWHERE, ANYWHERE_6 = "0.0.0.0", "::"  # noqa: S104


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


NEEDS_IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


def hello(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@pytest.fixture
def serving(answering: Callable[[WebServer], Any]) -> Callable[[str], Any]:
    """A server on an address of this machine that says hello, for the time of a block."""

    @contextmanager
    def serve(host: str) -> Iterator[WebServer]:
        with WebServer(host, 0) as server:
            server.serve(hello)
            with answering(server):
                yield server

    return serve


def status(server: WebServer, host: str | None) -> int:
    """What is answered to who asks for a host, at the address that is printed."""
    place = server.address.removeprefix("http://").rpartition(":")[0].strip("[]")
    connection = HTTPConnection(place, server.server_port, timeout=20)
    connection.putrequest("GET", "/", skip_host=True)
    if host is not None:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@pytest.mark.parametrize(
    ("host", "printed"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.2", "127.0.0.2"),
        ("127.1", "127.0.0.1"),
        pytest.param("::1", "[::1]", marks=NEEDS_IPV6),
        pytest.param("::ffff:127.0.0.1", "127.0.0.1", marks=NEEDS_IPV6),
    ],
)
def test_on_its_loopback_only_this_machine_is_answered_by_whatever_of_its_names(
    host: str, printed: str, serving: Callable[[str], Any]
) -> None:
    with serving(host) as server:
        port = server.server_port
        assert server.address == f"http://{printed}:{port}"
        assert server.address_for_others is None
        for asked in (
            printed,
            f"{printed}:{port}",
            f"localhost:{port}",
            "LOCALHOST",
            "127.0.0.1",
            None,
        ):
            assert status(server, asked) == 200, asked
        for asked in (
            "evil.example",
            f"evil.example:{port}",
            "10.0.0.5",
            "[fe80::1]:80",
            "[",
            "127.0.0.1.evil",
        ):
            assert status(server, asked) == 403, asked


def test_the_name_that_it_was_given_is_a_name_of_this_machine(serving: Callable[[str], Any]) -> None:
    with serving("localhost") as server:
        assert server.address_for_others is None
        assert status(server, f"localhost:{server.server_port}") == 200


@pytest.mark.parametrize(
    ("host", "printed"), [(ANYWHERE, "127.0.0.1"), pytest.param(ANYWHERE_6, "[::1]", marks=NEEDS_IPV6)]
)
def test_on_all_addresses_others_are_told_the_name_of_this_machine(
    host: str, printed: str, serving: Callable[[str], Any]
) -> None:
    with serving(host) as server:
        port = server.server_port
        assert server.address == f"http://{printed}:{port}"
        assert server.address_for_others == f"http://{socket.gethostname()}:{port}"
        assert status(server, "my.machine") == 200


@pytest.mark.parametrize(
    ("host", "port"),
    [("", 0), ("127.0.0.1", 99999), ("192.0.2.77", 0), ("no.such.host.invalid", 0), ("a" * 300, 0)],
)
def test_where_nothing_can_listen_is_one_line(host: str, port: int) -> None:
    with pytest.raises(ConfigError, match=f"^cannot listen on {host}:{port}: .+; give another --port"):
        WebServer(host, port)


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"^cannot listen on 127.0.0.1:{port}: .+; give another --port"):
            WebServer("127.0.0.1", port)
