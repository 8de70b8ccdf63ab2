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
        description: what it is, with a place for the spender.
    """

    short: str
    label: str
    description: str

    @property
    def spoken(self) -> str:
        """Its name in a sentence."""
        return self.description if self.label in self.description else self.label

    def meaning(self, spender: Spender) -> str:
        """What it is, said where the label is not."""
        return self.description.format(spender=spender)

    def explanation(self, spender: Spender) -> str:
        """Its name and what that stands for; the baseline explains itself."""
        return ": ".join(dict.fromkeys((self.spoken, self.meaning(spender))))


REFERENCES: Mapping[str, Reference] = {
    "baseline": Reference("base", "baseline", "the baseline"),
    "control_training": Reference("train", "control A", "the baseline trained on, for what {spender} costs"),
    "control_features": Reference(
        "feat", "control B", "the same classifier stage on the baseline's own features"
    ),
}
"""By the names that they have in configs, records and metrics, in the order in which they are shown."""


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
