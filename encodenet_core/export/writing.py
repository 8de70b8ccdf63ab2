"""The writers of all formats, and the only door to TensorFlow itself, which its converter needs for int8."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.errors import ConfigError, reason_of
from encodenet_core.export.formats import ExportFormat
from encodenet_core.models.quiet import without_native_messages

OUTPUT_NAME = "logits"

_NO_ROOM = os.strerror(errno.ENOSPC)


def write_model(model: keras.Model, format_: ExportFormat, path: Path) -> None:
    """Write a deployable model.

    Args:
        model: of Keras's own layers in float32, as `deployable_copy` makes them.
        format_: how.
        path: of the file, or for `saved_model` of the folder.

    Raises:
        ConfigError: the converter of the format does not know a layer of the model.
        OSError: there is no room for it.
    """
    _convert(WRITERS[format_], format_, model, path)


def write_int8(model: keras.Model, path: Path, images: NDArray[np.float32]) -> None:
    """Write a LiteRT model that computes in 8-bit integers; its inputs and outputs stay float32.

    Args:
        model: as for `write_model`.
        path: of the file.
        images: `(n, height, width, channels)` in [0, 1]; the ranges of all maps are taken from them.

    Raises:
        ConfigError: the converter does not know a layer of the model.
    """

    def representative() -> Iterator[list[NDArray[np.float32]]]:
        return ([images[place : place + 1]] for place in range(len(images)))

    def write(model: keras.Model, path: Path) -> None:
        import tensorflow as tf

        _write_litert(
            model,
            path,
            tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
            optimizations=[tf.lite.Optimize.DEFAULT],
            representative_dataset=representative,
        )

    _convert(write, "int8", model, path)


def _convert(write: Callable[[keras.Model, Path], None], name: str, model: keras.Model, path: Path) -> None:
    try:
        with without_native_messages(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning)  # of NumPy, in what patches tf2onnx
            write(model, path)
    except Exception as error:  # a converter may raise anything about a layer that it does not know
        if _NO_ROOM in str(error):  # which TensorFlow's own errors tell in words alone
            raise OSError(errno.ENOSPC, _NO_ROOM, str(path)) from error
        raise ConfigError(
            f"the model cannot be written as {name} ({reason_of(error, 160)}); try another format"
        ) from error


def _write_keras(model: keras.Model, path: Path) -> None:
    model.save(path)


def _write_saved_model(model: keras.Model, path: Path) -> None:
    model.export(path, format="tf_saved_model", verbose=False)


def _write_onnx(model: keras.Model, path: Path) -> None:
    import onnx

    model.export(path, format="onnx", verbose=False, input_signature=list(model.inputs))
    written = onnx.load(path)
    _name_plainly(written.graph)
    onnx.checker.check_model(written, full_check=True)
    onnx.save(written, path)


def _name_plainly(graph: Any) -> None:
    """Call the output and the first axis what they are, and refuse a graph with more than one input."""
    if len(graph.input) != 1 or len(graph.output) != 1:
        names = ", ".join(each.name for each in (*graph.input, *graph.output))
        raise ValueError(f"one input and one output are expected, but there are {names}")
    given, wanted = graph.input[0], graph.output[0]
    for node in graph.node:
        node.output[:] = [OUTPUT_NAME if name == wanted.name else name for name in node.output]
    wanted.name = OUTPUT_NAME
    for value in (given, wanted):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"


def _write_float_litert(model: keras.Model, path: Path) -> None:
    import tensorflow as tf

    # Without TensorFlow's own operations, which LiteRT runs only where a delegate for them is linked in.
    _write_litert(model, path, tf.lite.OpsSet.TFLITE_BUILTINS)


def _write_litert(model: keras.Model, path: Path, operations: Any, **options: Any) -> None:
    target = {"supported_ops": [operations]}
    model.export(path, format="litert", verbose=False, target_spec=target, **options)


WRITERS: dict[ExportFormat, Callable[[keras.Model, Path], None]] = {
    "keras": _write_keras,
    "saved_model": _write_saved_model,
    "onnx": _write_onnx,
    "litert": _write_float_litert,
}
"""How each format is written."""
