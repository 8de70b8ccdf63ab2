"""What is measured of a trial: one entry a metric, from which all tables of metrics are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from encodenet_core.references import REFERENCES

MOST_MEASURED = 1e100

NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*(\.[a-zA-Z0-9_]+)*")
"""What the keys of configs and the names of metrics look like, those of earlier versions too."""

GAINS = tuple(f"gain_{name}" for name in REFERENCES)
"""What a trial is more accurate by than each reference."""


@dataclass(frozen=True)
class Metric:
    """A number that is known of a trial.

    Attributes:
        name: its key in records and rows.
        better: which of two values is; None where neither is.
        is_share: whether it is a share of images, from 0 to 1, as all are whose names end in this one.
        always: whether every completed trial has it, measured on validation images.
        of_a_control: whether it is missing where the control of a completed trial diverged.
        known_before: whether it is known before a trial trains, so that one that breaks a limit never does.
        axis: what stands on the axis of a chart, where a study can optimise it.
    """

    name: str
    better: Literal["less", "more"] | None = None
    is_share: bool = False
    always: bool = False
    of_a_control: bool = False
    known_before: bool = False
    axis: str = ""

    @property
    def sign(self) -> float:
        """What a value is to be multiplied with for the lower product to be the better one."""
        return -1.0 if self.better == "more" else 1.0

    @property
    def words(self) -> str:
        """Its name as it is read."""
        return self.name.replace("_", " ")

    @property
    def arrow(self) -> str:
        """Points to where the better values are."""
        return "↑" if self.better == "more" else "↓"

    @property
    def best(self) -> str:
        """The best value in words, as in `lowest mse`."""
        return f"{'highest' if self.better == 'more' else 'lowest'} {self.name}"


_METRICS = (
    Metric("mse", "less", always=True, axis="mean squared error, pixels in [0, 1]"),
    Metric("retrieval", "more", is_share=True, always=True, axis="retrieval, of validation images (%)"),
    Metric("explained_variance", "more", always=True),
    Metric("n_targets", always=True),
    Metric("target_variance", always=True),
    Metric("accuracy", "more", is_share=True, always=True, axis="accuracy on validation images (%)"),
    Metric("balanced_accuracy", "more", is_share=True, axis="balanced accuracy on validation images (%)"),
    Metric("balanced_error", "less"),
    Metric("cross_entropy", "less", always=True),
    Metric("control_features_accuracy", of_a_control=True),
    Metric("decoder_parameters", "less", always=True, known_before=True),
    Metric("latency_ms", "less", known_before=True),
    Metric("macs", "less", known_before=True),
    Metric("probe_accuracy", "more"),
    Metric("confirmed_accuracy", "more"),
    Metric("seconds", "less"),
    *(Metric(name, "more") for name in GAINS),
)
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _METRICS}

ALWAYS_MEASURED = tuple(metric.name for metric in _METRICS if metric.always)

CONSTRAINABLE = tuple(
    metric.name for metric in _METRICS if metric.always or metric.of_a_control or metric.known_before
)

Accuracy = Literal["plain", "balanced"]
AccuracyMetric = Literal["accuracy", "balanced_accuracy"]

ACCURACIES: Mapping[Accuracy, AccuracyMetric] = {"plain": "accuracy", "balanced": "balanced_accuracy"}
"""What a study can call its accuracy: the share of images, or the mean over classes where they are uneven."""

RECONSTRUCTIONS = tuple(
    metric.name for metric in _METRICS if metric.axis and metric.name not in ACCURACIES.values()
)
"""What a study can optimise beside the accuracy."""

OBJECTIVES = (*ACCURACIES.values(), *RECONSTRUCTIONS)
"""What a study can optimise, in the order in which few words say how good a trial is."""

_SHARES = tuple(metric.name for metric in _METRICS if metric.is_share)


def is_share(name: str) -> bool:
    """Whether a metric, be it one of an earlier version, is a share of images, from 0 to 1."""
    return name.endswith(_SHARES)


def is_measurable(name: str, value: float) -> bool:
    """Whether a metric can have a value: shares end at 1, and what overflows when it is squared is none."""
    possible = 0 <= value <= 1 if is_share(name) else -MOST_MEASURED <= value <= MOST_MEASURED
    return possible and bool(NAME.fullmatch(name))
