"""What tests of comparisons share."""

from __future__ import annotations

import pytest

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import change_config


@pytest.fixture
def diverging_config(tiny_config: EncodeNetConfig) -> EncodeNetConfig:
    """The tiny config with a baseline whose loss soon is no number, on any processor."""
    changes = {"learning_rate": 100.0, "batch_size": 4, "epochs": 10}
    return change_config(tiny_config, {f"baseline.training.{name}": value for name, value in changes.items()})
