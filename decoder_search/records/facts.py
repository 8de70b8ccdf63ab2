"""What a study finds out about its dataset, its baseline and control A."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from encodenet_core.io.types import Count, Printable, Real, read_as

Share = Annotated[Real, Field(ge=0, le=1)]
Measure = Annotated[Real, Field(ge=-1e100, le=1e100)]


@dataclass(frozen=True)
class StudyFacts:
    """The facts that somebody reads; a study may hold more, and one that is not prepared fewer."""

    dataset_name: Printable | None = None
    dataset_fingerprint: Printable | None = None
    baseline_key: Printable | None = None
    num_classes: Count | None = None
    n_train: Count | None = None
    n_validation: Count | None = None
    pixel_variance: Measure | None = None
    baseline_accuracy: Share | None = None
    baseline_cross_entropy: Measure | None = None
    baseline_parameters: Count | None = None
    spend_macs: Measure | None = None
    reference_point: dict[str, Measure] | None = None
    control_training_accuracy: Share | None = None
    control_training_epochs: Count | None = None
    control_training_failed: Printable | None = None


def check_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts, if they are of the types that their names say.

    Raises:
        ValueError: one is not.
    """
    read_as(StudyFacts, facts, "facts")
    return facts
