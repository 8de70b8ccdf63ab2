from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from color_models import color_classifier, color_images

from encodenet_core.data.pixels import to_unit_range
from encodenet_core.errors import ConfigError
from encodenet_core.export.deployable import deployable_copy
from encodenet_core.export.running import open_exported
from encodenet_core.export.writing import write_int8, write_model
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.flatten import flatten_model
from encodenet_core.models.inference import predict
from encodenet_core.models.pixel_forms import PixelForm

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="models are exported by Keras on TensorFlow"
)

IMAGES = np.random.default_rng(6).random((40, 8, 8, 1), np.float32)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(8)
    return deployable_copy(ARCHITECTURES["small"]((8, 8, 1), 10, ([0.3], [0.1])))


def test_an_onnx_model_has_plain_names_and_any_batch(model: keras.Model, tmp_path: Path) -> None:
    import onnx

    write_model(model, "onnx", tmp_path / "model.onnx")
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert [each.name for each in (*graph.input, *graph.output)] == ["images", "logits"]
    assert [each.type.tensor_type.shape.dim[0].dim_param for each in (*graph.input, *graph.output)] == [
        "batch", "batch",
    ]  # fmt: skip


def test_a_model_whose_constants_stay_outside_its_graph_is_refused_as_onnx(tmp_path: Path) -> None:
    model = ARCHITECTURES["small"]((8, 8, 1), 10, ([0.3], [0.1]))
    with pytest.raises(
        ConfigError, match=r"cannot be written as onnx \(one input and one output[^\n]*format$"
    ):
        write_model(model, "onnx", tmp_path / "model.onnx")


def test_converters_write_nothing_to_the_terminal(
    model: keras.Model, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for format_, name in (("saved_model", "model"), ("onnx", "model.onnx"), ("litert", "model.tflite")):
        write_model(model, format_, tmp_path / name)
    write_int8(model, tmp_path / "int8.tflite", IMAGES)
    assert tuple(capfd.readouterr()) == ("", "")


def test_int8_is_a_third_of_float32_and_keeps_float_ends(model: keras.Model, tmp_path: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    write_model(model, "litert", tmp_path / "float.tflite")
    write_int8(model, tmp_path / "int8.tflite", IMAGES)
    assert (tmp_path / "int8.tflite").stat().st_size < (tmp_path / "float.tflite").stat().st_size / 3
    interpreter = Interpreter(str(tmp_path / "int8.tflite"))
    ends = (*interpreter.get_input_details(), *interpreter.get_output_details())
    assert {end["dtype"] for end in ends} == {np.float32}
    inner = {detail["dtype"] for detail in interpreter.get_tensor_details()}
    assert np.int8 in inner


@pytest.mark.parametrize("form", [PixelForm("caffe"), PixelForm("torch", "bgr")], ids=lambda form: form.words)
def test_colours_in_another_order_are_right_in_8_bits_too(form: PixelForm, tmp_path: Path) -> None:
    images, labels = color_images(6)
    unit = to_unit_range(images)
    prepared = flatten_model(color_classifier(form, closing=None), (8, 8, 3), form.preparation()).model
    write_int8(deployable_copy(prepared), tmp_path / "int8.tflite", unit)
    expected = predict(prepared, images)
    received = open_exported("litert", tmp_path / "int8.tflite", threads=1)(unit)
    assert np.abs(received - expected).max() < 0.1 * np.ptp(expected)
    assert (received.argmax(axis=1) == labels).mean() > 0.9


def test_a_layer_that_the_converter_does_not_know_is_refused_in_one_line(tmp_path: Path) -> None:
    images = keras.Input((8, 8, 1))
    spectrum = keras.ops.real(keras.ops.fft2((images, keras.ops.zeros_like(images)))[0])
    model = keras.Model(images, keras.layers.Dense(3)(keras.layers.Flatten()(spectrum)))
    with pytest.raises(
        ConfigError, match=r"^the model cannot be written as litert [^\n]*; try another format$"
    ):
        write_model(model, "litert", tmp_path / "model.tflite")
