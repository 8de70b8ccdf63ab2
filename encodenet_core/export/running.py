"""Exported models run by the packages that run them elsewhere: the door to ONNX Runtime and LiteRT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.export.formats import ExportFormat
from encodenet_core.models.loading import load_model
from encodenet_core.models.quiet import without_native_messages

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From images `(batch, height, width, channels)` in [0, 1] to logits `(batch, num_classes)`."""


def open_exported(format_: ExportFormat, path: Path, threads: int) -> Run:
    """What runs an exported model.

    Args:
        format_: of the model.
        path: of its file or folder.
        threads: that one call may use; TensorFlow's are those that the process was started with.
    """
    with without_native_messages():
        return RUNNERS[format_](path, threads)


def _run_keras(path: Path, threads: int) -> Run:
    model = load_model(path)
    return lambda images: np.asarray(model.predict_on_batch(images))


def _run_saved_model(path: Path, threads: int) -> Run:
    layer = keras.layers.TFSMLayer(path, call_endpoint="serve")
    return lambda images: np.asarray(keras.ops.convert_to_numpy(layer(images)))


def _run_onnx(path: Path, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: np.asarray(session.run(None, {name: images})[0])


def _run_litert(path: Path, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=threads)
    given, wanted = (details()[0]["index"] for details in _ends(interpreter))
    shape: list[tuple[int, ...]] = []

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        if shape != [images.shape]:
            interpreter.resize_tensor_input(given, images.shape)
            interpreter.allocate_tensors()
            shape[:] = [images.shape]
        interpreter.set_tensor(given, images)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(wanted))

    run(np.zeros(interpreter.get_input_details()[0]["shape"], np.float32))  # says how it runs, so once here
    return run


def _ends(interpreter: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    return interpreter.get_input_details, interpreter.get_output_details


RUNNERS: dict[ExportFormat, Callable[[Path, int], Run]] = {
    "keras": _run_keras,
    "saved_model": _run_saved_model,
    "onnx": _run_onnx,
    "litert": _run_litert,
}
"""How each format is run."""
