"""A model with models inside it as one model of layers, so that it can be cut inside any of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, count
from typing import Any, NamedTuple

import keras

from encodenet_core.errors import ConfigError, reason_of
from encodenet_core.models.graph import Call, Tensor, is_graph, ordered_calls
from encodenet_core.models.split import copy_weights


class FlatModel(NamedTuple):
    """A model without models inside it, and what the layers of the original are called in it.

    `names` has every layer by its own name where that is unique, `inner/layer` for one inside another
    model, and the name of a model for the layer that its output comes from.
    """

    model: keras.Model
    names: Mapping[str, str]


def flatten_model(
    model: keras.Model,
    image_shape: tuple[int | None, int | None, int],
    preparation: Callable[[Tensor], Tensor] | None = None,
) -> FlatModel:
    """A copy of a functional or sequential model that shares nothing with it and computes the same.

    All its layers are trainable, whatever was frozen.

    Args:
        model: takes images.
        image_shape: `(height, width, channels)`; sizes that the model leaves open become these.
        preparation: layers to put in front, for images that the model wants otherwise.

    Raises:
        ConfigError: a layer inside is a model whose layers cannot be followed, keeps its maps
            channels-first, or cannot be applied to images of this shape.
    """
    flat, copies = _flatten(model, image_shape, preparation)
    copies.take_weights()
    for layer in flat.layers:  # setting it on the model does not reach layers that were built frozen
        layer.trainable = True
    return FlatModel(flat, copies.names)


def outline_model(model: keras.Model, image_shape: tuple[int | None, int | None, int]) -> FlatModel:
    """As `flatten_model`, to be looked at alone: its weights have shapes and no values."""
    with keras.StatelessScope(initialize_variables=False):
        flat, copies = _flatten(model, image_shape, None)
    return FlatModel(flat, copies.names)


def _flatten(
    model: keras.Model,
    image_shape: tuple[int | None, int | None, int],
    preparation: Callable[[Tensor], Tensor] | None,
) -> tuple[keras.Model, _Copies]:
    images = keras.Input(image_shape, dtype=model.inputs[0].dtype, name="images")
    prepared = images if preparation is None else preparation(images)
    copies = _Copies(model, taken={call.operation.name for call in ordered_calls([prepared])})
    outputs = _replay(model, [prepared], copies)
    return keras.Model(images, outputs[0], name=model.name), copies


class _Copies:
    """A copy of every layer, with a name that no other has; outer layers keep theirs before inner ones."""

    def __init__(self, model: keras.Model, taken: set[str]) -> None:
        self.names: dict[str, str] = {}
        self._taken = taken
        self._copies: dict[int, tuple[Any, Any]] = {}
        waiting: list[tuple[keras.Model, tuple[str, ...]]] = [(model, ())]
        for outer, path in waiting:
            for call in ordered_calls(outer.outputs):
                if is_graph(call.operation):
                    waiting.append((call.operation, (*path, call.operation.name)))
                elif not call.is_input and id(call.operation) not in self._copies:
                    self._copy(call.operation, path)

    def of(self, operation: Any) -> Any:
        return self._copies[id(operation)][1]

    def take_weights(self) -> None:
        """Give the copies, which are built by now, the weights of what they are copies of."""
        for source, target in self._copies.values():
            if isinstance(source, keras.layers.Layer):
                copy_weights(source, target)

    def _copy(self, operation: Any, path: tuple[str, ...]) -> None:
        _check(operation)
        name = self._free_name(operation.name, path)
        self.names["/".join((*path, operation.name))] = name
        self.names[name] = name
        copy = type(operation).from_config({**operation.get_config(), "name": name})
        self._copies[id(operation)] = (operation, copy)

    def _free_name(self, name: str, path: tuple[str, ...]) -> str:
        longer = ["_".join((*path[depth:], name)) for depth in range(len(path), -1, -1)]
        numbered = (f"{longer[-1]}_{number}" for number in count(1))
        free = next(each for each in chain(longer, numbered) if each not in self._taken)
        self._taken.add(free)
        return free


def _replay(model: keras.Model, inputs: Sequence[Tensor], copies: _Copies) -> list[Tensor]:
    """The outputs of a model's copies, called one after the other on these inputs."""
    known = {id(tensor): given for tensor, given in zip(model.inputs, inputs, strict=True)}
    for call in ordered_calls(model.outputs):
        if call.is_input:
            continue
        if is_graph(call.operation):
            results = _replay(call.operation, [known[id(tensor)] for tensor in call.input_tensors], copies)
            copies.names.setdefault(call.operation.name, results[0]._keras_history.operation.name)
        else:
            results = _apply(copies.of(call.operation), call, known)
        known.update(zip(map(id, call.output_tensors), results, strict=True))
    return [known[id(tensor)] for tensor in model.outputs]


def _apply(operation: Any, call: Call, known: Mapping[int, Tensor]) -> list[Tensor]:
    arguments, keywords = call.arguments.fill_in(known)
    try:
        results: list[Tensor] = keras.tree.flatten(operation(*arguments, **keywords))
    except ValueError as error:
        shapes = " and ".join(str(tuple(known[id(tensor)].shape[1:])) for tensor in call.input_tensors)
        reason = reason_of(error, 120)
        raise ConfigError(
            f"layer {operation.name!r} of the baseline cannot take {shapes} ({reason})"
        ) from None
    return results


def _check(operation: Any) -> None:
    if isinstance(operation, keras.Model):
        raise ConfigError(
            f"model {operation.name!r} inside the baseline is a {type(operation).__name__}; "
            "expected is a functional or sequential model"
        )
    if getattr(operation, "data_format", None) == "channels_first":
        raise ConfigError(
            f"layer {operation.name!r} of the baseline takes maps channels-first; expected is channels-last, "
            "so build it with data_format='channels_last' and transfer its weights"
        )
