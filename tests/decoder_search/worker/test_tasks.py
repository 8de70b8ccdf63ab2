"""What a worker computes, here in the process of the test: the preparation of a study, and one trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from decoder_search.execution.tasks import SharedTask, TrialTask
from decoder_search.records.facts import StudyFacts
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.constraints import Constraint
from decoder_search.space.metrics import ALWAYS_MEASURED
from decoder_search.space.parameters import ChoiceParameter, IntParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.worker.tasks import run_task
from encodenet_core import (
    ConfigError,
    DataError,
    InfeasibleConfig,
    StageCache,
    Stopped,
    load_dataset,
    obtain_dataset,
)
from encodenet_core.runs.opening import evaluate_folder

PARAMS = {"decoder.depth": 1, "decoder.widths": "halving", "clustering.n_clusters": 1}

SPACE = SearchSpace(
    name="tiny",
    parameters=(
        IntParameter("decoder.depth", 1, 2),
        ChoiceParameter("decoder.widths", ("mirrored", "halving")),
        ChoiceParameter("clustering.n_clusters", (1, 2, 50)),
    ),
    constants={
        "dataset.source": "digits",
        "dataset.limit": 120,
        "baseline.training.epochs": 1,
        "autoencoder.training.epochs": 2,
        "classifier.training.epochs": 1,
        "seed": 2,
    },
    final={},
)


class Reports(list[tuple[str, int, int]]):
    """Collects stages, steps and totals, and wants to go on as long as it has fewer than `most`."""

    def __init__(self, most: int = 1000) -> None:
        super().__init__()
        self._most = most

    def __call__(self, stage: str, step: int, total: int, values: Mapping[str, float]) -> bool:
        self.append((stage, step, total))
        return len(self) < self._most


@dataclass(frozen=True)
class Done:
    """What came of a task, and what it reported."""

    outcome: dict[str, Any]
    reports: Reports


def do(
    kind: str, cache: Path, space: SearchSpace = SPACE, expected: Mapping[str, Any] | None = None, **task: Any
) -> Done:
    reports = Reports()
    shared = {"kind": kind, "space": space, "cache": cache, "expected": StudyFacts(**expected or {})}
    kind_of_task = TrialTask if kind == "trial" else SharedTask
    return Done(run_task(kind_of_task(**shared, **task), reports), reports)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def preparation(cache: Path) -> Done:
    return do("prepare", cache)


@pytest.fixture(scope="module")
def trial(cache: Path, preparation: Done, tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("trial")
    return do("trial", cache, expected=preparation.outcome, params=PARAMS, folder=folder)


@pytest.fixture(scope="module")
def control(cache: Path, preparation: Done) -> Done:
    return do("control", cache, expected=preparation.outcome)


def test_a_preparation_trains_the_baseline_and_reports_every_epoch(preparation: Done) -> None:
    assert preparation.reports == [("baseline", 1, 1)]


def test_the_control_is_the_baseline_trained_on_for_what_the_dearest_trial_costs(control: Done) -> None:
    assert 0 <= control.outcome["control_training_accuracy"] <= 1
    epochs = control.outcome["control_training_epochs"]
    assert control.reports == [("control_training", epoch, epochs) for epoch in range(1, epochs + 1)]


def test_a_control_on_other_images_is_refused(preparation: Done, cache: Path) -> None:
    with pytest.raises(ConfigError, match="the study was started on another dataset"):
        do("control", cache, expected={**preparation.outcome, "dataset_fingerprint": "another"})


def test_a_preparation_finds_out_what_results_are_compared_with(preparation: Done) -> None:
    facts = preparation.outcome
    dataset = load_dataset(SPACE.to_config({}).dataset, seed=2)
    images = dataset.train.images / 255
    assert facts["dataset_fingerprint"] == dataset.fingerprint
    assert facts["pixel_variance"] == pytest.approx(np.mean((images - images.mean(axis=0)) ** 2), rel=1e-4)
    assert facts["reference_point"] == {"mse": facts["pixel_variance"], "retrieval": 0.0, "accuracy": 0.1}
    assert (facts["num_classes"], facts["n_train"], facts["n_validation"]) == (10, 100, 20)


def test_what_was_prepared_once_is_not_computed_again(preparation: Done, cache: Path) -> None:
    again = do("prepare", cache, expected=preparation.outcome)
    assert again.outcome == preparation.outcome
    assert again.reports == []


def test_a_trial_leaves_what_trials_share_in_the_cache_and_nothing_of_its_own(
    trial: Done, control: Done, cache: Path
) -> None:
    assert trial.reports and control.reports
    left = {path.name.partition("-")[0] for path in cache.iterdir() if path.is_dir()}
    assert left == {"dataset", "baseline", "embedding", "clusters", "control_training", "control_features"}


def test_a_space_whose_decoders_are_all_too_large_is_refused(preparation: Done, cache: Path) -> None:
    huge = {"autoencoder.training.batch_size": 65_536, "decoder.convolution": "inverted_residual"}
    space = replace(SPACE, constants={**SPACE.constants, **huge})
    with pytest.raises(ConfigError, match="no decoder of space 'tiny' can run: training this decoder keeps"):
        do("prepare", cache, space)


def test_a_preparation_notes_what_was_left_out_and_reports_what_it_decodes(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(4):
            pixels = np.full((8, 8, 3), 40 * number, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    (tmp_path / "pets" / "dog" / "4.heic").write_text("not read")
    constants = {**SPACE.constants, "dataset.source": str(tmp_path / "pets"), "dataset.limit": None}
    prepared = do("prepare", tmp_path / "cache", replace(SPACE, constants=constants))
    note = f"not read as images in {tmp_path}/pets: 1 .heic"
    assert prepared.outcome["notes"] == [note]
    assert prepared.reports == [("images", 1, 8), ("images", 8, 8), ("baseline", 1, 1)]


def test_a_dataset_that_is_not_there_is_refused(tmp_path: Path) -> None:
    space = replace(SPACE, constants={**SPACE.constants, "dataset.source": "digitz"})
    with pytest.raises(DataError, match="unknown dataset 'digitz'"):
        do("prepare", tmp_path, space)


def test_a_trial_measures_everything_that_a_record_needs(trial: Done, preparation: Done) -> None:
    metrics = trial.outcome
    TrialRecord(0, PARAMS, "completed", metrics).check()
    assert all(isfinite(value) for value in metrics.values())
    assert set(ALWAYS_MEASURED) < set(metrics)
    assert metrics["n_targets"] == 10
    assert any(name.startswith("clusters_") for name in metrics)
    assert 0 < metrics["macs"] <= preparation.outcome["spend_macs"]
    shares = ("accuracy", "train_accuracy", "retrieval", "control_features_accuracy")
    assert all(0 <= metrics[name] <= 1 for name in shares)
    assert metrics["worker_seconds"] >= metrics["autoencoder_seconds"] + metrics["classifier_seconds"] > 0


def test_a_trial_reports_every_epoch_of_its_stages(trial: Done) -> None:
    stages = [("autoencoder", 1, 2), ("autoencoder", 2, 2), ("classifier", 1, 1), ("control_features", 1, 1)]
    assert trial.reports == stages


def test_a_trial_leaves_its_models_as_a_run_where_they_are_to_be_kept(
    preparation: Done, cache: Path, tmp_path: Path
) -> None:
    task = {"expected": preparation.outcome, "params": PARAMS, "folder": tmp_path / "0"}
    kept = do("trial", cache, keep_weights=True, **task)
    assert {path.name for path in (tmp_path / "0").iterdir()} == {
        *("checkpoint", "curves.json", "reconstructions.png", "weights")
    }
    found = evaluate_folder(tmp_path / "0" / "weights")
    assert found["validation_accuracy"] == kept.outcome["accuracy"]
    assert found["train_accuracy"] == kept.outcome["train_accuracy"]


def test_a_trial_has_no_test_split(trial: Done, cache: Path) -> None:
    saved = {file.name for folder in cache.glob("dataset-*/") for file in folder.iterdir()}
    assert saved == {
        "dataset.json",
        "manifest.json",
        "train_images.npy",
        "train_labels.npy",
        "validation_images.npy",
        "validation_labels.npy",
    }
    assert obtain_dataset(SPACE.to_config(PARAMS), StageCache(cache)).test is None
    assert not any("test" in name for name in trial.outcome)


def test_a_trial_that_is_given_a_test_split_stops_as_a_broken_program(
    preparation: Done, cache: Path, tmp_path: Path
) -> None:
    poisoned = tmp_path / "cache"
    (stage,) = cache.glob("dataset-*/")
    (poisoned / stage.name).mkdir(parents=True)
    for file in stage.iterdir():
        for name in (file.name, file.name.replace("validation", "test")):
            (poisoned / stage.name / name).write_bytes(file.read_bytes())
    with pytest.raises(RuntimeError, match="a trial was given a test split"):
        do("trial", poisoned, expected=preparation.outcome, params=PARAMS, folder=tmp_path)


def test_a_trial_on_images_that_changed_since_the_preparation_is_refused(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    archive, labels, cache = tmp_path / "images.npz", np.arange(40) % 2, tmp_path / "cache"
    constants = {**SPACE.constants, "dataset.source": str(archive)}
    space = replace(SPACE, constants={**constants, "autoencoder.training.epochs": 1})
    np.savez(archive, x_train=images, y_train=labels)
    before = obtain_dataset(space.to_config({}), StageCache(cache)).fingerprint

    np.savez(archive, x_train=255 - images, y_train=labels)
    now = load_dataset(space.to_config({}).dataset, seed=2).fingerprint
    said = f"^the study was started on another dataset .{before}. than now .{now}.; "
    expected = {"dataset_fingerprint": before, "baseline_key": "baseline-0123"}
    for kind, task in (("trial", {"params": PARAMS, "folder": tmp_path / "0"}), ("prepare", {})):
        with pytest.raises(ConfigError, match=said):
            do(kind, cache, space, expected, **task)
    assert not (tmp_path / "0").exists()


def test_a_trial_on_another_baseline_than_that_of_the_preparation_is_refused(
    preparation: Done, cache: Path, tmp_path: Path
) -> None:
    expected = {**preparation.outcome, "baseline_key": "baseline-0123"}
    for kind, task in (("trial", {"params": PARAMS, "folder": tmp_path / "0"}), ("prepare", {})):
        with pytest.raises(ConfigError, match="was started on another baseline .baseline-0123. than now"):
            do(kind, cache, expected=expected, **task)
    assert not (tmp_path / "0").exists()


def test_more_clusters_than_images_of_a_class_cannot_run(
    preparation: Done, cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(InfeasibleConfig, match="has 10 images but clustering.n_clusters is 50"):
        params = {**PARAMS, "clustering.n_clusters": 50}
        do("trial", cache, expected=preparation.outcome, params=params, folder=tmp_path / "50")
    assert not (tmp_path / "50").exists()


def test_the_time_of_an_image_is_measured_before_training_where_the_space_limits_it(
    preparation: Done, cache: Path, tmp_path: Path
) -> None:
    shared = {"expected": preparation.outcome, "params": PARAMS}
    slow = replace(SPACE, constraints=(Constraint("latency_ms", maximum=1e-6),))
    with pytest.raises(InfeasibleConfig, match="latency_ms is .* but the space wants") as refused:
        do("trial", cache, slow, folder=tmp_path / "slow", **shared)
    assert refused.value.metrics["latency_ms"] > 1e-6 and not (tmp_path / "slow").exists()
    quick = replace(SPACE, constraints=(Constraint("latency_ms", maximum=1e6),))
    assert 0 < do("trial", cache, quick, folder=tmp_path / "quick", **shared).outcome["latency_ms"] < 1e6


def test_a_trial_that_is_not_wanted_any_more_stops_at_its_next_report(
    preparation: Done, cache: Path, tmp_path: Path
) -> None:
    reports = Reports(most=1)
    facts = StudyFacts(**preparation.outcome)
    task = TrialTask(space=SPACE, cache=cache, expected=facts, params=PARAMS, folder=tmp_path)
    with pytest.raises(Stopped):
        run_task(task, reports)
    assert reports == [("autoencoder", 1, 2)]
