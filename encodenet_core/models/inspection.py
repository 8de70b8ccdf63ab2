"""What a model file holds, and where it would be cut, or why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import keras

from encodenet_core.errors import ConfigError
from encodenet_core.models.cut import Place, find_cut, named_cut
from encodenet_core.models.file_kinds import ModelFile
from encodenet_core.models.flatten import outline_model
from encodenet_core.models.given import check_float_pixels
from encodenet_core.models.graph import learns, ordered_calls
from encodenet_core.models.loading import load_structure, model_file_kind
from encodenet_core.models.logits import closing_of
from encodenet_core.models.origin import Origin, origin_of
from encodenet_core.models.split import check_classifier

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class LayerSummary:
    """A layer or operation of a model: its class, the shape that it gives without the batch, its weights."""

    name: str
    kind: str
    output_shape: Shape
    parameters: int


@dataclass(frozen=True)
class FoundCut:
    """Where a classifier is cut, and why there.

    Attributes:
        layer: whose output is the features.
        feature_shape: `(height, width, channels)`.
        reason: in a few words.
        learning_layers: how many of those before the cut, and of those after it, have weights to train.
    """

    layer: str
    feature_shape: Shape
    reason: str
    learning_layers: tuple[int, int]


@dataclass(frozen=True)
class ModelInspection:
    """A model file that could be loaded.

    Attributes:
        path: of the file.
        kind: of the file, by its content.
        origin: who saved it.
        image_shape: what the model takes; None for a side that it leaves open, empty if it is not known.
        outputs: how many numbers it gives; one stands for two classes.
        closing: what comes last: `softmax`, `sigmoid`, or None.
        parameters: `count_params()`, moving statistics included.
        layers: in the order of computation; those of models inside it stand for themselves.
        cut: None where the model cannot be cut.
        refusal: why it cannot be a baseline; None where it can.
    """

    path: str
    kind: ModelFile
    origin: Origin
    image_shape: Shape
    outputs: int | None
    closing: str | None
    parameters: int
    layers: tuple[LayerSummary, ...]
    cut: FoundCut | None
    refusal: str | None


def inspect_model(path: Path, cut: str | None = None) -> ModelInspection:
    """Load a model file, without running code from it, and look at what it is.

    Args:
        path: of the file.
        cut: the layer to cut after; None finds one.

    Raises:
        ConfigError: the file is missing, no model, or cannot be loaded.
    """
    kind = model_file_kind(path)
    model = load_structure(path)
    outline, closing, found, refusal = model, None, None, None
    try:
        check_classifier(model)
        check_float_pixels(model)
        flat = outline_model(model, tuple(model.inputs[0].shape[1:]))
        outline = flat.model
        closing = closing_of(outline)
        named = flat.names.get(cut, cut) if cut else None
        place = find_cut(outline) if named is None else named_cut(outline, named)
        found = _found(place, cut)
    except ConfigError as error:
        refusal = str(error)
    inputs, outputs = (getattr(model, name, None) or [] for name in ("inputs", "outputs"))
    return ModelInspection(
        path=str(path),
        kind=kind,
        origin=origin_of(path, kind),
        image_shape=tuple(inputs[0].shape[1:]) if inputs else (),
        outputs=outputs[0].shape[-1] if outputs else None,
        closing=closing,
        parameters=model.count_params() if model.built else 0,
        layers=tuple(_layers(outline)),
        cut=found,
        refusal=refusal,
    )


def _found(place: Place, named: str | None) -> FoundCut:
    reason = "the last learnt feature map that all later layers depend on"
    return FoundCut(
        place.layer,
        tuple(place.tensor.shape[1:]),
        "named by baseline.cut" if named else reason,
        (sum(map(learns, place.before)), sum(map(learns, place.after))),
    )


def _layers(model: keras.Model) -> Iterator[LayerSummary]:
    """The calls of a graph; of anything else the layers, whose shapes are not known."""
    if not getattr(model, "outputs", None):
        for layer in model.layers:
            yield LayerSummary(layer.name, type(layer).__name__, (), _parameters(layer))
        return
    counted: set[int] = set()
    for call in ordered_calls(model.outputs):
        operation = call.operation
        shape = tuple(call.output_tensors[0].shape[1:])
        own = 0 if id(operation) in counted else _parameters(operation)
        counted.add(id(operation))
        yield LayerSummary(operation.name, type(operation).__name__, shape, own)


def _parameters(operation: Any) -> int:
    return sum(prod(weight.shape) for weight in getattr(operation, "weights", ()))
