"""The wheel, in an environment that has never seen the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SHORT = (
    "dataset.limit=600",
    "baseline.training.epochs=1",
    "autoencoder.training.epochs=1",
    "classifier.training.epochs=1",
)


def run(folder: Path, *command: object) -> str:
    """What a command prints that ends well."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "DECODER_SEARCH_RESULTS")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [*map(str, command)], cwd=folder, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(ROOT, sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ".")
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_the_packages_their_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    packages = ("decoder_search/", "encodenet_core/", "search_spaces/")
    assert all(name.startswith(packages) or ".dist-info/" in name for name in names)
    for package in packages:
        sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py")}
        assert sources <= set(names)
    assert {"search_spaces/digits.yaml", "search_spaces/cifar10.yaml"} <= set(names)


@pytest.mark.slow
def test_a_study_runs_from_an_empty_environment_far_from_the_repository(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "environment", with_pip=True)
    programs, elsewhere = tmp_path / "environment" / "bin", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(elsewhere, programs / "python", "-m", "pip", "install", "--quiet", wheel)

    where = run(elsewhere, programs / "python", "-c", "import decoder_search; print(decoder_search.__file__)")
    assert Path(where).is_relative_to(tmp_path / "environment")
    assert "digits" in run(elsewhere, programs / "decoder-search", "spaces")

    options = [part for assignment in SHORT for part in ("--set", assignment)]
    run(elsewhere, programs / "decoder-search", "run", "--trials", 2, *options)
    assert "2 completed" in run(elsewhere, programs / "decoder-search", "leaderboard")
