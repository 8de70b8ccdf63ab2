from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="models are exported by Keras on TensorFlow"
)

Encodenet = Callable[..., Any]


@pytest.fixture(autouse=True)
def backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")


@pytest.mark.slow
def test_what_was_written_is_said_and_a_table_compares_both_models(
    type_encodenet: Encodenet, finished_run: Path, tmp_path: Path
) -> None:
    outcome = type_encodenet(
        "export", finished_run, "--format", "onnx", "--format", "litert", "--quantize", "int8",
        "--output", tmp_path,
    )  # fmt: skip
    assert (outcome.code, outcome.err) == (0, "")
    names = {"encodenet.onnx", "encodenet.tflite", "encodenet-int8.tflite"}
    assert {path.name for path in tmp_path.iterdir()} == {
        *names, *(f"{name}.json" for name in names), "speeds.json",
    }  # fmt: skip
    lines = outcome.out.splitlines()
    assert lines[0].startswith(
        f"wrote {tmp_path / 'encodenet.onnx'} and encodenet.onnx.json: differs from Keras"
    )
    assert "test accuracy" in lines[2] and "of Keras" in lines[2]
    table = outcome.out.split("batch 32")[1]
    for model in ("baseline", "encodenet"):
        assert sum(line.startswith(model) for line in table.splitlines()) == 4
    assert "on 1 thread of" in outcome.out


def test_json_is_all_that_standard_output_holds(
    type_encodenet: Encodenet, finished_run: Path, tmp_path: Path
) -> None:
    outcome = type_encodenet("export", finished_run, "--format", "keras", "--output", tmp_path, "--json")
    assert outcome.code == 0
    printed = json.loads(outcome.out)
    assert printed["threads"] == 1
    assert [model["path"] for model in printed["models"]] == [str(tmp_path / "encodenet.keras")]
    assert printed["models"][0]["parity"]["max_difference"] < 1e-4
    assert [(each["model"], each["format"]) for each in printed["speeds"]] == [
        ("baseline", "keras"), ("encodenet", "keras"),
    ]  # fmt: skip
    assert json.loads((tmp_path / "speeds.json").read_text())["speeds"] == printed["speeds"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--format", "onyx"], "unknown format 'onyx'; did you mean 'onnx'? known are"),
        (
            ["--format", "onnx", "--quantize", "int8"],
            "--quantize int8 is for LiteRT alone; add --format litert",
        ),
        (["--format", "litert", "--quantize", "int4"], "--quantize is 'int4', but only int8 is known"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(
    arguments: list[str], part: str, type_encodenet: Encodenet, finished_run: Path
) -> None:
    outcome = type_encodenet("export", finished_run, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1
    assert part in outcome.err


def test_a_folder_without_a_run_is_refused(type_encodenet: Encodenet, tmp_path: Path) -> None:
    outcome = type_encodenet("export", tmp_path, "--format", "onnx")
    assert (outcome.code, outcome.out) == (2, "")
    assert "holds no config.yaml" in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("preparation", "backend_name", "part"),
    [
        ("sys.modules['tf2onnx'] = None", "tensorflow", "pip install 'decoder-search[onnx]'"),
        ("", "jax", "KERAS_BACKEND is jax; set it to tensorflow"),
    ],
)
def test_a_missing_package_or_another_backend_is_told_before_keras_is_loaded(
    preparation: str, backend_name: str, part: str, finished_run: Path
) -> None:
    code = f"""
import sys
{preparation}
sys.argv = ["encodenet", "export", {str(finished_run)!r}, "--format", "onnx"]
from encodenet_core.cli import main
try:
    main()
except SystemExit as exit_:
    print(exit_.code, [name for name in ("keras", "tensorflow") if name in sys.modules])
"""
    environment = {**os.environ, "KERAS_BACKEND": backend_name}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "2 []\n"
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert part in done.stderr
