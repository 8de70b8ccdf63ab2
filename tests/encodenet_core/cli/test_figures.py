from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.run_result import RunResult
from encodenet_core.runs.saving import save_result
from encodenet_core.stages.cache import StageCache

FILES = {
    "figure2_clusters.png",
    "figure3_elbow.png",
    "figure3_elbow.svg",
    "figure4_entropy.png",
    "figure4_entropy.svg",
    "figure5_conversion.png",
}


Encodenet = Callable[..., Any]
"""Answers with exit code, `out` and `err`."""


@pytest.fixture
def figures(type_encodenet: Encodenet, monkeypatch: pytest.MonkeyPatch, tiny_cache: StageCache) -> Encodenet:
    """The command `encodenet figures`, in this process, with the stages of the tiny run."""
    monkeypatch.setenv("ENCODENET_CACHE", str(tiny_cache.root))
    return partial(type_encodenet, "figures")


@pytest.fixture(scope="module")
def finished(tiny_result: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    save_result(tiny_result, folder)
    return folder


def assert_refused(outcome: Any, part: str) -> None:
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert part in outcome.err


def test_the_figures_go_into_the_folder_of_the_run_or_another_one(
    figures: Encodenet, finished: Path, tmp_path: Path
) -> None:
    before = {path.name for path in finished.iterdir()}
    outcome = figures(finished)
    assert (outcome.code, outcome.err) == (0, "")
    assert {path.name for path in finished.iterdir()} - before == FILES
    assert outcome.out.splitlines()[-1] == f"wrote {finished / 'figure5_conversion.png'}"

    outcome = figures(finished, "--class", "0", "--output", tmp_path / "new" / "place")
    # The digit 0 is the class that is shown anyway, and the stages are all there now.
    assert outcome.out.splitlines() == [
        f"wrote {tmp_path / 'new' / 'place' / name}" for name in sorted(FILES)
    ]
    for name in FILES:
        assert (tmp_path / "new" / "place" / name).read_bytes() == (finished / name).read_bytes()


def test_what_cannot_be_drawn_is_refused_in_one_line(
    figures: Encodenet, finished: Path, tmp_path: Path
) -> None:
    assert_refused(figures(tmp_path / "absent"), "there is no folder")
    assert_refused(figures(tmp_path), "holds no config.yaml")
    assert_refused(figures(finished, "--class", "ten"), "unknown class 'ten'; give a name from '0' to '9'")
    assert_refused(figures(finished, "--output", finished / "config.yaml"), "cannot write to")
    (tmp_path / "trials.jsonl").write_text("")
    assert_refused(figures(tmp_path), "is a study")
    assert_refused(figures(finished, "--output", tmp_path), "is a study")


def test_a_refusal_does_not_wait_for_keras(finished: Path) -> None:
    code = f"""
import sys
sys.argv = ["encodenet", "figures", {str(finished)!r}, "--class", "ten"]
from encodenet_core.cli import main
try:
    main()
except SystemExit as exit_:
    print(exit_.code, [name for name in ("keras", "tensorflow", "matplotlib") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2 []\n"
