"""What a user's machine may be set to: another Keras, another backend, another encoding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**os.environ, "COLUMNS": "100", **environment},
        capture_output=True,
        timeout=600,
        check=False,
    )


@pytest.mark.slow
def test_a_run_is_the_same_whatever_the_users_own_keras_json_says(tmp_path: Path) -> None:
    odd = {"image_data_format": "channels_first", "floatx": "float16", "epsilon": 0.1, "backend": "torch"}
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "keras.json").write_text(json.dumps(odd))
    small = [
        "--set=dataset.limit=60",
        "--set=baseline.training.epochs=1",
        "--set=classifier.training.epochs=1",
    ]
    small += ["--set=autoencoder.training.epochs=1"]
    done = run(
        "encodenet_core.cli",
        "train",
        *small,
        f"--output={tmp_path / 'run'}",
        KERAS_HOME=str(tmp_path / "home"),
        ENCODENET_CACHE=str(tmp_path / "cache"),
    )
    assert done.returncode == 0, done.stderr.decode()
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["versions"]["backend"] == os.environ["KERAS_BACKEND"]
    (weights,) = (tmp_path / "cache").glob("autoencoder-*/autoencoder.npz")
    import numpy as np

    with np.load(weights, allow_pickle=False) as arrays:
        assert {str(arrays[name].dtype) for name in arrays} == {"float32"}


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed here")
@pytest.mark.parametrize(
    "command", [["encodenet_core.cli", "train"], ["decoder_search.cli", "run", "--trials", "1"]], ids=str
)
def test_a_backend_that_is_not_installed_is_one_line_with_its_remedy(
    command: list[str], tmp_path: Path
) -> None:
    results = {"DECODER_SEARCH_RESULTS": str(tmp_path / "results")}
    done = run(*command, KERAS_BACKEND="torch", **results)
    assert (done.returncode, done.stderr.decode()) == (
        2,
        "error: KERAS_BACKEND is torch, but torch is not installed; pip install 'decoder-search[torch]'\n",
    )
    assert not (tmp_path / "results").exists() or not any((tmp_path / "results").iterdir())


def test_a_backend_that_keras_does_not_have_is_refused() -> None:
    done = run("encodenet_core.cli", "train", KERAS_BACKEND="theano")
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "error: KERAS_BACKEND is 'theano', but expected is tensorflow, jax or torch\n"
    )


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii"])
def test_what_an_encoding_does_not_have_is_replaced(encoding: str, tmp_path: Path) -> None:
    study = Path(__file__).parent / "earlier" / "folder" / "results"
    done = run("decoder_search.cli", "leaderboard", "plain", f"--results={study}", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr.decode()
    assert "trial" in done.stdout.decode(encoding)
    assert "?" in done.stdout.decode(encoding)
