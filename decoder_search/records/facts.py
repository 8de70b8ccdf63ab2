"""What a study finds out about its dataset, its baseline and control A."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from encodenet_core.io.types import Count, Printable, Real, as_plain, read_as

Share = Annotated[Real, Field(ge=0, le=1)]
Measure = Annotated[Real, Field(ge=-1e100, le=1e100)]


@dataclass(frozen=True)
class StudyFacts:
    """All that may be known of a study; what is not is None, which is everything until it is prepared."""

    dataset_name: Printable | None = None
    dataset_fingerprint: Printable | None = None
    baseline_key: Printable | None = None
    num_classes: Count | None = None
    n_train: Count | None = None
    n_validation: Count | None = None
    pixel_variance: Measure | None = None
    baseline_accuracy: Share | None = None
    baseline_balanced_accuracy: Share | None = None
    baseline_cross_entropy: Measure | None = None
    baseline_parameters: Count | None = None
    spend_macs: Measure | None = None
    reference_point: Mapping[str, Measure] | None = None
    control_training_accuracy: Share | None = None
    control_training_balanced_accuracy: Share | None = None
    control_training_epochs: Count | None = None
    control_training_failed: Printable | None = None
    control_training_diverged: Printable | None = None

    def to_json(self) -> dict[str, Any]:
        """Those that are known, as plain JSON values."""
        return {name: value for name, value in as_plain(self).items() if value is not None}

    def extended(self, plain: Mapping[str, Any]) -> StudyFacts:
        """These and what a worker found out, which may replace some.

        Raises:
            ValueError: a fact is not of the type that its name says.
        """
        return read_as(StudyFacts, {**self.to_json(), **plain}, "facts")

    @property
    def is_prepared(self) -> bool:
        """Whether anything is known."""
        return self != StudyFacts()
