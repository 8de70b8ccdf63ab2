"""Students of a tiny run: kept as stages, of the baseline's size, of a teacher of any kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from encodenet_core.competitors.student import STUDENT, obtain_student
from encodenet_core.config_values import change_config
from encodenet_core.controls import Control
from encodenet_core.errors import ConfigError
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache

Told = list[tuple[str, int]]


def train(result: RunResult, cache: StageCache, told: Told, **changes: Any) -> Control:
    config = change_config(result.config, {f"distillation.{name}": value for name, value in changes.items()})

    def report(stage: str, epoch: int, epochs: int, values: Any) -> bool:
        told.append((stage, epoch))
        return True

    return obtain_student(config, result.dataset, result.baseline, cache, report)


@pytest.mark.parametrize("method", ["kd", "rkd", "fitnet", "ft", "ft_official"])
def test_a_student_of_the_baseline_is_as_large_as_it_and_trains_as_long(
    method: str, tiny_result: RunResult, tmp_path: Path
) -> None:
    told: Told = []
    student = train(tiny_result, StageCache(tmp_path), told, method=method)
    assert student.scores.parameters == tiny_result.baseline.model.count_params()
    assert student.epochs == 4
    paraphrased = [("paraphraser", 1)] if method in ("ft", "ft_official") else []
    assert told == [*paraphrased, *((method, epoch) for epoch in (1, 2, 3, 4))]
    forward = count_macs(tiny_result.baseline.model)
    assert student.macs >= training_macs(forward, 120, 4) + forward * 120 * 4 * (method == "kd")


def test_a_student_is_trained_once_and_another_temperature_is_another_student(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    cache, told = StageCache(tmp_path), Told()
    first = train(tiny_result, cache, told)
    n_reports = len(told)
    assert train(tiny_result, cache, told) == first
    assert len(told) == n_reports
    other = train(tiny_result, cache, told, temperature=1.0)
    assert len(told) == 2 * n_reports
    assert other.scores != first.scores
    assert sum(key.startswith(f"{STUDENT.name}-") for key in cache.handed_out) == 2


def test_a_larger_teacher_is_trained_like_a_baseline_and_its_training_is_not_the_students(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    cache, told = StageCache(tmp_path), Told()
    by_baseline = train(tiny_result, cache, told)
    student = train(tiny_result, cache, told, teacher="resnet9")
    assert {stage for stage, _ in told} == {"kd", "teacher"}
    assert student.scores.parameters == by_baseline.scores.parameters
    assert student.macs != by_baseline.macs


def test_a_teacher_of_other_images_is_refused_by_its_own_name(tiny_result: RunResult, tmp_path: Path) -> None:
    path = tmp_path / "other.keras"
    ARCHITECTURES["small"]((12, 12, 1), 7, ([0.5], [0.2])).save(path)
    with pytest.raises(ConfigError, match=r"^distillation.teacher .* takes images .* but"):
        train(tiny_result, StageCache(tmp_path / "cache"), [], teacher=str(path))
