from __future__ import annotations

from typing import Any

import pytest

from encodenet_core.models.foreign_code import foreign_code


def sequence(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "whole", "layers": list(layers)}}


DENSE = {"class_name": "Dense", "config": {"name": "dense", "units": 2, "activation": "relu"}}


def test_layers_of_keras_are_no_foreign_code() -> None:
    assert foreign_code(sequence(DENSE)) is None


@pytest.mark.parametrize("module", [None, "keras", "keras.layers", "keras.src.layers.core.dense"])
def test_a_module_of_keras_is_keras_whether_it_is_named_or_not(module: str | None) -> None:
    assert foreign_code(sequence({**DENSE, "module": module})) is None


@pytest.mark.parametrize(
    "module", ["os", "keras_hub.layers", "keras.utils", "keras.src.saving", "keras.layers;os"]
)
def test_any_other_module_is_refused_with_the_layer(module: str) -> None:
    assert foreign_code(sequence({**DENSE, "module": module})) == (
        "(layer 'dense' needs the code of 'Dense', which no file may bring); build it of Keras's own layers"
    )


def test_a_lambda_is_refused_in_the_layout_of_keras_2_too() -> None:
    function = ["4wEAAAAAAAAA", None, None]
    layer = {
        "class_name": "Lambda",
        "config": {"name": "own", "function": function, "function_type": "lambda"},
    }
    message = foreign_code(sequence(DENSE, sequence(layer)))
    assert message is not None and "layer 'own' needs the code of a Lambda" in message


def test_how_a_model_was_compiled_does_not_matter() -> None:
    assert (
        foreign_code({**sequence(DENSE), "compile_config": {"module": "mine", "class_name": "Loss"}}) is None
    )


def test_a_layer_with_files_of_its_own_is_found_by_a_longer_name_too() -> None:
    layer = {"module": "keras", "class_name": "layers.StringLookup", "config": {"name": "words"}}
    message = foreign_code(sequence(layer))
    assert message is not None and "layer 'words' needs a file of words" in message
