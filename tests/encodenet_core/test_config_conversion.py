"""What goes beyond the paper in the two stages asks for what it builds on, in one line."""

from __future__ import annotations

from typing import Any

import pytest

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config
from encodenet_core.errors import ConfigError

COUNTED = {"autoencoder.classification_weight": 1.0}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"autoencoder.classification_target": "teacher"},
            "'labels' where autoencoder.classification_weight",
        ),
        ({"autoencoder.reconstruction_weight": 0.0}, "or nothing is learnt"),
        ({"classifier.init": "autoencoder"}, "an init of 'random' where autoencoder.classification_weight"),
        (
            {**COUNTED, "classifier.init": "autoencoder", "classifier.part": "convolutional"},
            "'baseline' beside a classifier.init of 'autoencoder'",
        ),
        ({"baseline.model": "model.keras", "baseline.width": 0.5}, "1 beside a baseline.model"),
        ({"baseline.width": 0.0}, "greater than 0"),
        ({"baseline.training.recipe": "baseline"}, "a recipe for the baseline: 'fast' or"),
    ],
)
def test_an_option_without_what_it_builds_on_is_refused(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        build_config(values)
    assert "\n" not in str(caught.value)


def test_options_that_came_later_change_no_hash_at_their_defaults() -> None:
    later = {
        "autoencoder.classification_target": "labels",
        "autoencoder.reconstruction_weight": 1.0,
        "autoencoder.training.mixup": 0.0,
        "baseline.training.mixup": 0.0,
        "baseline.training.averaged_epochs": 0,
        "classifier.training.averaged_epochs": 0,
        "classifier.init": "random",
        "baseline.width": 1.0,
    }
    assert build_config(later).stable_hash() == EncodeNetConfig().stable_hash()
    for name, value in {**COUNTED, "autoencoder.training.averaged_epochs": 3}.items():
        assert build_config({**later, name: value}).stable_hash() != EncodeNetConfig().stable_hash()
