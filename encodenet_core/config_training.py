"""The parts of a config that describe one fit: recipe, epochs, batch size, learning rate and more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from encodenet_core.config_section import Section
from encodenet_core.recipe_defaults import STEPPED_RECIPES, TRAINING_DEFAULTS, Recipe

ClassWeight = Literal["balanced"]


class TrainingConfig(Section):
    """One fit: `recipe` names optimizer, schedule and augmentation; the numbers adjust it."""

    recipe: Recipe = "fast"
    epochs: int = Field(ge=1, le=100_000)
    batch_size: int = Field(ge=1, le=65_536)
    learning_rate: float = Field(gt=0.0, le=100.0, allow_inf_nan=False)


def completed(stage: str) -> BeforeValidator:
    """Fill what a training section leaves out from the defaults of its recipe at that stage."""

    def complete(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        recipe, known = value.get("recipe", "fast"), TRAINING_DEFAULTS[stage]
        if recipe in get_args(Recipe) and recipe not in known:
            raise ValueError(f"a recipe for the {stage}: {' or '.join(map(repr, known))}")
        return {**known.get(str(recipe), {}), **value}

    return BeforeValidator(complete)


class AugmentedTrainingConfig(TrainingConfig):
    """A fit on augmented images; `cutout` is the side of the square that is blanked out, in pixels."""

    cutout: int = Field(0, ge=0, le=1024)


class BaselineTrainingConfig(AugmentedTrainingConfig):
    """The baseline's fit; `milestones` are the epochs at which the learning rate of a stepped recipe falls.

    Where they are null, the recipe's own are spread over the epochs. With `class_weight: balanced`
    every class counts the same in the loss, whatever the number of its images: of the baseline, of control A
    and of the classifier stage.
    """

    _later = frozenset({"class_weight"})

    milestones: tuple[int, ...] | None = Field(None, min_length=1)
    class_weight: ClassWeight | None = None

    @field_validator("milestones")
    @classmethod
    def _within_the_epochs(
        cls, milestones: tuple[int, ...] | None, info: ValidationInfo
    ) -> tuple[int, ...] | None:
        recipe, epochs = info.data.get("recipe"), info.data.get("epochs")
        if milestones is None or recipe is None or epochs is None:
            return milestones
        if recipe not in STEPPED_RECIPES:
            raise ValueError(f"null, because the learning rate of recipe {recipe!r} does not fall in steps")
        if list(milestones) != sorted({*milestones}) or not 0 < milestones[0] <= milestones[-1] < epochs:
            raise ValueError(f"rising epochs between 0 and epochs, which is {epochs}; lower them or raise it")
        return milestones
