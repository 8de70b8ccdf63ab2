"""Who teaches is the baseline, an architecture or a file; what neither is, is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import change_config
from encodenet_core.errors import ConfigError
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.teacher import obtain_teacher, teacher_config, teacher_of_conversion
from encodenet_core.training.watch import keep_silent


def test_an_architecture_is_trained_as_the_baseline_is() -> None:
    config = change_config(
        EncodeNetConfig(),
        {"distillation.teacher": "resnet9", "baseline.training.epochs": 7, "baseline.width": 0.5},
    )
    baseline = teacher_config(config).baseline
    assert (baseline.architecture, baseline.width, baseline.training.epochs) == ("resnet9", 1.0, 7)


def test_a_network_is_not_its_own_teacher(tmp_path: Path) -> None:
    path = tmp_path / "own.keras"
    config = change_config(
        EncodeNetConfig(), {"baseline.model": str(path), "distillation.teacher": str(path)}
    )
    with pytest.raises(ConfigError, match="which is the student itself; .* write baseline"):
        teacher_config(config)


def test_an_unknown_teacher_is_refused_with_those_that_are_known() -> None:
    config = change_config(EncodeNetConfig(), {"distillation.teacher": "resnet10"})
    with pytest.raises(ConfigError, match=r"one of baseline, small, .*; did you mean"):
        teacher_config(config)


def test_the_baseline_teaches_as_it_is_and_labels_need_nobody(tiny_result: RunResult, tmp_path: Path) -> None:
    cache, baseline = StageCache(tmp_path), tiny_result.baseline
    arguments = tiny_result.dataset, baseline, cache, keep_silent
    assert obtain_teacher(tiny_result.config, *arguments) is baseline
    assert teacher_of_conversion(tiny_result.config, *arguments) is None
    changes = {"autoencoder.classification_weight": 1.0, "autoencoder.classification_target": "teacher"}
    assert teacher_of_conversion(change_config(tiny_result.config, changes), *arguments) is baseline
    assert not cache.handed_out
