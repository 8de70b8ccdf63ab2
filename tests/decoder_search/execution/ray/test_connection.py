"""Joining a cluster: with its token, without it, and when its head is gone in mid-study."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.slow

TOKEN = "0123456789abcdef" * 4

CLUSTER = """
import sys
from ray.cluster_utils import Cluster
arguments = {"num_cpus": 1, "include_dashboard": False, "ray_client_server_port": int(sys.argv[1])}
cluster = Cluster(initialize_head=True, head_node_args=arguments)
print("cluster", cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""

JOIN = """
import sys
from decoder_search.execution.ray.connection import connected, room
with connected(sys.argv[1]):
    print(room(1, 0))
"""

STUDY = """
dataset.source: digits
dataset.limit: 120
baseline.training.epochs: 1
decoder.depth: {int: [1, 2]}
autoencoder.training.epochs: 100
classifier.training.epochs: 1
"""


class Head(NamedTuple):
    """A cluster: its address, that for its clients, and the process that all of its processes come from."""

    address: str
    for_clients: str
    pid: int


@contextmanager
def cluster_of_its_own(**environment: str) -> Iterator[Head]:
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", CLUSTER, str(port)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, env=os.environ | environment, **pipes) as head:
        assert head.stdin and head.stdout
        try:
            address = next(line.split()[1] for line in head.stdout if line.startswith("cluster"))
            yield Head(address, f"{address.rpartition(':')[0]}:{port}", head.pid)
        finally:
            head.stdin.close()
            head.wait(60)


def run(folder: Path, *command: str, **environment: str) -> tuple[int, str, str]:
    """How a command ends for a user without a token of Ray: exit code, output, errors."""
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=120,
        env=os.environ | {"HOME": str(folder), "ENCODENET_CACHE": str(folder / "cache")} | environment,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_cluster_with_a_token_is_joined_with_it_and_else_refuses_in_one_line(tmp_path: Path) -> None:
    study = ("-m", "decoder_search.cli", "run", "digits", "--trials", "1", "--ray")
    with cluster_of_its_own(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=TOKEN) as (address, _, _):
        for token in ("", "f" * 64):
            code, output, errors = run(tmp_path, *study, address, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=token)
            assert (code, output, errors.count("\n")) == (2, "", 1), errors
            assert "asks for another token; set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN to what" in errors
        assert not (tmp_path / "results").exists()
        joined = run(tmp_path, "-c", JOIN, address, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=TOKEN)
        assert joined[:2] == (0, "1\n")


def test_a_client_runs_its_study_on_a_cluster_and_is_told_of_the_other_port(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(STUDY.replace("100", "2"))
    study = ("-m", "decoder_search.cli", "run", "mine.yaml", "--trials", "2", "--ray")
    with cluster_of_its_own(ENCODENET_CACHE=str(tmp_path / "cache")) as (_, for_clients, _):
        code, output, errors = run(tmp_path, *study, for_clients)
        assert (code, output, errors.count("\n")) == (2, "", 1)
        assert f"{for_clients} is not the head of a cluster; where it answers clients, give ray://" in errors
        assert not (tmp_path / "results").exists()
        shared = tmp_path / "shared"
        code, output, errors = run(tmp_path, *study, f"ray://{for_clients}", "--ray-cache", str(shared))
        assert (code, errors) == (0, "")
    assert "Study mine: 2 completed" in output and "the baseline trained on for" in output
    for number in (0, 1):
        came_home = sorted(path.name for path in (tmp_path / "results/mine/trials" / str(number)).iterdir())
        assert came_home == ["curves.json", "reconstructions.png", "weights"]
    assert list(shared.glob("baseline-*")) and list(shared.glob("control_training-*"))
    assert not list((tmp_path / "cache").glob("control_training-*"))


def test_a_study_whose_cluster_is_gone_ends_in_one_line_and_goes_on_elsewhere(
    tmp_path: Path, descendants: Callable[[int], list[int]]
) -> None:
    (tmp_path / "mine.yaml").write_text(STUDY)
    study = ("-m", "decoder_search.cli", "run", "mine.yaml", "--trials", "2", "--pruner", "none")
    records = tmp_path / "results" / "mine" / "trials.jsonl"
    cache = {"ENCODENET_CACHE": str(tmp_path / "cache")}  # killed processes leave checkpoints there
    with cluster_of_its_own(**cache) as (address, _, head):
        environment = os.environ | cache
        driver = subprocess.Popen(
            [sys.executable, *study, "--workers", "1", "--ray", address], cwd=tmp_path, env=environment,
            text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while not (records.exists() and '"event": "reported"' in records.read_text()):
            assert driver.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        for process in descendants(head):
            os.kill(process, signal.SIGKILL)
        _, errors = driver.communicate(timeout=120)
    assert (driver.returncode, errors.count("\n")) == (2, 1), errors
    assert re.match("error: the (head of the cluster has not answered|cluster lost what trials)", errors)
    assert run(tmp_path, *study)[0] == 0
    events = [json.loads(line) for line in records.read_text().splitlines()]
    assert sorted(event["trial"]["number"] for event in events if event["event"] == "finished") == [0, 1]
