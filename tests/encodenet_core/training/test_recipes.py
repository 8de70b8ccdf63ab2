"""Every stage has its recipes, and a recipe says how images are changed."""

from __future__ import annotations

from typing import get_args

import pytest

from encodenet_core.config_training import AugmentedTrainingConfig, BaselineTrainingConfig
from encodenet_core.recipe_defaults import BORROWED, STEPPED_RECIPES, TRAINING_DEFAULTS, Recipe
from encodenet_core.training.augmentation import Augmentation
from encodenet_core.training.recipes import RECIPES, FittedStage, build_augmentation, stretch


def test_every_stage_has_defaults_for_its_recipes_and_the_baseline_has_all() -> None:
    assert set(RECIPES) == set(TRAINING_DEFAULTS) == set(get_args(FittedStage))
    assert {*RECIPES["baseline"], BORROWED} == set(get_args(Recipe))
    for stage, recipes in RECIPES.items():
        assert set(recipes) == set(TRAINING_DEFAULTS[stage]) - {BORROWED}
        assert "fast" in recipes


def test_the_stepped_recipes_are_those_with_milestones() -> None:
    with_milestones = {name for name, details in RECIPES["baseline"].items() if details.milestones}
    assert with_milestones == STEPPED_RECIPES
    for details in RECIPES["baseline"].values():
        assert (details.schedule == "steps") is bool(details.milestones)
        assert all(0 < milestone < 1 for milestone in details.milestones)


def augmentation_of(recipe: str, shape: tuple[int, int, int] = (32, 32, 3), **numbers: int) -> Augmentation:
    training = AugmentedTrainingConfig(recipe=recipe, epochs=1, batch_size=1, learning_rate=0.1, **numbers)
    return build_augmentation("baseline", training, shape, True)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("fast", Augmentation(4, True)),
        ("paper", Augmentation(4, True, black=True)),
        ("mdistiller", Augmentation(4, True, black=True)),
        ("weiaicunzai", Augmentation(4, True, black=True, rotation=15.0)),
    ],
)
def test_a_recipe_changes_images_as_it_is_known_to(recipe: str, expected: Augmentation) -> None:
    assert augmentation_of(recipe) == expected


@pytest.mark.parametrize(("size", "shift"), [(8, 1), (32, 4), (7, 0)])
@pytest.mark.parametrize("flip", [True, False])
def test_images_move_by_an_eighth_and_are_mirrored_where_their_class_stands_it(
    size: int, shift: int, flip: bool
) -> None:
    training = AugmentedTrainingConfig(epochs=1, batch_size=1, learning_rate=0.1)
    augmentation = build_augmentation("autoencoder", training, (size, size + 5, 3), flip)
    assert (augmentation.shift, augmentation.flip) == (shift, flip)


def test_cutout_is_what_the_config_says() -> None:
    assert augmentation_of("fast").cutout == 0
    assert augmentation_of("fast", cutout=8).cutout == 8


@pytest.mark.parametrize(("milestones", "expected"), [(None, None), ((60, 90), (30, 45))])
def test_a_stretched_training_keeps_the_shares_of_its_milestones(
    milestones: tuple[int, ...] | None, expected: tuple[int, ...] | None
) -> None:
    training = BaselineTrainingConfig(
        recipe="paper", epochs=100, batch_size=1, learning_rate=0.1, milestones=milestones
    )
    shorter = stretch(training, 50)
    assert (shorter.epochs, shorter.milestones) == (50, expected)
    assert (training.epochs, training.milestones) == (100, milestones)
