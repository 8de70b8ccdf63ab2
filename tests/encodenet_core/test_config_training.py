"""What describes a fit: recipes bring their own numbers, and what cannot be is refused."""

from __future__ import annotations

import pytest

from encodenet_core.config_values import build_config
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
    with pytest.raises(ConfigError, match=f"a recipe for the {stage}: 'fast' or 'paper'$"):
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
