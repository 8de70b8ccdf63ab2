"""What the same effort gives without EncodeNet. A gain that these reach too is no gain of the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import ceil, isfinite
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np

from encodenet_core.baseline import Baseline
from encodenet_core.config import ComputeConfig, EncodeNetConfig
from encodenet_core.config_conversion import WITHOUT_CONVERSION
from encodenet_core.config_training import BaselineTrainingConfig
from encodenet_core.config_values import change_config
from encodenet_core.costs import autoencoder_macs
from encodenet_core.data.dataset import Dataset
from encodenet_core.encodenet import fit_encodenet, second_stage_inputs
from encodenet_core.errors import Diverged
from encodenet_core.evaluation import Classification, classify_dataset
from encodenet_core.models.loading import load_model
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.models.split import clone_with_weights
from encodenet_core.models.weights import Weights, read_weights, save_weights
from encodenet_core.stages.cache import CHECKPOINT_FOLDER, Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts
from encodenet_core.training.classifiers import fit_image_classifier
from encodenet_core.training.fitting import FitPlan
from encodenet_core.training.range_test import find_learning_rate
from encodenet_core.training.recipes import stretch
from encodenet_core.training.watch import Report, renamed_report
from encodenet_core.yardsticks import standard_error

CONTROL_TRAINING = Stage("control_training", version=2)
CONTROL_FEATURES = Stage("control_features", version=2)


TRIED_SHARES = (1.0, 0.1)
"""Of the learning rate: what diverges, or falls to guessing, is tried once more, at a tenth of it."""


@dataclass(frozen=True)
class Control:
    """The scores of a control and what it took.

    Attributes:
        scores: None where its training diverged at every rate that was tried.
        epochs: of its training.
        seconds: that it took.
        macs: multiply-accumulates that it took; 0 where it diverged.
        learning_rate: the highest of its training; None where it diverged, or an earlier version trained it.
        optimizer: the class that a given model's file names; empty where it was the recipe's.
        diverged: why there are no scores; empty where there are.
    """

    scores: Classification | None
    epochs: int
    seconds: float
    macs: int
    learning_rate: float | None = None
    optimizer: str = ""
    diverged: str = ""


def control_training(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    spend: int,
    cache: StageCache,
    report: Report,
) -> Control:
    """Control A: the baseline trained further by its own recipe, restarted, for at least `spend` MACs.

    A given model is trained on by the optimizer and from the learning rate that its file names, else from
    the rate that a range test finds, unless the config says otherwise.
    """
    n_train, seed = len(dataset.train.images), config.seed + 1
    epochs = ceil(spend / training_macs(count_macs(baseline.model), n_train, epochs=1))
    training = stretch(config.baseline.training, epochs)

    def compute(checkpoint: Path, share: float) -> TrainedControl:
        plan = plan_like_baseline(config.compute, training, dataset, baseline, seed, share)
        plan = replace(plan, checkpoint=checkpoint)
        model, renamed = _copy(baseline, seed), renamed_report(report, "control_training")
        summary = fit_image_classifier(model, dataset, plan, seed, renamed)
        scores = classify_dataset(model, dataset.without_test())
        _check_kept(scores, dataset, baseline, share)
        macs = training_macs(count_macs(model), n_train, epochs)
        name = plan.optimizer.name if plan.optimizer else ""
        control = Control(scores, epochs, summary.seconds, macs, plan.training.learning_rate, name)
        return TrainedControl(model, summary.selected_weights, control)

    inputs = {
        "baseline": baseline.key,
        "training": training.identity(),
        "compute": config.compute.model_dump(mode="json"),
        "seed": config.seed,
    }
    return obtain_control(CONTROL_TRAINING, inputs, dataset, cache, epochs, compute)


def plan_like_baseline(
    compute: ComputeConfig,
    training: BaselineTrainingConfig,
    dataset: Dataset,
    baseline: Baseline,
    seed: int,
    share: float,
) -> FitPlan:
    """How the baseline's structure is trained: by its recipe, or as a given model's file says.

    The learning rate is this share of the config's, else of the file's, else of what a range test finds.
    """
    optimizer = baseline.optimizer if training.optimizer == "file" else None
    plan = FitPlan("baseline", training, compute, optimizer=optimizer)
    rate = training.learning_rate or (optimizer.learning_rate if optimizer else None)
    rate = share * (rate or find_learning_rate(_copy(baseline, seed), dataset, plan, seed))
    return replace(plan, training=training.model_copy(update={"learning_rate": rate}))


def control_features(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache, report: Report
) -> Control:
    """Control B: the second stage on the baseline's own feature extractor."""
    training = config.classifier.training

    def compute(checkpoint: Path, share: float) -> TrainedControl:
        parts, renamed = baseline.parts, renamed_report(report, "control_features")
        trained = parts.feature_extractor, parts.classifier
        slower = training.model_copy(update={"learning_rate": share * training.rate})
        section = config.classifier.model_copy(update={"training": slower})
        tried = config.model_copy(update={"classifier": section})
        fitted = fit_encodenet(tried, dataset, baseline, trained, renamed, checkpoint)
        scores = classify_dataset(fitted.model, dataset.without_test(), known=fitted.logits)
        control = Control(scores, training.epochs, fitted.seconds, fitted.macs, slower.rate)
        return TrainedControl(fitted.model, fitted.selected_weights, control)

    inputs = {"baseline": baseline.key, **second_stage_inputs(config)}
    return obtain_control(CONTROL_FEATURES, inputs, dataset, cache, training.epochs, compute)


