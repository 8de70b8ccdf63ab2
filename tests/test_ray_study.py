"""A study on two machines that share nothing with the driver is the study that this machine runs alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encodenet_core.io.machine import available_cores

pytestmark = pytest.mark.soak

PROGRAM = Path(sys.executable).with_name("decoder-search")

SHORT = {"dataset.limit": 400, "autoencoder.training.epochs": 4}
"""Enough for accuracies far above chance, so that they say something where they agree."""


@pytest.fixture
def two_machines(tmp_path: Path) -> Iterator[str]:
    """The address of a head that computes nothing and two machines, `cache-1` and `cache-2` on them.

    Each gives a trial as many threads as a single worker has on this machine, since sums depend on that.
    """
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for number in (1, 2):
            cache = {"ENCODENET_CACHE": str(tmp_path / f"cache-{number}")}
            cluster.add_node(num_cpus=available_cores(), env_vars=cache)
        yield cluster.address
    finally:
        cluster.shutdown()


def test_two_machines_and_one_worker_here_give_the_same_leaderboard_but_for_times(
    two_machines: str, tmp_path: Path
) -> None:
    images = write_digits(tmp_path / "digits.npz")
    here, _ = leaderboard(tmp_path / "here", images, "--workers", "1")
    cores = str(available_cores())
    there, said = leaderboard(tmp_path / "there", images, "--ray", two_machines, "--cpus-per-trial", cores)
    assert [row["state"] for row in here] == ["completed"] * 3
    assert min(row["accuracy"] for row in here) > 0.5
    assert there == here
    assert not images.exists()
    assert said.count("takes trials") == 2
    for number in (1, 2):
        assert list((tmp_path / f"cache-{number}").glob("baseline-*")), f"machine {number} ran no trial"


def write_digits(path: Path) -> Path:
    """The digits as an archive of the user's."""
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    images = (images.reshape(-1, 8, 8, 1) / 16).astype(np.float32)
    np.savez(path, x_train=images[:1400], y_train=classes[:1400], x_test=images[1400:], y_test=classes[1400:])
    return path


def leaderboard(folder: Path, images: Path, *where: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of a study in an empty folder with an empty cache, and what its driver said.

    On a cluster, the images are removed from this machine once a trial starts.
    """
    folder.mkdir()
    environment = os.environ | {"ENCODENET_CACHE": str(folder / "cache"), "TF_DETERMINISTIC_OPS": "1"}
    options = [part for path, value in SHORT.items() for part in ("--set", f"{path}={value}")]
    study = ["--data", images, "--study", "mine", "--trials", "3", "--sampler", "random", "--pruner", "none"]
    command = [PROGRAM, "run", "digits", *study, *options, *where]
    with (folder / "said").open("w+") as said:
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said) as driver:
            if "--ray" in where:
                wait_for_a_trial(folder / "results" / "mine" / "trials.jsonl", driver)
                images.unlink()
        said.seek(0)
        text = said.read()
    assert driver.returncode == 0, text
    shown = subprocess.run([PROGRAM, "leaderboard", "--json"], cwd=folder, check=True, capture_output=True)
    rows = json.loads(shown.stdout)
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows], text


def wait_for_a_trial(records: Path, driver: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while not (records.exists() and '"event": "started"' in records.read_text()):
        assert driver.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
