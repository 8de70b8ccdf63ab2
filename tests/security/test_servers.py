"""What listens, listens to this machine alone: the sockets of the real process say so."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

TCP = {"tcp": "0100007F", "tcp6": "0000000000000000FFFF00000100007F"}
"""What Linux lists for a socket that listens on 127.0.0.1, also where it is one of IPv6."""


def listening(pid: int) -> set[tuple[str, str]]:
    """Protocol and address of every listening socket of a process."""
    links = (str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink())
    inodes = {found[1] for link in links if (found := re.fullmatch(r"socket:\[(\d+)\]", link))}
    return {
        (name, fields[1].partition(":")[0])
        for name in TCP
        for fields in map(str.split, Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:])
        if fields[3] == "0A" and fields[9] in inodes
    }


pytestmark = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc")


@contextmanager
def dashboard(results: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process of a dashboard on a free port, and its address."""
    pytest.importorskip("optuna_dashboard")
    command = [
        "-u",
        "-m",
        "decoder_search.cli",
        "dashboard",
        "tiny",
        "--results",
        str(results),
        "--port",
        "0",
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, *command, *options], text=True, **pipes) as server:
        assert server.stdout
        try:
            yield server, server.stdout.readline().split()[-1]
        finally:
            server.send_signal(signal.SIGINT)


def status(address: str, host: str) -> int:
    """What is answered to a browser that was led to an address by a name."""
    try:
        asked = urllib.request.Request(address, headers={"Host": host})  # noqa: S310 - our own server
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_dashboard_listens_on_127_0_0_1_alone(real_study: Any) -> None:
    with dashboard(real_study.results) as (server, address):
        assert address.startswith("http://127.0.0.1:")
        assert listening(server.pid) == {("tcp", TCP["tcp"])}
        assert status(address, "127.0.0.1") == 200
        assert status(address, "evil.example:80") == 403


def test_told_otherwise_it_listens_there_and_warns(real_study: Any) -> None:
    with dashboard(real_study.results, "--host", "0.0.0.0") as (server, address):  # noqa: S104
        assert server.stderr
        warning = server.stderr.readline()
        assert f"http://{socket.gethostname()}:" in warning and "there is no password" in warning
        assert listening(server.pid) == {("tcp", "00000000")}
        assert address.startswith("http://127.0.0.1:")
        assert status(address, "my.machine") == 200


@pytest.mark.slow
def test_a_cluster_that_run_starts_listens_on_127_0_0_1_alone(
    tiny_space: Path, descendants: Callable[[int], list[int]]
) -> None:
    pytest.importorskip("ray")
    folder = tiny_space.parent
    command = [
        sys.executable,
        "-m",
        "decoder_search.cli",
        "run",
        "tiny.yaml",
        "--trials",
        "1",
        "--ray",
        "local",
    ]
    # Ray writes a token into the home of whoever starts a cluster.
    environment = os.environ | {"HOME": str(folder), "ENCODENET_CACHE": str(folder / "cache")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    seen: set[tuple[str, str]] = set()
    with subprocess.Popen(command, cwd=folder, env=environment, **quiet) as driver:
        while driver.poll() is None:
            for process in (driver.pid, *descendants(driver.pid)):
                with suppress(OSError):  # it has ended
                    seen |= listening(process)
            time.sleep(0.2)
    assert driver.returncode == 0
    assert seen and seen <= set(TCP.items())
