"""What a trial measures: names, and which values are possible and which better."""

from __future__ import annotations

import re

MOST_MEASURED = 1e100


NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*(\.[a-zA-Z0-9_]+)*")
"""What the keys of configs and the names of metrics look like, those of earlier versions too."""


SHARES = ("accuracy", "retrieval")
"""How the names of those metrics end that are shares of images, from 0 to 1."""


def is_measurable(name: str, value: float) -> bool:
    """Whether a metric can have a value: shares end at 1, and what overflows when it is squared is none."""
    possible = 0 <= value <= 1 if name.endswith(SHARES) else -MOST_MEASURED <= value <= MOST_MEASURED
    return possible and bool(NAME.fullmatch(name))


METRICS = (
    "mse",
    "retrieval",
    "explained_variance",
    "n_targets",
    "target_variance",
    "accuracy",
    "cross_entropy",
    "control_features_accuracy",
    "decoder_parameters",
)
"""What every completed trial has measured, on validation images."""


KNOWN_BEFORE = ("decoder_parameters", "latency_ms", "macs")
"""The metrics that a trial knows before it trains, so that one that breaks a limit of theirs never does."""


CONSTRAINABLE = tuple(dict.fromkeys((*METRICS, *KNOWN_BEFORE)))


MORE_IS_BETTER = (
    "retrieval",
    "explained_variance",
    "accuracy",
    "probe_accuracy",
    "gain_baseline",
    "gain_control_training",
    "gain_control_features",
    "confirmed_accuracy",
)


LESS_IS_BETTER = ("mse", "cross_entropy", "decoder_parameters", "seconds", "macs", "latency_ms")
