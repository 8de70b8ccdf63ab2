"""Where a classifier is cut: after a feature map that all later computation depends on."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import keras

from encodenet_core.errors import ConfigError
from encodenet_core.models.graph import Call, Tensor, learns, ordered_calls

_SUMMARIES = {
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "AveragePooling2D",
    "AdaptiveAveragePooling2D",
    "Mean",
}
"""Operations that, where a single position comes out, sum up a whole map for the classification layers."""


@dataclass(frozen=True, eq=False)
class Place:
    """A point of a model's computation, just after a call.

    Attributes:
        layer: the name of the layer that is called.
        call: of the layer.
        tensor: that comes out.
        beside: what was computed earlier and is needed later still.
        before: the operations up to here.
        after: the operations from here on.
    """

    layer: str
    call: Call
    tensor: Tensor
    beside: Sequence[Tensor]
    before: Sequence[Any]
    after: Sequence[Any]


def find_cut(model: keras.Model) -> Place:
    """The last learnt map `(batch, height, width, channels)` that all later computation depends on.

    Layers that learn follow it, and no whole map was summed up in a single position before it.

    Raises:
        ConfigError: the model has no such map.
    """
    maps = _possible_cuts(model)
    if not maps:
        raise ConfigError(f"baseline {model.name!r} {_reason_for_no_map(model)}")
    fitting = [place for place in maps if _reason_against(place) is None]
    if not fitting:
        raise ConfigError(f"baseline {model.name!r} cannot be cut: {_reason_against(maps[-1])}")
    return fitting[-1]


def named_cut(model: keras.Model, layer: str) -> Place:
    """The place after the last call of a layer.

    Raises:
        ConfigError: there is no such layer, no map comes out of it, or the model cannot be cut there.
    """
    places = _places(model)
    place = next((place for place in reversed(places) if place.layer == layer), None)
    if place is None:
        near = difflib.get_close_matches(layer, [place.layer for place in places], n=3)
        known = near or [place.layer for place in _possible_cuts(model)[-3:]]
        reason = f"there is no such layer; did you mean {' or '.join(map(repr, known))}?"
    elif len(place.tensor.shape) != 4:
        shape = tuple(place.tensor.shape)
        reason = f"it gives {shape}; name a layer that gives a map (batch, height, width, channels)"
    elif place.beside:
        reason = f"{_named(place.beside)} goes around it; name a layer that everything after it depends on"
    elif not _is_learnt(place):
        reason = "nothing is learnt before it; name a layer that comes after a convolution"
    else:
        reason = _reason_against(place) or ""
    if place is None or reason:
        raise ConfigError(f"baseline.cut is {layer!r}, but {reason}")
    return place


def _places(model: keras.Model) -> list[Place]:
    """Every place of a model, in the order of computation."""
    calls = ordered_calls(model.outputs)
    operations = [call.operation for call in calls]
    uses = Counter(id(tensor) for call in calls for tensor in call.input_tensors)
    uses.update(id(tensor) for tensor in model.outputs)
    needed: dict[int, Tensor] = {}
    places = []
    for number, call in enumerate(calls, 1):
        for tensor in call.input_tensors:
            uses[id(tensor)] -= 1
            if not uses[id(tensor)]:
                needed.pop(id(tensor), None)
        needed.update({id(tensor): tensor for tensor in call.output_tensors if uses[id(tensor)]})
        result = call.output_tensors[0]
        beside = [tensor for tensor in needed.values() if tensor is not result]
        name = call.operation.name
        places.append(Place(name, call, result, beside, operations[:number], operations[number:]))
    return places


def _possible_cuts(model: keras.Model) -> list[Place]:
    """The learnt maps that everything after them depends on, up to where a whole map is summed up."""
    found = []
    for place in _places(model):
        if place.beside:
            continue
        if _sums_up(place.call):
            break
        if len(place.tensor.shape) == 4 and _is_learnt(place):
            found.append(place)
    return found


def _sums_up(call: Call) -> bool:
    return type(call.operation).__name__ in _SUMMARIES and prod(call.output_tensors[0].shape[1:-1]) == 1


def _is_learnt(place: Place) -> bool:
    return any(learns(operation) for operation in place.before)


def _named(tensors: Sequence[Tensor]) -> str:
    return " and ".join(repr(tensor._keras_history.operation.name) for tensor in tensors)


def _reason_for_no_map(model: keras.Model) -> str:
    for place in reversed(_places(model)):
        if place.beside and len(place.tensor.shape) == 4 and _is_learnt(place):
            return (
                f"has paths around its last feature map, that of {place.layer!r}, from "
                f"{_named(place.beside)}; expected is a map that everything after it depends on"
            )
    return (
        "is no image classifier: expected are learnt feature maps (batch, height, width, channels) and then "
        f"logits (batch, num_classes), but it gives {tuple(model.outputs[0].shape)} without such a map"
    )


def _reason_against(place: Place) -> str | None:
    """Why a model cannot be cut at a learnt map that everything after it depends on, if it cannot."""
    learning = [operation for operation in place.after if learns(operation)]
    if not learning:
        return (
            f"no weights come after the feature map of {place.layer!r}, but layers to train again are "
            "expected there; end the model in a dense layer"
        )
    earlier = {id(operation) for operation in place.before}
    shared = [operation.name for operation in learning if id(operation) in earlier]
    if shared:
        return (
            f"layer {shared[0]!r} is used before and after the feature map of {place.layer!r}; "
            "give each place a layer of its own"
        )
    return None
