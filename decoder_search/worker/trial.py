"""One trial of a study in a worker: trained and measured. Loads Keras."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from time import perf_counter
from typing import Any

from decoder_search.execution.tasks import TrialTask
from decoder_search.records.layout import CHECKPOINT, WEIGHTS
from decoder_search.space.constraints import broken
from decoder_search.space.search_space import SearchSpace
from decoder_search.worker.accuracies import accuracies_of
from decoder_search.worker.preparation import check_same_data
from encodenet_core.autoencoder import build_autoencoder
from encodenet_core.baseline import Baseline, obtain_baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.controls import control_features
from encodenet_core.costs import decoder_cost, encodenet_macs
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.images import obtain_dataset
from encodenet_core.models.latency import measure_latency
from encodenet_core.pipeline import convert
from encodenet_core.run_result import Conversion
from encodenet_core.runs.saving import check_finite, save_conversion, save_models
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import Report, Watch


def run_trial(task: TrialTask, report: Report) -> dict[str, Any]:
    """Train and measure the config of one trial on training and validation images alone."""
    started = perf_counter()
    space, cache = task.space, StageCache(task.cache, task.identities)
    config = space.to_config(task.params)
    dataset = obtain_dataset(config, cache)
    if dataset.test is not None:
        raise RuntimeError("a trial was given a test split")
    baseline = obtain_baseline(config, dataset, cache, report)
    check_same_data(task.expected, dataset, baseline)
    costs = _count_before(space, config, dataset, baseline)
    built = build_autoencoder(config, dataset, baseline)
    if any(constraint.metric == "latency_ms" for constraint in space.constraints):
        costs["latency_ms"] = measure_latency(built.model)
        _keep_to(space, costs)
    reports = _Reports(report)
    conversion = convert(config, dataset, baseline, cache, _watch(task, reports), built)
    control = control_features(config, dataset, baseline, cache, report)
    check_finite(
        {"mse": conversion.reconstruction.mse, "cross_entropy": conversion.scores.validation_cross_entropy}
    )
    _leave_files(task, conversion, dataset)
    metrics = {
        **asdict(conversion.reconstruction),
        **{f"clusters_{name}": value for name, value in conversion.grouped.facts.items()},
        **accuracies_of(conversion.scores),
        "cross_entropy": conversion.scores.validation_cross_entropy,
        "train_accuracy": conversion.scores.train_accuracy,
        **(accuracies_of(control.scores, "control_features_") if control.scores else {}),
        **costs,
        "macs": conversion.autoencoder.macs + conversion.encodenet.macs,
        "epochs": len(conversion.autoencoder.losses),
        "autoencoder_seconds": conversion.autoencoder.seconds,
        "classifier_seconds": conversion.encodenet.seconds,
        "probe_seconds": reports.probe_seconds,
        "worker_seconds": perf_counter() - started,
    }
    _keep_to(space, metrics)
    return metrics


def _leave_files(task: TrialTask, conversion: Conversion, dataset: Dataset) -> None:
    save_conversion(conversion, dataset, task.folder)
    if task.keep_weights:
        save_models(conversion, task.space.to_config(task.params), dataset, task.folder / WEIGHTS)


class _Reports:
    """Hands reports on and sums up what the probes took."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.probe_seconds = 0.0

    def __call__(self, stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        self.probe_seconds += values.get("probe_seconds", 0.0)
        return self._report(stage, epoch, epochs, values)


def _watch(task: TrialTask, report: Report) -> Watch:
    """Its own checkpoint lets a trial go on after a kill, and others of the same params after its end."""
    checkpoint = task.folder / CHECKPOINT
    for left in checkpoint.parent.glob(f"{CHECKPOINT}.*"):
        shutil.rmtree(left, ignore_errors=True)  # of a worker that was killed while it copied
    if task.resume_from is not None and not checkpoint.exists():
        private = checkpoint.with_name(f"{CHECKPOINT}.{os.getpid()}")
        shutil.copytree(task.resume_from / CHECKPOINT, private)
        private.rename(checkpoint)
    return Watch(report, frozenset(task.rungs), task.epochs, checkpoint)


def _count_before(
    space: SearchSpace, config: EncodeNetConfig, dataset: Dataset, baseline: Baseline
) -> dict[str, float]:
    """What a trial costs, counted before anything is built for it.

    Raises:
        InfeasibleConfig: the decoder is too large, or one of these breaks a constraint of the space.
    """
    costs: dict[str, float] = {"decoder_parameters": decoder_cost(config, baseline).parameters}
    costs["macs"] = encodenet_macs(config, baseline, len(dataset.train.images))
    _keep_to(space, costs)
    return costs


def _keep_to(space: SearchSpace, metrics: Mapping[str, float]) -> None:
    reasons = broken(space.constraints, metrics)
    if reasons:
        raise InfeasibleConfig("; ".join(reasons), metrics)
