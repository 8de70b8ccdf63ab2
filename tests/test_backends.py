"""The core gives the same science on every Keras backend, and equal seeds the same numbers on each."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
BACKENDS = ("tensorflow", "jax", "torch")
SEEDS = (0, 1, 2)
AGREEMENT = 0.015
"""The most by which mean test accuracies of the seeds may differ: each backend draws other weights."""

SCORES = """
import json, sys
from pathlib import Path
from encodenet_core import StageCache, build_config, load_dataset
from encodenet_core.baseline import obtain_baseline
from encodenet_core.evaluation import classify_dataset
from encodenet_core.training.watch import keep_silent
from encodenet_core.pipeline import convert

config = build_config(json.loads(sys.argv[1]))
dataset, cache = load_dataset(config.dataset, config.seed), StageCache(Path(sys.argv[2]))
baseline = obtain_baseline(config, dataset, cache, keep_silent)
conversion = convert(config, dataset, baseline, cache)
print(json.dumps({
    "losses": [loss.hex() for loss in conversion.autoencoder.losses],
    "baseline": classify_dataset(baseline.model, dataset).test_accuracy,
    "encodenet": conversion.scores.test_accuracy,
}))
"""
"""The test accuracies of a config, and the losses of the autoencoder to the last bit."""


def interpreter(backend: str) -> str | None:
    """This Python where it has the backend, else that of the environment which the Makefile makes for it."""
    if importlib.util.find_spec(backend):
        return sys.executable
    own = ROOT / f".venv-{backend}" / "bin" / "python"
    return str(own) if own.exists() else None


def needs(backend: str) -> Any:
    absent = interpreter(backend) is None
    remedy = f"make test-{backend} installs it"
    return pytest.param(backend, marks=pytest.mark.skipif(absent, reason=f"{backend} is absent; {remedy}"))


def scores(backend: str, cache: Path, **settings: Any) -> dict[str, Any]:
    """What a process of its own measures with this backend."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(interpreter(backend)), "-c", SCORES, json.dumps(settings), str(cache)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


@pytest.mark.slow
@pytest.mark.parametrize("backend", [needs(backend) for backend in BACKENDS])
def test_equal_seeds_end_in_equal_numbers_in_two_processes_with_two_threads(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "PJRT_NPROC"):
        monkeypatch.setenv(variable, "2")
    settings = {
        "dataset.limit": 200,
        "clustering.n_clusters": 2,
        "baseline.training.epochs": 2,
        "autoencoder.training.epochs": 2,
        "classifier.training.epochs": 2,
    }
    one, other = (scores(backend, tmp_path / name, **settings) for name in ("one", "other"))
    assert one == other


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_mean_accuracies_of_the_digits_agree_across_the_backends(tmp_path: Path) -> None:
    installed = [backend for backend in BACKENDS if interpreter(backend)]
    if len(installed) < 2:
        pytest.skip("one backend agrees with itself; make test-jax and make test-torch install others")
    means = {}
    for backend in installed:
        measured = [scores(backend, tmp_path, seed=seed) for seed in SEEDS]
        means[backend] = {
            name: float(np.mean([each[name] for each in measured])) for name in ("baseline", "encodenet")
        }
    sys.stdout.write(f"{json.dumps(means)}\n")  # shown by pytest -s
    for name in ("baseline", "encodenet"):
        accuracies = [means[backend][name] for backend in installed]
        assert max(accuracies) - min(accuracies) <= AGREEMENT, means
