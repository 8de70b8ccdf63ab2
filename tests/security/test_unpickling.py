"""While a whole study and a whole training run, no process of ours unpickles anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WATCH = """
import os, sys, traceback

def note(event, arguments):
    if event == "pickle.find_class":
        with open(os.environ["UNPICKLED"], "a") as file:
            file.write(f"{sys.argv} {arguments}\\n{''.join(traceback.format_stack(limit=12))}\\n")

sys.addaudithook(note)
with open(os.environ["WATCHED"], "a") as file:
    file.write(f"{os.getpid()} {' '.join(sys.orig_argv)}\\n")
"""
"""Loaded by every Python that starts, workers among them."""

TRAINING = ("--set", "dataset.limit=120", *(
    word
    for stage in ("baseline", "autoencoder", "classifier")
    for word in ("--set", f"{stage}.training.epochs=1")
))  # fmt: skip


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WATCH)
    return tmp_path


def python(folder: Path, *arguments: object) -> str:
    path = os.pathsep.join([str(folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    told = {"PYTHONPATH": path, "UNPICKLED": str(folder / "unpickled"), "WATCHED": str(folder / "watched")}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder, env={**os.environ, **told}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_unpickled_is_noted(watched: Path) -> None:
    python(watched, "-c", "import pickle, pathlib; pickle.loads(pickle.dumps(pathlib.Path('x')))")
    assert "pathlib" in (watched / "unpickled").read_text()


@pytest.mark.slow
def test_a_study_and_a_training_unpickle_nothing(watched: Path, tiny_space: Path) -> None:
    search, encodenet = ("-m", "decoder_search.cli"), ("-c", "from encodenet_core.cli import main; main()")
    python(watched, *search, "run", tiny_space, "--trials", 2, "--workers", 2, "--sampler", "random")
    for words in (["leaderboard"], ["show", "tiny", 0], ["export", "tiny", "--output", "winner.yaml"]):
        python(watched, *search, *words)
    python(watched, *encodenet, "train", "winner.yaml", "--output", "run", *TRAINING)
    python(watched, *encodenet, "evaluate", "run")
    picture = next((watched / "results" / "tiny" / "trials").rglob("reconstructions.png"))
    python(watched, *encodenet, "predict", "run", picture)
    started = (watched / "watched").read_text()
    assert "decoder_search.worker.main" in started
    unpickled = watched / "unpickled"
    assert not unpickled.exists(), unpickled.read_text()
