"""The examples of `docs/handover.md` run without anything of ours, and agree with `encodenet predict`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "handover.md"
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
EXAMPLES = {
    package: text
    for language, text in BLOCKS
    if language == "python" and "contract" in text
    for package in ("onnxruntime", "ai_edge_litert", "keras", "tensorflow")
    if f"import {package}" in text or f"from {package}" in text
}
WITHOUT_US = 'import sys\nsys.modules["encodenet_core"] = sys.modules["decoder_search"] = None\n'


def run(folder: Path, *command: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the page was followed as far as its picture."""
    folder = tmp_path_factory.mktemp("followed")
    commands = [text for language, text in BLOCKS if language == "sh"]
    pictures = [text for language, text in BLOCKS if language == "python" and "load_digits" in text]
    for text in commands[:2]:
        run(folder, "sh", "-e", "-c", text)
    run(folder, sys.executable, "-c", pictures[0])
    return folder


def test_there_is_an_example_for_each_format_of_about_ten_lines() -> None:
    assert set(EXAMPLES) == {"onnxruntime", "ai_edge_litert", "keras", "tensorflow"}
    for text in EXAMPLES.values():
        lines = [line for line in text.splitlines() if line and not re.match(r"import|from", line)]
        assert len(lines) <= 12


@pytest.mark.parametrize("package", EXAMPLES)
def test_the_readme_has_the_same_examples(package: str) -> None:
    readme = PAGE.parents[1].joinpath("README.md").read_text()
    assert EXAMPLES[package].replace("results/mine", "results/winner") in readme


@pytest.mark.slow
@pytest.mark.parametrize("package", EXAMPLES)
def test_an_example_names_the_class_that_the_run_itself_predicts(package: str, followed: Path) -> None:
    predicted = json.loads(run(followed, "encodenet", "predict", "results/mine", "picture.png", "--json"))
    assert (
        run(followed, sys.executable, "-c", WITHOUT_US + EXAMPLES[package]).splitlines()[-1]
        == (predicted[0]["class"])
    )
