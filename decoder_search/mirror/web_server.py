"""A web server on an address of this machine, and who may ask it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from encodenet_core.errors import ConfigError

App = Callable[[dict[str, Any], Any], Iterable[bytes]]


class WebServer(ThreadingMixIn, WSGIServer):
    """Answers several requests at once, as a browser sends them.

    Args:
        host: address or name of this machine.
        port: 0 is any that is free.

    Raises:
        ConfigError: nothing can listen there.
    """

    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        """Listen, and answer nothing yet."""
        try:
            if not host:
                raise ValueError("no host")  # which the system would take for all addresses
            self.address_family = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][0]
            super().__init__((host, port), _QuietHandler)
        except (OSError, OverflowError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "no such address or port"
            raise ConfigError(
                f"cannot listen on {host}:{port}: {reason}; give another --port, or 0 for any that is free; "
                "--host takes addresses of this machine"
            ) from None
        self._asked_for = {"localhost", host.lower()}
        ip = ip_address(str(self.server_address[0]))
        self._ip = getattr(ip, "ipv4_mapped", None) or ip

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        if not self._ip.is_unspecified:
            return self._at(str(self._ip))
        return self._at("127.0.0.1" if self._ip.version == 4 else "::1")

    @property
    def address_for_others(self) -> str | None:
        """Where browsers on other machines may find it; None where only this machine reaches it."""
        if self._ip.is_loopback:
            return None
        return self._at(socket.gethostname()) if self._ip.is_unspecified else self.address

    def serve(self, app: App) -> None:
        """Have an app answer. Where only this machine asks, it must ask for this machine.

        Else a page elsewhere could point a name of its own here and have a browser read what it shows.
        """
        self.set_app(app if self.address_for_others else self._guarded(app))

    def _at(self, host: str) -> str:
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_port}"

    def _guarded(self, app: App) -> App:
        def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            if "HTTP_HOST" in environ and not self._is_meant(environ["HTTP_HOST"]):
                start_response("403 Forbidden", [("Content-Type", "text/plain")])
                return [b"Only this machine is answered.\n"]
            return app(environ, start_response)

        return answer

    def _is_meant(self, asked: str) -> bool:
        host = asked.partition("]")[0][1:] if asked.startswith("[") else asked.partition(":")[0]
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host.lower() in self._asked_for


class _QuietHandler(WSGIRequestHandler):
    """Prints no line for every request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