def without_conversion(config: EncodeNetConfig, baseline: Baseline, n_train: int) -> dict[str, Any]:
    """What makes of a config the same training without a decoder, for as many epochs as that pays for.

    What it gains is the gain of all that the config does beside conversion: classes, teacher, mixed images.

    Args:
        config: that `converts_and_classifies`.
        baseline: gives the encoder.
        n_train: images an epoch.

    Raises:
        ConfigError: nothing is left to learn.
    """
    spend = autoencoder_macs(config, baseline, n_train)
    epoch = autoencoder_macs(change_config(config, WITHOUT_CONVERSION), baseline, n_train, epochs=1)
    return {**WITHOUT_CONVERSION, "autoencoder.training.epochs": ceil(spend / epoch)}


@dataclass(frozen=True, eq=False)
class TrainedControl:
    """A control after its fit; the model is None where it diverged."""

    model: keras.Model | None
    selected_weights: Weights | None
    control: Control


def _check_kept(scores: Classification, dataset: Dataset, baseline: Baseline, share: float) -> None:
    """Raise a Diverged where another rate is left to try and training has unmade what the baseline knew.

    Such a network only guesses the very images that it was trained on, its loss finite: units that are dead.
    """
    labels = dataset.train.labels
    knew = float(np.mean(np.argmax(baseline.train_logits, axis=1) == labels))
    guessing = 1 / dataset.num_classes
    most = guessing + standard_error(guessing, len(labels))
    if share != TRIED_SHARES[-1] and scores.train_accuracy <= most < knew:
        raise Diverged("it fell to guessing")


def _copy(baseline: Baseline, seed: int) -> keras.Model:
    """The baseline to train on, whose dropout depends on the seed alone."""
    keras.utils.set_random_seed(seed)
    return clone_with_weights(baseline.model)


def obtain_control(
    stage: Stage,
    inputs: dict[str, object],
    dataset: Dataset,
    cache: StageCache,
    epochs: int,
    compute: Callable[[Path, float], TrainedControl],
) -> Control:
    """A control is trained once, by whoever needs it first; its test scores are no part of the stage.

    So a dataset without its test split and the one that has it share their controls. One that diverges is
    kept as such.
    """

    def build(folder: Path) -> None:
        trained = _train(compute, folder / CHECKPOINT_FOLDER, epochs)
        if trained.model is not None:
            trained.model.save(folder / "control.keras")
            save_weights(trained.selected_weights or [], folder / "selected.npz")
        write_facts(folder, asdict(trained.control), "control.json")

    folder = cache.obtain(stage, inputs, build)
    loaded = read_facts(folder, "control.json")
    scores = loaded.pop("scores")
    control = Control(Classification(**scores) if scores else None, **loaded)
    if control.scores is None:
        return control
    # What an earlier version measured has no balanced accuracy.
    is_whole = control.scores.validation_balanced_accuracy is not None or not dataset.balance.is_uneven
    if dataset.test is None and is_whole:
        return control
    model, selected = load_model(folder / "control.keras"), read_weights(folder / "selected.npz")
    measured = classify_dataset(model, dataset, selected)
    if not isfinite(measured.test_cross_entropy or 0.0):
        return replace(control, scores=None, diverged=_NOT_FINITE)
    return replace(control, scores=measured)


_NOT_FINITE = "its predictions are not finite"


def _train(compute: Callable[[Path, float], TrainedControl], checkpoint: Path, epochs: int) -> TrainedControl:
    """What the first share of the learning rate gives at which training stays finite, or why none does."""
    started, reason = perf_counter(), ""
    for share in TRIED_SHARES:
        try:
            trained = compute(checkpoint if share == 1 else checkpoint / "slower", share)
        except Diverged as error:
            reason = str(error)
            continue
        scores = trained.control.scores
        if scores is not None and isfinite(scores.validation_cross_entropy):
            return trained
        reason = _NOT_FINITE
    return TrainedControl(None, None, Control(None, epochs, perf_counter() - started, 0, diverged=reason))
