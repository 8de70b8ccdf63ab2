"""What a worker computes for all trials of a study: what they share, control A, the speed of training."""

from __future__ import annotations

from typing import Any

from decoder_search.execution.tasks import SharedTask
from decoder_search.records.facts import StudyFacts
from decoder_search.space.search_space import SearchSpace
from decoder_search.worker.accuracies import accuracies_of
from decoder_search.worker.spending import MOST_COMBINATIONS, dearest_macs
from encodenet_core.autoencoder import build_autoencoder
from encodenet_core.baseline import Baseline, notes_on_baseline, obtain_baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.controls import control_training
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import to_unit_range
from encodenet_core.data.sources import note_on
from encodenet_core.embedding import obtain_embedding
from encodenet_core.errors import ConfigError
from encodenet_core.evaluation import classify_dataset, pixel_variance
from encodenet_core.images import obtain_dataset
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.speed import measure_training_speed
from encodenet_core.training.watch import Report

MEASURED_SECONDS = 3.0
"""How long the speed of training is measured."""


def prepare(task: SharedTask, report: Report) -> dict[str, Any]:
    """Compute once what all trials share.

    Returns:
        The facts that their results are compared with, and perhaps `notes`, lines that the user should read.
    """
    space, cache = task.space, StageCache(task.cache)
    config, dataset, baseline = _obtain_shared(space, cache, report)
    if task.expected.is_prepared:
        check_same_data(task.expected, dataset, baseline)
    scores = classify_dataset(baseline.model, dataset)
    variance = pixel_variance(dataset)
    accuracies = accuracies_of(scores, "baseline_")
    chances = {name.removeprefix("baseline_"): 1.0 / dataset.num_classes for name in accuracies}
    uneven = dataset.balance.in_words() if dataset.balance.is_uneven else ""
    notes = [*filter(None, (note_on(config.dataset.source), uneven))]
    notes += notes_on_baseline(config, dataset, baseline)
    return {
        **({"notes": notes} if notes else {}),
        "dataset_name": dataset.name,
        "dataset_fingerprint": dataset.fingerprint,
        "baseline_key": baseline.key,
        "num_classes": dataset.num_classes,
        "n_train": len(dataset.train.images),
        "n_validation": len(dataset.validation.images),
        "pixel_variance": variance,
        **accuracies,
        "baseline_cross_entropy": scores.validation_cross_entropy,
        "baseline_parameters": scores.parameters,
        "spend_macs": dearest_macs(space, baseline, len(dataset.train.images)),
        "reference_point": {"mse": variance, "retrieval": 0.0, **chances},
    }


def train_control(task: SharedTask, report: Report) -> dict[str, Any]:
    """Train control A of a study that is prepared.

    It gets the multiply-accumulates of the dearest config of the space, so that no trial spends more. One
    that diverges has no accuracy, and says why.
    """
    cache = StageCache(task.cache, task.identities)
    config, dataset, baseline = _obtain_start(task.space, cache, report)
    check_same_data(task.expected, dataset, baseline)
    spend = int(task.expected.spend_macs or 0)  # a study that does not know it trains no control A
    further = control_training(config, dataset, baseline, spend, cache, report)
    epochs = {"control_training_epochs": further.epochs}
    if further.scores is None:
        return {"control_training_diverged": further.diverged, **epochs}
    return {**accuracies_of(further.scores, "control_training_"), **epochs}


def gather(task: SharedTask, report: Report) -> dict[str, Any]:
    """What the preparation left for all trials, for machines that have neither its cache nor its files.

    Returns:
        `stages`, their keys in the cache, and `identities`, what a `StageCache` elsewhere is told of files.
    """
    cache = StageCache(task.cache)
    _obtain_shared(task.space, cache, report)
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
    dataset = obtain_dataset(config, cache, report)
    return config, dataset, obtain_baseline(config, dataset, cache, report)


def check_same_data(expected: StudyFacts, dataset: Dataset, baseline: Baseline) -> None:
    """A trial on other images, or on another baseline, cannot be ranked beside those before.

    Raises:
        ConfigError: either is not what the study's preparation found.
    """
    for thing, before, now in (
        ("dataset", expected.dataset_fingerprint, dataset.fingerprint),
        ("baseline", expected.baseline_key, baseline.key),
    ):
        if before != now:
            raise ConfigError(
                f"the study was started on another {thing} ({before}) than now ({now}); "
                f"give another --study, or bring that {thing} back"
            )


def measure_speed(task: SharedTask, report: Report) -> dict[str, Any]:
    """How many steps a second the autoencoder in the middle of the space trains here and now."""
    space, cache = task.space, StageCache(task.cache)
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
