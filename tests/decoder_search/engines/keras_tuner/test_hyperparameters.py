from __future__ import annotations

import json
from typing import Any

import pytest

from decoder_search.engines.keras_tuner.hyperparameters import (
    belongs,
    describe_hyperparameters,
    to_params,
    to_values,
)
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace


def space_of(*parameters: Any) -> SearchSpace:
    return SearchSpace("toy", parameters, {}, {})


SPACE = space_of(
    IntParameter("decoder.depth", 1, 3),
    IntParameter("decoder.kernel_size", 3, 7, step=2, when={"decoder.depth": (2, 3)}),
    IntParameter("classifier.training.epochs", 2, 64, log=True),
    ChoiceParameter("clustering.method", ("kmeans", "hdbscan")),
    ChoiceParameter("clustering.n_clusters", (1, 2, "elbow"), when={"clustering.method": ("kmeans",)}),
    ChoiceParameter("decoder.exact", (True, False)),
    FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2, log=True),
)
PARAMS = {
    "decoder.depth": 2,
    "decoder.kernel_size": 5,
    "classifier.training.epochs": 64,
    "clustering.method": "kmeans",
    "clustering.n_clusters": "elbow",
    "decoder.exact": True,
    "autoencoder.training.learning_rate": 0.001,
}


def test_params_come_back_with_the_types_of_the_space() -> None:
    back = to_params(SPACE, json.loads(json.dumps(to_values(SPACE, PARAMS))))
    assert back == PARAMS
    assert [type(value) for value in back.values()] == [type(value) for value in PARAMS.values()]


def test_inactive_parameters_have_no_params() -> None:
    values = {**to_values(SPACE, PARAMS), "decoder.depth": 1, "clustering.method": "hdbscan"}
    assert to_params(SPACE, values).keys() == {
        "decoder.depth",
        "classifier.training.epochs",
        "clustering.method",
        "decoder.exact",
        "autoencoder.training.learning_rate",
    }


def test_choices_of_several_types_go_by_their_json_text() -> None:
    values = to_values(SPACE, PARAMS)
    assert (values["clustering.n_clusters"], values["decoder.exact"]) == ('"elbow"', "true")
    assert values["clustering.method"] == "kmeans"


def test_what_rounding_put_outside_of_a_range_is_put_back() -> None:
    values = {
        **to_values(SPACE, PARAMS),
        "classifier.training.epochs": 65,
        "autoencoder.training.learning_rate": 0.010000000000000002,
    }
    params = to_params(SPACE, values)
    assert params["classifier.training.epochs"] == 64
    assert params["autoencoder.training.learning_rate"] == 0.01


def test_a_condition_names_its_values_as_the_choice_does() -> None:
    space = space_of(
        ChoiceParameter("decoder.exact", (True, False)),
        IntParameter("decoder.depth", 1, 3, when={"decoder.exact": (False,)}),
    )
    depth = describe_hyperparameters(space)[1]
    assert depth["config"]["conditions"] == [
        {"class_name": "Parent", "config": {"name": "decoder.exact", "values": ["false"]}}
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"decoder.depth": 4},
        {"decoder.depth": 1},
        {"decoder.kernel_size": 4},
        {"clustering.n_clusters": 3},
        {"autoencoder.training.learning_rate": 0.1},
        {"seed": 1},
    ],
    ids=str,
)
def test_params_of_another_space_do_not_belong(change: dict[str, Any]) -> None:
    assert belongs(SPACE, PARAMS)
    assert not belongs(SPACE, {**PARAMS, **change})


def test_a_missing_param_does_not_belong() -> None:
    assert not belongs(SPACE, {path: value for path, value in PARAMS.items() if path != "decoder.exact"})


def test_every_packaged_space_can_be_described() -> None:
    described = describe_hyperparameters(load_space("digits"))
    assert [each["config"]["name"] for each in described] == [
        parameter.path for parameter in load_space("digits").parameters
    ]
    assert json.loads(json.dumps(described)) == described
