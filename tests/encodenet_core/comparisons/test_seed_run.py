from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.comparisons.measurements import MEASUREMENTS_FILE, Measurement, MeasurementFile
from encodenet_core.comparisons.seed_run import SeedRun, Surroundings
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, change_config
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent

SCORES = {"scores": {"validation_accuracy": 0.5, "test_accuracy": 0.25}}


class Desk:
    """A run on an open file, with what it kept and what it said."""

    def __init__(self, config: EncodeNetConfig, file: MeasurementFile, cache: StageCache) -> None:
        self.kept: list[Measurement] = []
        self.said: list[str] = []
        surroundings = Surroundings(cache, keep_silent, self.said.append)
        self.fresh: list[bool] = []
        self.run = SeedRun("ablation", config, file, self.keep, surroundings)

    def keep(self, measurement: Measurement, fresh: bool) -> None:
        self.kept.append(measurement)
        self.fresh.append(fresh)

    def measure(
        self, setup: str, values: Mapping[str, Any], changes: Mapping[str, Any] | None = None
    ) -> Measurement:
        config = change_config(self.run.config, changes or {})
        return self.run.measure(setup, config, lambda: values, {"kind": "conversion"})


@pytest.fixture
def file(tmp_path: Path) -> Iterator[MeasurementFile]:
    with MeasurementFile(tmp_path) as opened:
        yield opened


@pytest.fixture
def desk(tiny_config: EncodeNetConfig, file: MeasurementFile, tiny_cache: StageCache) -> Desk:
    return Desk(tiny_config, file, tiny_cache)


def refuse() -> Mapping[str, Any]:
    raise AssertionError("this was measured before")


def test_what_was_measured_is_not_computed_again(
    desk: Desk, file: MeasurementFile, tiny_cache: StageCache
) -> None:
    first = desk.measure("class", SCORES)
    later = Desk(desk.run.config, file, tiny_cache)
    again = later.run.measure("class", desk.run.config, refuse, {"kind": "conversion"})
    assert again == first
    assert later.kept == desk.kept == [first]
    assert (desk.fresh, later.fresh) == ([True], [False])
    assert later.said == ["seed 0, class: validation 50.00%, test 25.00%"]


def test_a_setup_starts_with_a_line_and_ends_with_one(desk: Desk) -> None:
    desk.measure("class", SCORES)
    assert desk.said == ["seed 0, class", "seed 0, class: validation 50.00%, test 25.00%"]


def test_a_setup_of_an_equal_config_under_another_name_is_the_same_measurement(desk: Desk) -> None:
    desk.measure("kmeans_3", SCORES)
    twin = desk.run.measure("kmeans_elbow", desk.run.config, refuse, {"kind": "conversion"})
    assert (twin.setup, twin.values) == ("kmeans_elbow", SCORES)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"decoder.depth": 3}, "config.decoder.depth"),
        ({"baseline.training.epochs": 5, "seed": 0}, "config.baseline.training.epochs"),
    ],
)
def test_another_config_is_measured_again_and_the_difference_named(
    desk: Desk, changes: dict[str, Any], named: str
) -> None:
    desk.measure("class", SCORES)
    other = {"scores": {"validation_accuracy": 0.75, "test_accuracy": 0.75}}
    assert desk.measure("class", other, changes).values == other
    assert desk.said[2] == f"seed 0, class, measured before with another {named}"


def test_another_kind_of_measurement_of_the_same_config_is_another(desk: Desk) -> None:
    desk.measure("class", SCORES)
    elbow = desk.run.measure("elbow", desk.run.config, lambda: {"n_clusters": 4}, {"kind": "elbow"})
    assert elbow.values == {"n_clusters": 4}
    assert desk.said[-1] == "seed 0, elbow: n_clusters 4"


def test_a_measurement_says_on_which_versions_it_depends(desk: Desk, tmp_path: Path) -> None:
    desk.measure("class", SCORES)
    line = json.loads((tmp_path / MEASUREMENTS_FILE).read_text(encoding="utf-8"))
    assert {"keras", "numpy", "backend"} <= set(line["circumstances"]["versions"])
    assert line["circumstances"]["stages"]["baseline"] >= 1
    assert line["circumstances"]["source"] == {"name": "digits"}


def test_a_setup_that_cannot_run_is_recorded_with_its_reason(desk: Desk) -> None:
    def compute() -> Mapping[str, Any]:
        raise InfeasibleConfig("class 7 has 2 images")

    found = desk.run.measure("kmeans_8", desk.run.config, compute, {"kind": "conversion"})
    assert (found.values, found.reason) == ({}, "class 7 has 2 images")
    assert desk.said[-1] == "seed 0, kmeans_8: cannot run: class 7 has 2 images"
    assert desk.run.measure("kmeans_8", desk.run.config, refuse, {"kind": "conversion"}) == found


def test_a_value_that_is_not_finite_counts_as_diverged(desk: Desk) -> None:
    found = desk.measure("class", {"reconstruction": {"mse": float("nan")}})
    assert found.reason.startswith("reconstruction.mse is nan: training diverged")


def test_the_baseline_is_measured_with_the_test_split(
    desk: Desk, tiny_result: RunResult, tmp_path: Path
) -> None:
    found = desk.run.measure_baseline()
    assert found.values["scores"] == asdict(tiny_result.baseline_scores)
    assert found.values["scores"]["test_accuracy"] is not None
    assert found.values["dataset"]["n_train"] == len(tiny_result.dataset.train.images)
    assert found.values["dataset"]["n_test"] == 359


def test_the_controls_spend_at_least_what_the_dearest_setup_does(desk: Desk, tiny_result: RunResult) -> None:
    desk.run.measure_baseline()
    desk.run.measure_controls([{"autoencoder.target": "class"}, {"autoencoder.training.epochs": 2}])
    training, features = desk.kept[1:]
    one = tiny_result.conversion
    single = one.autoencoder.macs + one.encodenet.macs
    assert training.values["spend"] == single + one.autoencoder.macs
    assert training.values["macs"] >= training.values["spend"]
    assert features.values["scores"] == asdict(tiny_result.controls["control_features"].scores)


def test_where_the_baseline_diverges_every_setup_of_the_seed_says_so(
    file: MeasurementFile, tiny_cache: StageCache, diverging_config: EncodeNetConfig
) -> None:
    desk = Desk(diverging_config, file, tiny_cache)
    reason = desk.run.measure_baseline().reason
    # Whether the loss itself or only what follows from it is no number differs from backend to backend.
    assert reason.startswith(("the baseline loss became", "scores.validation_cross_entropy is nan"))
    desk.run.measure_conversion("class", {"autoencoder.target": "class"})
    desk.run.measure_controls([{}])
    assert [kept.reason for kept in desk.kept] == [reason] * 4


def test_an_unknown_change_is_refused_before_anything_is_measured(desk: Desk) -> None:
    with pytest.raises(Exception, match="unknown config key 'decoder.depht'"):
        desk.run.measure_conversion("class", {"decoder.depht": 3})
    assert desk.kept == []


def test_default_configs_of_two_seeds_never_share_a_measurement(
    file: MeasurementFile, tiny_cache: StageCache
) -> None:
    first, second = (Desk(build_config({"seed": seed}), file, tiny_cache) for seed in (0, 1))
    first.measure("class", SCORES)
    other = {"scores": {"validation_accuracy": 0.1, "test_accuracy": 0.1}}
    assert second.measure("class", other).values == other
