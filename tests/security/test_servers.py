"""What listens, listens to this machine alone: the sockets of the real process say so."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

TCP = {"tcp": "0100007F", "tcp6": None}
"""The only local address that Linux may list for a listening socket of ours: 127.0.0.1, and none of IPv6."""


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


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc")
def test_the_dashboard_listens_on_127_0_0_1_alone(real_study: Any) -> None:
    pytest.importorskip("optuna_dashboard")
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "decoder_search.cli", "dashboard", "tiny", "--port", "0",
         "--results", str(real_study.results)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout
        address = server.stdout.readline().split()[-1]
        assert address.startswith("http://127.0.0.1:")
        assert listening(server.pid) == {("tcp", TCP["tcp"])}
        with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        foreign = urllib.request.Request(address, headers={"Host": "evil.example:80"})  # noqa: S310
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(foreign, timeout=20)  # noqa: S310
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)
