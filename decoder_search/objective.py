"""What a worker computes: the preparation of a study, its control A, and one trial of it. Loads Keras."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

from decoder_search.constraints import broken
from decoder_search.execution.messages import CHECKPOINT, WEIGHTS, Report
from decoder_search.illustration import draw_classes
from decoder_search.retraining import check_finite, confirm_config
from decoder_search.space import SearchSpace
from decoder_search.spending import MOST_COMBINATIONS, dearest_macs
from encodenet_core import (
    Baseline,
    ConfigError,
    Conversion,
    Dataset,
    EncodeNetConfig,
    InfeasibleConfig,
    StageCache,
    Watch,
    build_autoencoder,
    classify_dataset,
    control_features,
    control_training,
    convert,
    decoder_cost,
    encodenet_macs,
    measure_latency,
    measure_training_speed,
    obtain_baseline,
    obtain_dataset,
    obtain_embedding,
    pixel_variance,
    save_trial,
    save_trial_models,
    to_unit_range,
)

MEASURED_SECONDS = 3.0
"""How long the speed of training is measured."""


def run_task(task: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Run the task of the kind that it names.

    Args:
        task: `kind`, `space`, `cache`, `expected`, the study's facts; perhaps `identities` (what `gather`
            found out about files, where those may not be on this machine); a trial has `params` and
            `folder` too, and perhaps `rungs` and `epochs` (of the autoencoder), `resume_from` (the folder of
            a trial of the same params), `replicate` (what is added to the seed) and `keep_weights` (whether
            to leave the trained models).
        report: is told about every epoch and answers whether to go on.

    Raises:
        EncodeNetError: the task cannot run; InfeasibleConfig where the trial's own params are why.
    """
    return TASKS[task["kind"]](task, report)


