"""Optuna's dashboard on a copy of a study, in the memory of this process and a temporary folder."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from decoder_search.engines.optuna.study import without_scikit_learn
from decoder_search.mirror.following import Following
from decoder_search.mirror.mirror import Mirror
from decoder_search.mirror.web_server import WebServer
from encodenet_core.errors import ConfigError

HOST = "127.0.0.1"


@contextmanager
def dashboard(
    folder: Path, port: int, warn: Callable[[Exception], None], host: str = HOST
) -> Iterator[tuple[str, WebServer]]:
    """The page of a dashboard on the study in `folder`, and the server that shows it once it serves.

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
        server = stack.enter_context(WebServer(host, port))
        copies = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="decoder-search-")))
        stack.enter_context(without_scikit_learn())
        # Optuna warns of importances that rest on few trials whenever a browser asks for them.
        stack.enter_context(warnings.catch_warnings(action="ignore", category=UserWarning))
        from optuna_dashboard import wsgi

        storage = InMemoryStorage()
        server.serve(wsgi(storage, artifact_store=FileSystemArtifactStore(copies)))
        following = stack.enter_context(Following(folder, lambda: Mirror(storage, copies), warn))
        following.wait_for_first_try()
        place = "" if following.study_id is None else f"/studies/{following.study_id}"
        yield f"{server.address}/dashboard{place}", server
