"""What whoever runs an exported model must know of it, as a JSON file beside the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from encodenet_core.config import Resize
from encodenet_core.export.formats import EXPORT_FORMATS, ExportFormat
from encodenet_core.io.versions import installed_versions

_CALLS: dict[ExportFormat, str] = {
    "keras": "model = keras.saving.load_model(path, compile=False); model.predict(images)",
    "saved_model": "model = tensorflow.saved_model.load(path); model.serve(images)",
    "onnx": "session = onnxruntime.InferenceSession(path); session.run(None, {input name: images})",
    "litert": "ai_edge_litert.interpreter.Interpreter(path), its input resized where the batch is not 1",
}

_RESIZED: dict[Resize, str] = {
    "crop": "bilinear, after the largest part of that shape is cut out of its middle",
    "pad": "bilinear, its shape kept, with black bars on both sides",
    "stretch": "bilinear",
}


def contract_path(model: Path) -> Path:
    """Where the contract of an exported model lies: `encodenet.onnx.json` beside `encodenet.onnx`."""
    return model.with_name(f"{model.name}.json")


def describe_model(
    format_: ExportFormat,
    image_shape: Sequence[int],
    class_names: Sequence[str],
    input_name: str,
    resize: Resize = "stretch",
) -> dict[str, Any]:
    """Input, preprocessing and output of an exported model as plain values.

    Args:
        format_: of the model.
        image_shape: `(height, width, channels)`.
        class_names: in the order of the logits.
        input_name: what the model calls its images.
        resize: how pictures of another size were brought to that of the model.
    """
    colours = "grey" if image_shape[2] == 1 else "RGB"
    return {
        "input": {
            "name": input_name,
            "shape": [None, *image_shape],
            "axes": ["batch", "height", "width", "channels"],
            "dtype": "float32",
            "range": [0, 1],
            "channels": colours,
        },
        "preprocessing": [
            f"decode the picture to 8 bits a channel, {colours}, turned as its EXIF data say, on white",
            f"resize it to {image_shape[1]} pixels wide and {image_shape[0]} high if it has another size "
            f"({_RESIZED[resize]})",
            "divide by 255; nothing else, because the model normalises by itself",
        ],
        "output": {
            "shape": [None, len(class_names)],
            "dtype": "float32",
            "values": "logits; softmax over the last axis gives probabilities",
        },
        "class_names": list(class_names),
        "run_with": _CALLS[format_],
    }


def package_versions(format_: ExportFormat) -> dict[str, str]:
    """Of the packages that wrote and checked a format."""
    return installed_versions(*(package.replace("_", "-") for package in EXPORT_FORMATS[format_].packages))
