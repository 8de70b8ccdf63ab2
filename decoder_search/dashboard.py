"""Optuna's dashboard on a copy of a study, in the memory of this process and a temporary folder."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from decoder_search.following import Following
from decoder_search.mirror import Mirror
from decoder_search.optuna_study import without_scikit_learn
from encodenet_core import ConfigError

HOST = "127.0.0.1"


class _Server(ThreadingMixIn, WSGIServer):
    """Answers several requests at once, as a browser sends them."""

    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    """Prints no line for every request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def dashboard(
    folder: Path, port: int, warn: Callable[[Exception], None], host: str = HOST
) -> Iterator[tuple[str, WSGIServer]]:
    """The address of a dashboard on the study in `folder`, and the server that shows it once it serves.

    The study is only read. Whatever is changed or deleted in the dashboard is its copy, which goes with the
    block.

    Args:
        folder: of the study.
        port: 0 is any that is free.
        warn: is told the first failure to keep the copy up to date.
        host: the address of this machine to listen on; what is not its loopback lets others look, and delete
            trials of the copy.

    Raises:
        ConfigError: optuna-dashboard is not installed, the port is taken, or no address of this machine.
    """
    if find_spec("optuna_dashboard") is None:
        raise ConfigError(
            "Optuna's dashboard is not installed; pip install 'decoder-search[dashboard]', "
            "or look at the study with `decoder-search leaderboard`"
        )
    with ExitStack() as stack:
        server = stack.enter_context(_bound_server(host, port))
        copies = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="decoder-search-")))
        stack.enter_context(without_scikit_learn())
        # Optuna warns of importances that rest on few trials whenever a browser asks for them.
        stack.enter_context(warnings.catch_warnings(action="ignore", category=UserWarning))
        from optuna_dashboard import wsgi

        storage = InMemoryStorage()
        app = wsgi(storage, artifact_store=FileSystemArtifactStore(copies))
        server.set_app(_for_this_machine(app) if is_this_machine(host) else app)
        following = stack.enter_context(Following(folder, lambda: Mirror(storage, copies), warn))
        following.wait_for_first_try()
        place = "" if following.study_id is None else f"/studies/{following.study_id}"
        yield f"http://{host}:{server.server_port}/dashboard{place}", server


def is_this_machine(host: str) -> bool:
    """Whether only processes of this machine reach what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _for_this_machine(app: Any) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The app, for who asks for this machine: a page elsewhere may point a name of its own here."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", HOST).partition(":")[0] not in (HOST, "localhost"):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"Only this machine is answered.\n"]
        answered: Iterable[bytes] = app(environ, start_response)
        return answered

    return answer


def _bound_server(host: str, port: int) -> WSGIServer:
    try:
        if not host:
            raise ValueError("no host")  # which the system would take for all addresses
        return _Server((host, port), _QuietHandler)
    except (OSError, OverflowError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "no such address or port"
        raise ConfigError(
            f"cannot listen on {host}:{port}: {reason}; give another --port, or 0 for any that is free; "
            "--host takes addresses of this machine"
        ) from None
