from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encodenet_core.run_result import RunResult

Encodenet = Callable[..., Any]


@pytest.fixture
def pictures(tiny_result: RunResult, tmp_path: Path) -> Path:
    """Two readable pictures of the same name, and a broken one."""
    folder = tmp_path / "pictures"
    for name, image in zip(("a", "b"), tiny_result.dataset.validation.images, strict=False):
        (folder / name).mkdir(parents=True)
        Image.fromarray(image[..., 0]).save(folder / name / "digit.png")
    return folder


def test_each_picture_gets_a_line_with_classes_probabilities_and_entropy(
    type_encodenet: Encodenet, finished_run: Path, pictures: Path
) -> None:
    outcome = type_encodenet("predict", finished_run, pictures, "--top", 2)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        str(pictures / name / "digit.png") for name in ("a", "b")
    ]
    for line in lines:
        assert line.count("%") == 2
        assert ", entropy " in line


def test_an_unreadable_picture_is_named_and_the_others_are_predicted(
    type_encodenet: Encodenet, finished_run: Path, pictures: Path
) -> None:
    (pictures / "broken.png").write_bytes(b"\x89PNG nothing")
    outcome = type_encodenet("predict", finished_run, pictures)
    assert outcome.code == 2
    assert len(outcome.out.splitlines()) == 2
    assert outcome.err.startswith(f"error: cannot read the image {pictures / 'broken.png'}: ")
    assert outcome.err.count("\n") == 1

    outcome = type_encodenet("predict", finished_run, pictures, "--json")
    rows = json.loads(outcome.out)
    assert (outcome.code, outcome.err, len(rows)) == (2, "", 3)
    assert [set(row) for row in rows if "error" in row] == [{"file", "error"}]


def test_explanations_are_drawn_once_for_each_picture_under_names_of_their_own(
    type_encodenet: Encodenet, finished_run: Path, pictures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "explained"
    outcome = type_encodenet("predict", finished_run, pictures, "--explain", "--output", folder, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert {path.name for path in folder.iterdir()} == {"digit.png", "digit-2.png"}
    for row, name in zip(json.loads(outcome.out), ("digit.png", "digit-2.png"), strict=True):
        assert row["explanation"]["picture"] == str(folder / name)
        assert row["explanation"]["nearest_class"] in list("0123456789")
        assert row["explanation"]["mse"] > 0
        with Image.open(folder / name) as picture:
            assert picture.width > 3 * 168
    outcome = type_encodenet("predict", finished_run, pictures / "a", "--explain", "--output", folder)
    assert f"  explained in {folder / 'digit.png'}" in outcome.out


def test_class_names_with_markup_or_control_characters_are_shown_as_text(
    type_encodenet: Encodenet, finished_run: Path, pictures: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["dataset"]["class_names"] = [f"[red]<b>{label}\x1b[2J" for label in range(10)]
    (folder / "metrics.json").write_text(json.dumps(metrics))
    outcome = type_encodenet("predict", folder, pictures, "--explain")
    assert outcome.code == 0
    assert "[red]<b>" in outcome.out
    assert "\x1b" not in outcome.out


def test_what_cannot_be_predicted_is_refused_in_one_line(
    type_encodenet: Encodenet, finished_run: Path, pictures: Path, tmp_path: Path
) -> None:
    for arguments, part in (
        ((tmp_path / "absent", pictures), "there is no folder"),
        ((finished_run, tmp_path / "absent.png"), "there is no file or folder"),
        ((finished_run, pictures, "--top", 0), "--top is 0, but expected is at least 1"),
        ((finished_run, pictures, "--explain", "--output", pictures / "a" / "digit.png"), "cannot write to"),
    ):
        outcome = type_encodenet("predict", *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1
        assert part in outcome.err


def test_an_older_run_still_predicts_and_says_what_an_explanation_lacks(
    type_encodenet: Encodenet, finished_run: Path, pictures: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    (folder / "representatives.npz").unlink()
    assert type_encodenet("predict", folder, pictures).code == 0
    outcome = type_encodenet("predict", folder, pictures, "--explain")
    assert outcome.code == 2
    assert "holds no representatives.npz" in outcome.err


def test_a_refusal_does_not_wait_for_keras(finished_run: Path, tmp_path: Path) -> None:
    code = f"""
import sys
sys.argv = ["encodenet", "predict", {str(finished_run)!r}, {str(tmp_path / "absent")!r}]
from encodenet_core.cli import main
try:
    main()
except SystemExit as exit_:
    print(exit_.code, [name for name in ("keras", "tensorflow", "sklearn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2 []\n"


def test_a_grey_network_takes_a_colour_photograph_of_any_size(
    type_encodenet: Encodenet, finished_run: Path, tmp_path: Path
) -> None:
    photograph = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    Image.fromarray(photograph).save(tmp_path / "photograph.jpg")
    outcome = type_encodenet("predict", finished_run, tmp_path / "photograph.jpg", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out)[0]["class"] in list("0123456789")
