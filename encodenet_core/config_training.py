"""The parts of a config that describe one fit: recipe, epochs, batch size, learning rate and more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from encodenet_core.config_section import Section
from encodenet_core.recipe_defaults import STEPPED_RECIPES, TRAINING_DEFAULTS, BaselineRecipe, Recipe

ClassWeight = Literal["balanced"]


class TrainingConfig(Section):
    """One fit: `recipe` names optimizer, schedule and augmentation; the numbers adjust it.

    `averaged_epochs` is the number of last epochs whose weights are averaged (Izmailov et al. 2018); 0 takes
    those of the last.
    """

    _later = frozenset({"averaged_epochs"})

    recipe: Recipe = "fast"
    epochs: int = Field(ge=1, le=100_000)
    batch_size: int = Field(ge=1, le=65_536)
    learning_rate: float | None = Field(gt=0.0, le=100.0, allow_inf_nan=False)
    averaged_epochs: int = Field(0, ge=0, le=100_000)

    @field_validator("learning_rate")
    @classmethod
    def _settled(cls, learning_rate: float | None) -> float | None:
        if learning_rate is None:
            raise ValueError("a number")
        return learning_rate

    @property
    def rate(self) -> float:
        """The learning rate, which of a given model alone may be open; then a fit starts once it is found."""
        if self.learning_rate is None:
            raise ValueError("the learning rate is still open")
        return self.learning_rate


def completed(stage: str) -> BeforeValidator:
    """Fill what a training section leaves out from the defaults of its recipe at that stage."""
    return BeforeValidator(lambda value: complete(stage, value))


def complete(stage: str, value: object) -> object:
    """A training section with what it leaves out; what is none is left to pydantic.

    Raises:
        ValueError: the recipe is none of that stage.
    """
    if not isinstance(value, Mapping):
        return value
    recipe, known = value.get("recipe", "fast"), TRAINING_DEFAULTS[stage]
    if recipe in get_args(Recipe) and recipe not in known:
        raise ValueError(f"a recipe for the {stage}: {' or '.join(map(repr, known))}")
    return {**known.get(str(recipe), {}), **value}


def complete_for(model: str | None, value: object) -> object:
    """The baseline's training section with what it leaves out, which its model's file may have to say.

    Where a model is given, a section that names no recipe leaves optimizer and learning rate to the file.

    Raises:
        ValueError: a file shall say what no file is given for, or the recipe is none of the baseline.
    """
    if not isinstance(value, Mapping):
        return value
    asks_the_file = value.get("optimizer") == "file"
    if model is not None:
        is_open = asks_the_file or "recipe" not in value
        return complete("baseline", {**(OPEN if is_open else {}), **value})
    if asks_the_file or ("learning_rate" in value and value["learning_rate"] is None):
        raise ValueError("a number as learning_rate and recipe as optimizer, or a baseline.model")
    return complete("baseline", value)


Optimizer = Literal["recipe", "file"]

OPEN: Mapping[str, object] = {"optimizer": "file", "learning_rate": None}
"""What the file of a given model is asked for."""


class AugmentedTrainingConfig(TrainingConfig):
    """A fit on augmented images.

    `cutout` is the side of the square that is blanked out, in pixels. With `mixup` every image is mixed with
    another one, and so is its target, by a share drawn from Beta(mixup, mixup) (Zhang et al. 2018); 0 mixes
    nothing.
    """

    _later = TrainingConfig._later | {"mixup"}

    cutout: int = Field(0, ge=0, le=1024)
    mixup: float = Field(0.0, ge=0.0, le=100.0, allow_inf_nan=False)


class BaselineTrainingConfig(AugmentedTrainingConfig):
    """The baseline's fit; `milestones` are the epochs at which the learning rate of a stepped recipe falls.

    Where they are null, the recipe's own are spread over the epochs. With `class_weight: balanced`
    every class counts the same in the loss, whatever the number of its images: of the baseline, of control A
    and of the classifier stage. `optimizer` is that of the recipe, or that which the file of a given model
    names, where it names one. A `learning_rate` that is null is found: the file's, else that of a range test.
    `global_clipnorm` is the most that the norm of all gradients together may be; null clips nothing that the
    file does not.
    """

    _later = AugmentedTrainingConfig._later | {"class_weight", "optimizer", "global_clipnorm"}

    recipe: BaselineRecipe = "fast"
    milestones: tuple[int, ...] | None = Field(None, min_length=1)
    class_weight: ClassWeight | None = None
    optimizer: Optimizer = "recipe"
    global_clipnorm: float | None = Field(None, gt=0.0, le=1e6, allow_inf_nan=False)

    @field_validator("learning_rate")
    @classmethod
    def _settled(cls, learning_rate: float | None) -> float | None:
        return learning_rate

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
