"""What the same effort gives without EncodeNet. A gain that these reach too is no gain of the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path

import keras

from encodenet_core.baseline import Baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.encodenet import fit_encodenet, second_stage_inputs
from encodenet_core.evaluation import Classification, classify_dataset
from encodenet_core.models.loading import load_model
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.models.split import clone_with_weights
from encodenet_core.models.weights import Weights, read_weights, save_weights
from encodenet_core.stages.cache import CHECKPOINT_FOLDER, Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts
from encodenet_core.training.classifiers import fit_image_classifier
from encodenet_core.training.fitting import FitPlan
from encodenet_core.training.recipes import stretch
from encodenet_core.training.watch import Report

CONTROL_TRAINING = Stage("control_training", version=2)
CONTROL_FEATURES = Stage("control_features", version=2)


@dataclass(frozen=True)
class Control:
    """The scores of a control and what it took."""

    scores: Classification
    epochs: int
    seconds: float
    macs: int


def control_training(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    spend: int,
    cache: StageCache,
    report: Report,
) -> Control:
    """Control A: the baseline trained further by its own recipe, restarted, for at least `spend` MACs."""
    n_train = len(dataset.train.images)
    epochs = ceil(spend / training_macs(count_macs(baseline.model), n_train, epochs=1))
    training = stretch(config.baseline.training, epochs)

    def compute(checkpoint: Path) -> _Trained:
        model = clone_with_weights(baseline.model)
        plan = FitPlan("baseline", training, config.compute, checkpoint)
        renamed = _renamed(report, "control_training")
        summary = fit_image_classifier(model, dataset, plan, config.seed + 1, renamed)
        macs = training_macs(count_macs(model), n_train, epochs)
        return _Trained(model, epochs, summary.seconds, macs, summary.selected_weights)

    inputs = {
        "baseline": baseline.key,
        "training": training.identity(),
        "compute": config.compute.model_dump(mode="json"),
        "seed": config.seed,
    }
    return _obtain(CONTROL_TRAINING, inputs, dataset, cache, compute)


def control_features(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache, report: Report
) -> Control:
    """Control B: the second stage on the baseline's own feature extractor."""

    def compute(checkpoint: Path) -> _Trained:
        encoder, renamed = baseline.parts.feature_extractor, _renamed(report, "control_features")
        control = fit_encodenet(config, dataset, baseline, encoder, renamed, checkpoint)
        epochs = config.classifier.training.epochs
        return _Trained(control.model, epochs, control.seconds, control.macs, control.selected_weights)

    inputs = {"baseline": baseline.key, **second_stage_inputs(config)}
    return _obtain(CONTROL_FEATURES, inputs, dataset, cache, compute)


@dataclass(frozen=True, eq=False)
class _Trained:
    model: keras.Model
    epochs: int
    seconds: float
    macs: int
    selected_weights: Weights | None


def _obtain(
    stage: Stage,
    inputs: dict[str, object],
    dataset: Dataset,
    cache: StageCache,
    compute: Callable[[Path], _Trained],
) -> Control:
    """A control is trained once, by whoever needs it first; its test scores are no part of the stage.

    So a dataset without its test split and the one that has it share their controls.
    """

    def build(folder: Path) -> None:
        trained = compute(folder / CHECKPOINT_FOLDER)
        trained.model.save(folder / "control.keras")
        save_weights(trained.selected_weights or [], folder / "selected.npz")
        control = Control(
            classify_dataset(trained.model, dataset.without_test()),
            trained.epochs,
            trained.seconds,
            trained.macs,
        )
        write_facts(folder, asdict(control), "control.json")

    folder = cache.obtain(stage, inputs, build)
    loaded = read_facts(folder, "control.json")
    control = Control(Classification(**loaded.pop("scores")), **loaded)
    # What an earlier version measured has no balanced accuracy.
    is_whole = control.scores.validation_balanced_accuracy is not None or not dataset.balance.is_uneven
    if dataset.test is None and is_whole:
        return control
    model, selected = load_model(folder / "control.keras"), read_weights(folder / "selected.npz")
    return replace(control, scores=classify_dataset(model, dataset, selected))


def _renamed(report: Report, stage: str) -> Report:
    return lambda _, epoch, epochs, values: report(stage, epoch, epochs, values)
