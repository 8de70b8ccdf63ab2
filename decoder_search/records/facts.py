"""What a study finds out about its dataset, its baseline and control A."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from encodenet_core.io.types import check_printable, check_type

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Measure = Annotated[float, Field(ge=-1e100, le=1e100)]

FACTS: Mapping[str, Any] = {
    "dataset_name": str,
    "dataset_fingerprint": str,
    "baseline_key": str,
    "num_classes": Count,
    "n_train": Count,
    "n_validation": Count,
    "pixel_variance": Measure,
    "baseline_accuracy": Share,
    "baseline_cross_entropy": Measure,
    "baseline_parameters": Count,
    "control_training_accuracy": Share,
    "control_training_epochs": Count,
    "control_training_failed": str,
    "spend_macs": Measure,
    "reference_point": dict[str, Measure],
}
"""The facts that somebody reads; a study may hold more, and one of an earlier version fewer."""


def check_facts(facts: object) -> dict[str, Any]:
    """The facts, if they are of the types that their names say.

    Raises:
        ValueError: one is not.
    """
    check_type(facts, dict[str, Any], "facts")
    known: dict[str, Any] = dict(facts)  # type: ignore[call-overload]
    for name, wanted in FACTS.items():
        if name in known:
            check_type(known[name], wanted, name)
            if wanted is str:
                check_printable(known[name], name)
    return known
