from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pytest

from encodenet_core.data.pixels import to_unit_range
from encodenet_core.errors import ConfigError, DataError
from encodenet_core.export.formats import ExportFormat
from encodenet_core.export.handover import (
    TOLERANCE,
    HandOver,
    export_model,
    export_opened,
    file_name,
    open_handover,
)
from encodenet_core.export.running import open_exported
from encodenet_core.models.inference import predict
from encodenet_core.run_result import RunResult

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="models are exported by Keras on TensorFlow"
)


@pytest.fixture(scope="module")
def handover(finished_run: Path) -> HandOver:
    return open_handover(finished_run)


@pytest.mark.parametrize("format_", get_args(ExportFormat))
def test_a_run_is_handed_over_with_its_contract_and_gives_the_logits_of_keras(
    format_: ExportFormat, handover: HandOver, tiny_result: RunResult, tmp_path: Path
) -> None:
    exported = export_opened(handover, (format_, None), tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        exported.path.name, exported.contract.name,
    }  # fmt: skip
    assert exported.parity.n_images == 100
    assert exported.parity.max_difference < TOLERANCE
    assert tiny_result.dataset.test is not None
    images = np.asarray(tiny_result.dataset.test.images[:5])
    received = open_exported(format_, exported.path, threads=1)(to_unit_range(images))
    expected = predict(tiny_result.conversion.encodenet.model, images)
    np.testing.assert_allclose(received, expected, atol=TOLERANCE)

    contract = json.loads(exported.contract.read_text())
    assert contract["model"] == exported.path.name
    assert (contract["format"], contract["computes_in"]) == (format_, "float32")
    assert contract["class_names"] == list("0123456789")
    assert contract["input"]["shape"] == [None, 8, 8, 1]
    assert contract["compared_with_keras"]["max_difference"] == exported.parity.max_difference
    assert contract["compared_with_keras"]["limit"] == TOLERANCE
    assert contract["trained_on"] == {"name": "digits", "fingerprint": tiny_result.dataset.fingerprint}
    assert {"python", "keras", "decoder-search"} <= set(contract["versions"])


def test_int8_is_measured_on_the_whole_test_set(handover: HandOver, tmp_path: Path) -> None:
    exported = export_opened(handover, ("litert", "int8"), tmp_path)
    assert exported.path.name == "encodenet-int8.tflite"
    parity, test = exported.parity, handover.test
    run = open_exported("litert", exported.path, threads=1)
    logits = np.concatenate([run(to_unit_range(image[None])) for image in test.images])
    assert parity.test_accuracy == pytest.approx(np.mean(logits.argmax(axis=1) == test.labels), abs=0.01)
    assert parity.keras_test_accuracy == np.mean(
        predict(handover.reference, test.images).argmax(axis=1) == test.labels
    )
    assert parity.agreement > 0.9
    contract = json.loads(exported.contract.read_text())
    assert (contract["computes_in"], contract["compared_with_keras"]["limit"]) == ("int8", None)


def test_a_model_that_differs_is_refused_and_the_earlier_one_stays(
    handover: HandOver, tmp_path: Path
) -> None:
    earlier = export_opened(handover, ("onnx", None), tmp_path)
    before = [path.read_bytes() for path in (earlier.path, earlier.contract)]
    with pytest.raises(
        ConfigError, match=r"^the onnx model differs from Keras by up to [^\n]*not written; give"
    ):
        export_opened(handover, ("onnx", None), tmp_path, tolerance=1e-12)
    assert [path.read_bytes() for path in (earlier.path, earlier.contract)] == before
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("format_", ["keras", "saved_model"])
def test_an_export_takes_the_place_of_an_earlier_one(
    format_: ExportFormat, handover: HandOver, tmp_path: Path
) -> None:
    place = tmp_path / file_name("encodenet", format_, None)
    if format_ == "saved_model":
        place.mkdir()
        (place / "stale").write_text("")
    else:
        place.write_text("stale")
    export_opened(handover, (format_, None), tmp_path)
    assert not (place / "stale").exists()
    open_exported(format_, place, threads=1)


def test_int8_of_another_format_is_refused(handover: HandOver, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="int8 is for the format litert, but this is onnx; leave it out"):
        export_opened(handover, ("onnx", "int8"), tmp_path)


def test_from_python_a_model_goes_into_the_run_unless_told_otherwise(
    finished_run: Path, tmp_path: Path, digits_archive: Path
) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    (folder / "baseline.keras").unlink()  # as an earlier version left it
    exported = export_model(folder, "keras", data=str(digits_archive))
    assert exported.path == folder / "export" / "encodenet.keras"
    assert export_model(folder, "keras", tmp_path / "here").path == tmp_path / "here" / "encodenet.keras"


def test_a_run_that_is_none_or_other_data_are_refused(finished_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no config.yaml"):
        export_model(tmp_path, "keras")
    with pytest.raises(DataError, match="there is no file"):
        export_model(finished_run, "keras", tmp_path, data=str(tmp_path / "absent.npz"))
    np.savez(tmp_path / "large.npz", x_train=np.zeros((200, 9, 9), np.uint8), y_train=np.arange(200) % 10)
    with pytest.raises(ConfigError, match=r"images \(9, 9, 1\), but the model in [^\n]* takes \(8, 8, 1\)"):
        export_model(finished_run, "keras", tmp_path, data=str(tmp_path / "large.npz"))


ALONE = {
    "keras": """
import keras
logits = keras.saving.load_model("encodenet.keras", compile=False).predict(images, verbose=0)
""",
    "saved_model": """
import tensorflow as tf
model = tf.saved_model.load("encodenet_saved_model")
logits = model.serve(images).numpy()
""",
    "onnx": """
import onnxruntime
logits = onnxruntime.InferenceSession("encodenet.onnx").run(None, {"images": images})[0]
""",
    "litert": """
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter("encodenet.tflite")
given, wanted = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
interpreter.resize_tensor_input(given["index"], images.shape)
interpreter.allocate_tensors()
interpreter.set_tensor(given["index"], images)
interpreter.invoke()
logits = interpreter.get_tensor(wanted["index"])
""",
}
"""How each file is run by people who do not have this project."""


@pytest.mark.slow
@pytest.mark.parametrize("format_", get_args(ExportFormat))
def test_a_fresh_process_runs_the_file_without_this_project(
    format_: ExportFormat, handover: HandOver, tmp_path: Path
) -> None:
    export_opened(handover, (format_, None), tmp_path)
    images = to_unit_range(np.asarray(handover.test.images[:9]))
    np.save(tmp_path / "images.npy", images)
    program = f"""
import sys
sys.modules["encodenet_core"] = sys.modules["decoder_search"] = None  # an import of either fails
import numpy as np
images = np.load("images.npy")
{ALONE[format_]}
np.save("logits.npy", logits)
print(*sorted({{"keras", "tensorflow", "onnxruntime", "ai_edge_litert"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(
        np.load(tmp_path / "logits.npy"), predict(handover.reference, images), atol=TOLERANCE
    )
    if format_ in ("onnx", "litert"):
        assert done.stdout.split() == ["onnxruntime" if format_ == "onnx" else "ai_edge_litert"]