def prepare(task: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Compute once what all trials share, and the facts that their results are compared with."""
    space, cache = SearchSpace.from_json(task["space"]), StageCache(Path(task["cache"]))
    _, dataset, baseline = _obtain_shared(space, cache, report)
    if task["expected"]:
        check_same_data(task["expected"], dataset, baseline)
    scores = classify_dataset(baseline.model, dataset)
    variance = pixel_variance(dataset)
    return {
        "dataset_name": dataset.name,
        "dataset_fingerprint": dataset.fingerprint,
        "baseline_key": baseline.key,
        "num_classes": dataset.num_classes,
        "n_train": len(dataset.train.images),
        "n_validation": len(dataset.validation.images),
        "pixel_variance": variance,
        "baseline_accuracy": scores.validation_accuracy,
        "baseline_cross_entropy": scores.validation_cross_entropy,
        "baseline_parameters": scores.parameters,
        "spend_macs": dearest_macs(space, baseline, len(dataset.train.images)),
        "reference_point": {"mse": variance, "retrieval": 0.0, "accuracy": 1.0 / dataset.num_classes},
    }


def train_control(task: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Train control A of a study that is prepared.

    It gets the multiply-accumulates of the dearest config of the space, so that no trial spends more.
    """
    space = SearchSpace.from_json(task["space"])
    cache = StageCache(Path(task["cache"]), task.get("identities"))
    config, dataset, baseline = _obtain_start(space, cache, report)
    check_same_data(task["expected"], dataset, baseline)
    spend = task["expected"]["spend_macs"]
    further = control_training(config, dataset, baseline, spend, cache, report)
    return {
        "control_training_accuracy": further.scores.validation_accuracy,
        "control_training_epochs": further.epochs,
    }


def gather(task: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """What the preparation left for all trials, for machines that have neither its cache nor its files.

    Returns:
        `stages`, their keys in the cache, and `identities`, what a `StageCache` elsewhere is told of files.
    """
    space, cache = SearchSpace.from_json(task["space"]), StageCache(Path(task["cache"]))
    _obtain_shared(space, cache, report)
    return {"stages": list(cache.handed_out), "identities": cache.identities}


def _obtain_shared(
    space: SearchSpace, cache: StageCache, report: Report
) -> tuple[EncodeNetConfig, Dataset, Baseline]:
    """What `_obtain_start` gives; every embedding is made too."""
    config, dataset, baseline = _obtain_start(space, cache, report)
    for params in space.grid(["embedding."], MOST_COMBINATIONS):
        obtain_embedding(space.to_config(params), dataset, baseline, cache)
    return config, dataset, baseline


def _obtain_start(
    space: SearchSpace, cache: StageCache, report: Report
) -> tuple[EncodeNetConfig, Dataset, Baseline]:
    """The config that all trials start from, their images and baseline."""
    config = space.to_config({})
    dataset = obtain_dataset(config, cache)
    return config, dataset, obtain_baseline(config, dataset, cache, report)


def run_trial(task: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Train and measure the config of one trial on training and validation images alone."""
    started = perf_counter()
    space = SearchSpace.from_json(task["space"])
    cache = StageCache(Path(task["cache"]), task.get("identities"))
    config = space.to_config(task["params"])
    dataset = obtain_dataset(config, cache)
    if dataset.test is not None:
        raise RuntimeError("a trial was given a test split")
    baseline = obtain_baseline(config, dataset, cache, report)
    check_same_data(task["expected"], dataset, baseline)
    # The split and the baseline are the study's; what a replicate repeats starts from another seed.
    config = config.model_copy(update={"seed": config.seed + task.get("replicate", 0)})
    known = _measure_before(space, config, dataset, baseline)
    told = _Reports(report)
    conversion = convert(config, dataset, baseline, cache, _watch(task, told))
    control = control_features(config, dataset, baseline, cache, report)
    check_finite([conversion.reconstruction.mse, conversion.scores.validation_cross_entropy])
    _leave_files(task, conversion, space, dataset)
    for key in (conversion.autoencoder.key, conversion.encodenet.key):
        cache.remove(key)  # what a trial trained for itself would fill the disk of a long study
    metrics = {
        **asdict(conversion.reconstruction),
        **{f"clusters_{name}": value for name, value in conversion.grouped.facts.items()},
        "accuracy": conversion.scores.validation_accuracy,
        "cross_entropy": conversion.scores.validation_cross_entropy,
        "train_accuracy": conversion.scores.train_accuracy,
        "control_features_accuracy": control.scores.validation_accuracy,
        **known,
        "macs": conversion.autoencoder.macs + conversion.encodenet.macs,
        "epochs": len(conversion.autoencoder.losses),
        "autoencoder_seconds": conversion.autoencoder.seconds,
        "classifier_seconds": conversion.encodenet.seconds,
        "probe_seconds": told.probe_seconds,
        "worker_seconds": perf_counter() - started,
    }
    _keep_to(space, metrics)
    return metrics


def _leave_files(
    task: Mapping[str, Any], conversion: Conversion, space: SearchSpace, dataset: Dataset
) -> None:
    folder = Path(task["folder"])
    save_trial(conversion, dataset, folder)
    if task.get("keep_weights"):
        # Without what a replicate adds to the seed, which is that of the split too.
        save_trial_models(conversion, space.to_config(task["params"]), dataset, folder / WEIGHTS)


class _Reports:
    """Hands reports on and sums up what the probes took."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.probe_seconds = 0.0

    def __call__(self, stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        self.probe_seconds += values.get("probe_seconds", 0.0)
        return self._report(stage, epoch, epochs, values)


def _watch(task: Mapping[str, Any], report: Report) -> Watch:
    """Its own checkpoint lets a trial go on after a kill, and others of the same params after its end."""
    checkpoint = Path(task["folder"]) / CHECKPOINT
    source = task.get("resume_from")
    for left in checkpoint.parent.glob(f"{CHECKPOINT}.*"):
        shutil.rmtree(left, ignore_errors=True)  # of a worker that was killed while it copied
    if source is not None and not checkpoint.exists():
        private = checkpoint.with_name(f"{CHECKPOINT}.{os.getpid()}")
        shutil.copytree(Path(source) / CHECKPOINT, private)
        private.rename(checkpoint)
    return Watch(report, frozenset(task.get("rungs", ())), task.get("epochs"), checkpoint)


def _measure_before(
    space: SearchSpace, config: EncodeNetConfig, dataset: Dataset, baseline: Baseline
) -> dict[str, float]:
    """What a trial costs, known before it trains; the time of an image only where the space limits it.

    Raises:
        InfeasibleConfig: the decoder is too large, or one of these breaks a constraint of the space.
    """
    known: dict[str, float] = {"decoder_parameters": decoder_cost(config, baseline).parameters}
    known["macs"] = encodenet_macs(config, baseline, len(dataset.train.images))
    _keep_to(space, known)
    if any(constraint.metric == "latency_ms" for constraint in space.constraints):
        known["latency_ms"] = measure_latency(build_autoencoder(config, dataset, baseline).model)
        _keep_to(space, known)
    return known


def _keep_to(space: SearchSpace, metrics: Mapping[str, float]) -> None:
    reasons = broken(space.constraints, metrics)
    if reasons:
        raise InfeasibleConfig("; ".join(reasons), metrics)


def check_same_data(expected: Mapping[str, Any], dataset: Dataset, baseline: Baseline) -> None:
    """A trial on other images, or on another baseline, cannot be ranked beside those before.

    Raises:
        ConfigError: either is not what the study's preparation found.
    """
    found = {"dataset_fingerprint": dataset.fingerprint, "baseline_key": baseline.key}
    for name, thing in (("dataset_fingerprint", "dataset"), ("baseline_key", "baseline")):
        if expected[name] != found[name]:
            raise ConfigError(
                f"the study was started on another {thing} ({expected[name]}) than now "
                f"({found[name]}); give another --study, or bring that {thing} back"
            )


def measure_speed(task: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """How many steps a second the autoencoder in the middle of the space trains here and now."""
    space, cache = SearchSpace.from_json(task["space"]), StageCache(Path(task["cache"]))
    params: dict[str, Any] = {}
    for parameter in space.parameters:
        if space.is_active(parameter, params):
            values = parameter.examples()
            params[parameter.path] = values[len(values) // 2]
    config = space.to_config(params)
    dataset = obtain_dataset(config, cache)
    baseline = obtain_baseline(config, dataset, cache, report)
    model = build_autoencoder(config, dataset, baseline).model
    images = to_unit_range(dataset.train.images[: config.autoencoder.training.batch_size])
    return {"steps_a_second": measure_training_speed(model, images, config, MEASURED_SECONDS)}


TASKS: dict[str, Callable[[Mapping[str, Any], Report], dict[str, Any]]] = {
    "prepare": prepare,
    "control": train_control,
    "gather": gather,
    "trial": run_trial,
    "speed": measure_speed,
    "confirm": confirm_config,
    "classes": draw_classes,
}
