from __future__ import annotations

import shutil
from pathlib import Path

import keras
import pytest

from encodenet_core.export.handover import open_handover
from encodenet_core.export.speed import BATCHES, measure_speeds

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="models are exported by Keras on TensorFlow"
)


@pytest.mark.slow
def test_baseline_and_encodenet_are_weighed_and_timed_in_every_format(finished_run: Path) -> None:
    told: list[str] = []
    kinds = [("onnx", None), ("litert", None), ("litert", "int8")]
    speeds = measure_speeds(open_handover(finished_run), kinds, 1, told.append)
    assert [(each.model, each.format, each.quantization) for each in speeds] == [
        (model, *kind) for model in ("baseline", "encodenet") for kind in kinds
    ]
    assert all(tuple(each.milliseconds) == BATCHES for each in speeds)
    assert all(0 < each.milliseconds[1] < each.milliseconds[32] for each in speeds)
    sizes = {(each.model, each.format, each.quantization): each.size for each in speeds}
    assert sizes["encodenet", "litert", "int8"] < sizes["encodenet", "litert", None] / 3
    assert sizes["baseline", "onnx", None] == pytest.approx(sizes["encodenet", "onnx", None], rel=0.01)
    assert told[0] == "writing baseline.onnx to measure it"
    assert told[-1] == "timing 6 models with 1 and 32 images"


def test_all_files_of_a_folder_count_and_a_run_without_its_baseline_is_measured(
    finished_run: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    (folder / "baseline.keras").unlink()
    (speed,) = measure_speeds(open_handover(folder), [("saved_model", None)], 1, print)
    assert speed.model == "encodenet"
    assert speed.size > 4 * 66_218
