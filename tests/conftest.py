"""What every test can count on: a fixed and quiet Keras, its own stage cache, real data if there is any, and
one small study that real workers ran."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

for variable, value in {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PJRT_NPROC": "1",
}.items():
    os.environ.setdefault(variable, value)

# What runs in the background inherits an ignored SIGINT, and so would every process that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A shared machine is slow at times, which is no fault of the code.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")


ALONE = (
    "benchmarks",
    "decoder_search/cli/test_run.py",
    "decoder_search/driver/test_launch.py",
    "decoder_search/execution",
    "encodenet_core/cli/test_comparing.py",
    "endurance",
    "faults",
    "security/test_servers.py",
    "test_ray_machines.py",
    "test_ray_study.py",
    "test_resuming.py",
)
"""Tests that hurt processes at a moment, measure or start a cluster: slow ones run beside no others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of these files and folders."""
    places = [Path(__file__).parent / place for place in ALONE]
    for item in items:
        if any(item.path.is_relative_to(place) for place in places):
            item.add_marker("alone")


FileLimit = Callable[[int], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of this test session."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session", autouse=True)
def stage_cache(shared_folder: Path) -> Path:
    """Keep finished stages of tests out of the user's cache."""
    folder = shared_folder / "stage-cache"
    os.environ["ENCODENET_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data, with `cifar10-mini.npz`."""
    folder = os.environ.get("ENCODENET_TEST_DATA")
    if not folder:
        pytest.skip("real data needed: set ENCODENET_TEST_DATA to a folder with cifar10-mini.npz")
    return Path(folder)


TINY_SPACE = """
description: Two decoders and three clusterings of 120 digits; one clustering has too many clusters.
dataset.source: digits
dataset.limit: 120
baseline.training.epochs: 1
decoder.depth: {int: [1, 2]}
decoder.widths: {choice: [mirrored, halving]}
clustering.n_clusters: {choice: [1, 2, 50]}
autoencoder.training.epochs: 2
classifier.training.epochs: 1
final:
  autoencoder.training.epochs: 3
"""

TINY_STUDY = ("--trials", "4", "--sampler", "random", "--seed", "9", "--pruner", "none")
"""With this seed one of the four trials asks for the 50 clusters that no class has images for."""

COMMAND = """
import atexit, os, sys
from decoder_search.cli import main

@atexit.register
def note_what_is_loaded():
    with open(os.environ["LOADED_MODULES"], "w") as file:
        file.write(" ".join({name.partition(".")[0] for name in sys.modules}))

main()
"""


@dataclass(frozen=True)
class CommandRun:
    """How a command ended, what it printed, and which packages its process had loaded by then."""

    exit_code: int
    output: str
    errors: str
    loaded: list[str]


def run_decoder_search(folder: Path, *arguments: object) -> CommandRun:
    with tempfile.NamedTemporaryFile("r") as loaded:
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "LOADED_MODULES": loaded.name, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        return CommandRun(done.returncode, done.stdout, done.stderr, loaded.read().split())


@contextmanager
def limit_files(size: int) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def files_of_at_most() -> FileLimit:
    """A limit on the size of files, in bytes, stands in for the end of the disk while a block runs.

    All files of the process are limited, pytest's own log among them, so the block should be brief.
    """
    return limit_files


@pytest.fixture
def decoder_search(tmp_path: Path) -> Callable[..., CommandRun]:
    """Runs `decoder-search` with these arguments in `tmp_path`, in a process of its own."""
    return lambda *arguments: run_decoder_search(tmp_path, *arguments)


@pytest.fixture
def tiny_space(tmp_path: Path) -> Path:
    """A search space of which a trial takes seconds."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY_SPACE)
    return path


@dataclass(frozen=True)
class RealStudy:
    """A study of four trials by two workers: the command that ran it, its space and its folder of results."""

    command: CommandRun
    space: Path
    results: Path


@pytest.fixture(scope="session")
def real_study(shared_folder: Path) -> RealStudy:
    """Ran once for all processes of this test session; nothing may change it."""
    folder = shared_folder / "real-study"
    folder.mkdir(exist_ok=True)
    space, ended = folder / "tiny.yaml", folder / "ended.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ended.exists():
            space.write_text(TINY_SPACE)
            run = run_decoder_search(folder, "run", space, *TINY_STUDY, "--workers", 2)
            ended.write_text(json.dumps(asdict(run)))
    return RealStudy(CommandRun(**json.loads(ended.read_text())), space, folder / "results")


@pytest.fixture(scope="session")
def descendants() -> Callable[[int], list[int]]:
    """Finds the processes below a process, those nearest to it first; none where it has ended."""

    def find(pid: int) -> list[int]:
        try:
            told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except OSError:
            return []
        children = [int(each) for each in told.split()]
        return children + [below for child in children for below in find(child)]

    return find


@pytest.fixture(scope="session")
def ray_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Ray cluster, joined by this process: a head that computes nothing, a machine with three cores.

    The machine has a stage cache of its own. Tests may add machines, and remove those again.
    """
    from ray.cluster_utils import Cluster

    from decoder_search.execution.ray.connection import connected

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cache = tmp_path_factory.mktemp("machine-1")
    cluster.add_node(num_cpus=3, env_vars={"ENCODENET_CACHE": str(cache)})
    try:
        with connected(cluster.address):
            yield cluster
    finally:
        cluster.shutdown()
