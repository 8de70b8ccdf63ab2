"""What describes a fit: recipes bring their own numbers, and what cannot be is refused."""

from __future__ import annotations

import pytest

from encodenet_core.config_values import build_config, flatten
from encodenet_core.errors import ConfigError
from encodenet_core.recipe_defaults import TRAINING_DEFAULTS


@pytest.mark.parametrize(
    ("stage", "recipe"), [(stage, recipe) for stage, known in TRAINING_DEFAULTS.items() for recipe in known]
)
def test_a_recipe_brings_its_own_numbers_to_its_stages(stage: str, recipe: str) -> None:
    config = build_config({f"{stage}.training.recipe": recipe})
    training = getattr(config, stage).training.model_dump()
    expected = {"recipe": recipe, **TRAINING_DEFAULTS[stage][recipe]}
    assert {name: training[name] for name in expected} == expected


@pytest.mark.parametrize("stage", ["autoencoder", "classifier"])
@pytest.mark.parametrize("recipe", ["mdistiller", "weiaicunzai"])
def test_a_recipe_for_baselines_is_refused_elsewhere(stage: str, recipe: str) -> None:
    with pytest.raises(ConfigError, match=f"a recipe for the {stage}: 'fast' or 'paper'( or 'baseline')?$"):
        build_config({f"{stage}.training.recipe": recipe})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"recipe": "paper", "epochs": 100, "milestones": [50, 100]}, "which is 100; lower them or raise it"),
        ({"recipe": "paper", "epochs": 100, "milestones": [50, 50]}, "rising epochs"),
        ({"recipe": "paper", "milestones": [0, 50]}, "rising epochs between 0 and epochs"),
        ({"recipe": "paper", "milestones": []}, "at least 1 item"),
        ({"milestones": [5]}, "null, because the learning rate of recipe 'fast' does not fall in steps"),
    ],
)
def test_milestones_that_cannot_be_are_refused_with_what_they_may_be(
    values: dict[str, object], reason: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        build_config({f"baseline.training.{name}": value for name, value in values.items()})
    assert str(caught.value).startswith("baseline.training.milestones is ")
    assert reason in str(caught.value)


GIVEN = {"baseline.model": "mine.keras"}


@pytest.mark.parametrize(
    ("values", "optimizer", "rate"),
    [
        ({}, "recipe", 0.1),
        (GIVEN, "file", None),
        (GIVEN | {"baseline.training.epochs": 3}, "file", None),
        (GIVEN | {"baseline.training.learning_rate": 0.01}, "file", 0.01),
        (GIVEN | {"baseline.training.optimizer": "recipe"}, "recipe", None),
        (GIVEN | {"baseline.training.recipe": "mdistiller"}, "recipe", 0.05),
        (GIVEN | {"baseline.training.recipe": "paper", "baseline.training.optimizer": "file"}, "file", None),
    ],
)
def test_a_given_model_leaves_open_what_the_user_does_not_say(
    values: dict[str, object], optimizer: str, rate: float | None
) -> None:
    config = build_config(values)
    assert (config.baseline.training.optimizer, config.baseline.training.learning_rate) == (optimizer, rate)
    assert build_config(flatten(config.model_dump(mode="json"))) == config


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("baseline.training.optimizer", "file"),
        ("baseline.training.learning_rate", None),
        ("autoencoder.training.learning_rate", None),
        ("classifier.training.learning_rate", None),
        ("baseline.training.global_clipnorm", 0.0),
    ],
)
def test_what_no_file_can_say_is_refused_in_one_line(path: str, value: object) -> None:
    with pytest.raises(ConfigError, match=path.rpartition(".")[0]) as caught:
        build_config({path: value})
    assert "\n" not in str(caught.value)


def test_the_options_of_a_given_model_change_no_earlier_key() -> None:
    assert build_config({}).baseline.training.identity() == {
        "recipe": "fast",
        "epochs": 15,
        "batch_size": 64,
        "learning_rate": 0.1,
        "cutout": 0,
        "milestones": None,
    }
    assert (
        build_config(GIVEN).stable_hash()
        != build_config(GIVEN | {"baseline.training.recipe": "fast"}).stable_hash()
    )
