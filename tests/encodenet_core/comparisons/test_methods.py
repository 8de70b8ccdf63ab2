"""EncodeNet beside its rivals: which setups, what is measured once, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from encodenet_core.comparisons.comparison import run_comparison
from encodenet_core.comparisons.measurements import Measurement, MeasurementFile
from encodenet_core.comparisons.methods import (
    ATTENDED,
    METHODS,
    compare_methods,
    measure_method,
)
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.seed_run import SeedRun, Surroundings
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, change_config
from encodenet_core.errors import ConfigError
from encodenet_core.references import RIVALS
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent


def test_every_student_and_every_attention_can_be_compared() -> None:
    assert tuple(METHODS) == ("encodenet", "unconverted", *RIVALS, *ATTENDED)


def test_the_teacher_has_a_row_only_where_it_is_another_network_and_somebody_learns_from_it() -> None:
    def setups(teacher: str, *methods: str) -> list[str]:
        config = build_config({"distillation.teacher": teacher})
        return list(compare_methods(config, methods).description.labels)

    controls = ["control_training", "control_features"]
    assert setups("baseline", "kd", "encodenet") == ["baseline", "encodenet", "kd", *controls]
    assert setups("resnet9", "kd") == ["baseline", "teacher", "kd", *controls]
    assert setups("resnet9", "encodenet") == ["baseline", "encodenet", *controls]


@pytest.mark.parametrize(
    ("values", "methods", "expected"),
    [
        ({}, [], "--methods names none; known are encodenet, unconverted, kd"),
        ({}, ["kdd"], "--methods names 'kdd'; did you mean 'kd'\\? known are"),
        ({}, ["unconverted"], "autoencoder.reconstruction_weight is 0.0, but expected is: more than 0"),
        ({}, ["se"], "baseline.attention is 'se', but expected is"),
        ({"baseline.training.batch_size": 1}, ["rkd"], "'rkd', which compares the images of a batch, where"),
        ({"distillation.teacher": "resnet51"}, ["kd"], "distillation.teacher is 'resnet51', .*did you mean"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_measured(
    values: dict[str, Any], methods: list[str], expected: str
) -> None:
    with pytest.raises(ConfigError, match=expected):
        compare_methods(build_config(values), methods)


def test_the_papers_tables_4_and_5_stand_beside_their_pairs() -> None:
    def paper(architecture: str, teacher: str, method: str) -> str:
        values = {"baseline.architecture": architecture, "distillation.teacher": teacher}
        comparison = compare_methods(build_config(values), [method])
        measured = Measured([0])
        for setup in ("baseline", method):
            scores = {"validation_accuracy": 0.7, "test_accuracy": 0.7, "parameters": 5}
            facts = {"name": "cifar100", "n_train": 1, "n_validation": 1, "n_test": 1, "classes": 100}
            measured.add(Measurement(0, setup, {}, {"scores": scores, "dataset": facts, "macs": 1}))
        accuracies, _ = comparison.tabulate(build_config(values), measured)
        return accuracies.rows[-1][-1]

    assert paper("resnet32", "resnet110", "kd") == "72.94 (+1.85)"
    assert paper("vgg8", "vgg16", "encodenet") == "73.41 (+3.20)"
    assert paper("resnet50", "baseline", "gam") == "81.33 (+4.10)"
    assert "72.94" not in paper("resnet32", "baseline", "kd")


def test_another_teacher_measures_the_students_again_and_nothing_else(
    tiny_config: EncodeNetConfig, tmp_path: Path
) -> None:
    counts: list[bool] = []

    def measured_with(teacher: str) -> list[str]:
        counts.clear()
        config = change_config(tiny_config, {"distillation.teacher": teacher})
        surroundings = Surroundings(
            StageCache(tmp_path / "cache"),
            keep_silent,
            lambda text: None,
            lambda *told: counts.append(told[2]),
        )
        tables = run_comparison(compare_methods(config, ["kd"]), config, 1, tmp_path / "out", surroundings)
        assert len(tables[0].rows) == len(counts)
        labels = list(compare_methods(config, ["kd"]).description.labels)
        return [label for label, is_fresh in zip(labels, counts, strict=True) if is_fresh]

    assert measured_with("baseline") == ["baseline", "kd", "control_training", "control_features"]
    assert measured_with("baseline") == []
    assert measured_with("resnet9") == ["teacher", "kd"]


def test_training_without_conversion_costs_at_least_what_it_costs_with_it(
    tiny_config: EncodeNetConfig, tmp_path: Path
) -> None:
    config = change_config(
        tiny_config,
        {"autoencoder.classification_weight": 1.0, "autoencoder.classification_target": "teacher"},
    )
    measured: dict[str, Any] = {}

    def keep(measurement: Measurement, fresh: bool) -> None:
        measured[measurement.setup] = measurement.values

    surroundings = Surroundings(StageCache(tmp_path / "cache"), keep_silent, lambda line: None)
    file = MeasurementFile(tmp_path / "measured")
    run = SeedRun("methods", config, file, keep, surroundings)
    for method in ("encodenet", "unconverted"):
        measure_method(run, method)
    whole, without = measured["encodenet"], measured["unconverted"]
    assert whole["macs"] <= without["macs"] < 1.5 * whole["macs"]
    assert whole["scores"]["parameters"] == without["scores"]["parameters"]
    assert whole["scores"] != without["scores"]
