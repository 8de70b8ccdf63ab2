"""What EncodeNet is compared with, in words: only a gain over all three is one of EncodeNet."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Spender = Literal["the dearest trial", "the dearest setup", "the config itself"]
"""Whose work control A is given: of all trials of a study, of all setups of a comparison, of one run."""


@dataclass(frozen=True)
class Reference:
    """A network that accuracies are compared with.

    Attributes:
        short: the word for it in a narrow header.
        label: its name in a row, a legend or a sentence.
        description: what it is, with a place for the spender where its label is a name.
        is_named: whether the label is a name that stands in sentences, too, and has to be explained.
    """

    short: str
    label: str
    description: str
    is_named: bool = False

    @property
    def spoken(self) -> str:
        """What it is called in a sentence."""
        return self.label if self.is_named else self.description

    def meaning(self, spender: Spender) -> str:
        """What it is, said where the label is not."""
        return self.description.format(spender=spender)

    def explanation(self, spender: Spender) -> str:
        """What it is called and what that stands for, where that does not explain itself."""
        return ": ".join(dict.fromkeys((self.spoken, self.meaning(spender))))


REFERENCES: Mapping[str, Reference] = {
    "baseline": Reference("base", "baseline", "the baseline"),
    "control_training": Reference(
        "train", "control A", "the baseline trained on, for what {spender} costs", is_named=True
    ),
    "control_features": Reference(
        "feat", "control B", "the same classifier stage on the baseline's own features", is_named=True
    ),
}
"""By the names that they have in configs, records and metrics, in the order in which they are shown."""

UNCONVERTED = "unconverted"

RIVALS: Mapping[str, Reference] = {
    name: Reference(label, label, f"the baseline's structure, taught by {how}", is_named=True)
    for name, label, how in (
        ("kd", "KD", "a teacher's softened predictions"),
        ("rkd", "RKD", "distances and angles between a teacher's features"),
        ("fitnet", "FitNet", "a teacher's maps"),
        ("ft", "FT", "the factors of a teacher's maps"),
        ("ft_official", "FT (its authors')", "the factors of a teacher's maps, as its authors train it"),
    )
}
"""The students of table 4, by the names that they have as `distillation.method`."""

CONFIRMED_REFERENCES: Mapping[str, Reference] = {
    **REFERENCES,
    UNCONVERTED: Reference(
        "unconv", "unconverted training", "the same training without conversion at the same cost"
    ),
    **RIVALS,
}
"""What a confirmed config can be compared with: beside the references the same training without conversion,
where it learns classes too, and the rivals that were asked for. Each is a whole training, too dear for every
trial of a search."""


STANDARD_ERRORS = 2.0
"""By so many an accuracy must exceed chance to be more than luck."""


def chance_limit(num_classes: int, n_images: int) -> float:
    """The highest accuracy on so many images that does not differ from guessing."""
    chance = 1 / num_classes
    return chance + STANDARD_ERRORS * math.sqrt(chance * (1 - chance) / n_images)


def chance_warning(
    accuracy: float, num_classes: int, n_images: int, model: str | None, source: str
) -> str | None:
    """The line that says that a given baseline does no better than guessing; None where it does.

    Args:
        accuracy: of the baseline, a share in [0, 1].
        num_classes: that it tells apart.
        n_images: that it was measured on.
        model: the file that the baseline was given in; None for one that is trained here.
        source: of the images.
    """
    if model is None or accuracy > chance_limit(num_classes, n_images):
        return None
    command = shlex.join(["encodenet", "inspect", model, "--data", source])
    return (
        f"the given baseline is no better than chance: {accuracy:.2%} of {n_images:,} images of "
        f"{num_classes} classes; for its pixels and the order of its classes: {command}"
    )
