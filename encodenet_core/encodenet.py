"""The second stage: new classification layers on a frozen encoder, assembled to one model (section 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.autoencoder import ConvertingAutoencoder
from encodenet_core.baseline import Baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_training import BaselineTrainingConfig
from encodenet_core.costs import classifier_macs
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import to_unit_range
from encodenet_core.evaluation import Logits
from encodenet_core.models.classification_part import CLASSIFICATION_PARTS
from encodenet_core.models.inference import evaluation_batches, infer, predict
from encodenet_core.models.split import (
    SplitClassifier,
    clone_with_weights,
    copy_weights,
    split_classifier,
    split_leading_layers,
)
from encodenet_core.models.weights import Weights, load_weights, read_weights, save_weights
from encodenet_core.stages.cache import CHECKPOINT_FOLDER, Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.checkpoints import FitSummary
from encodenet_core.training.classifiers import fit_image_classifier, sample_weights, smoothed_labels
from encodenet_core.training.fitting import FitPlan, fit
from encodenet_core.training.watch import Report

ENCODENET = Stage("encodenet", version=1)

UNFROZEN_SHARE = 0.1
"""An encoder that is trained on gets this share of the classifier's learning rate."""


@dataclass(frozen=True, eq=False)
class EncodeNet:
    """The assembled model, exactly as large as the baseline, and what its second stage took.

    Attributes:
        model: images `(batch, height, width, channels)` in [0, 1] to logits.
        losses: of every epoch.
        seconds: that the fits took, computing the features included.
        macs: multiply-accumulates of the stage.
        selected_weights: of the model at its best epoch on the validation split.
        logits: what the model gives for the splits `train` and `validation`; empty where it is to be
            computed, as for a model from the cache.
        key: the address of this stage; empty where it is not kept.
    """

    model: keras.Model
    losses: tuple[float, ...]
    seconds: float
    macs: int
    selected_weights: Weights | None
    logits: Mapping[str, Logits]
    key: str = ""


def obtain_encodenet(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    autoencoder: ConvertingAutoencoder,
    cache: StageCache,
    report: Report,
) -> EncodeNet:
    """The EncodeNet of a config, from the cache where it is there already."""
    model, parts = _assemble(config, baseline, autoencoder.encoder, autoencoder.classifier)
    logits: dict[str, Logits] = {}

    def build(folder: Path) -> None:
        summary, known = _fit(model, parts, config, dataset, report, folder / CHECKPOINT_FOLDER)
        logits.update(known)
        save_weights(model.get_weights(), folder / "encodenet.npz")
        save_weights(summary.selected_weights or [], folder / "selected.npz")
        write_facts(folder, {"losses": summary.losses, "seconds": summary.seconds})

    inputs = {"autoencoder": autoencoder.key, **second_stage_inputs(config)}
    folder = cache.obtain(ENCODENET, inputs, build)
    load_weights(folder / "encodenet.npz", model)
    facts = read_facts(folder)
    selected = read_weights(folder / "selected.npz") if dataset.test is not None else None
    macs = classifier_macs(config, baseline, len(dataset.train.images))
    return EncodeNet(model, tuple(facts["losses"]), facts["seconds"], macs, selected, logits, folder.name)


def second_stage_inputs(config: EncodeNetConfig) -> dict[str, Any]:
    """What the second stage reads of a config."""
    inputs: dict[str, Any] = {
        "classifier": config.classifier.identity(),
        "compute": config.compute.model_dump(mode="json"),
        "seed": config.seed,
    }
    if config.classifier.unfreeze_after is not None:
        inputs["cutout"] = config.baseline.training.cutout
    if config.baseline.training.class_weight is not None:
        inputs["class_weight"] = config.baseline.training.class_weight
    return inputs


def fit_encodenet(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    trained: tuple[keras.Model, keras.Model | None],
    report: Report,
    checkpoint: Path | None = None,
) -> EncodeNet:
    """Train freshly initialised classification layers on the features of a frozen encoder.

    The encoder does not change here, so its features are computed once, after the leading classification
    layers that have no parameters (global pooling); the fit sees `(n_train, channels)`. Only where
    `classifier.unfreeze_after` is set, the whole model is trained on images after that epoch.

    Args:
        config: `classifier`, `compute` and `seed` are used here.
        dataset: its training and validation images are used here.
        baseline: gives the structure of the result; its weights are not changed.
        trained: the encoder, images to features, with the structure of the baseline's feature extractor; and
            the classification layers that were trained with it, where there are any.
        report: is told about every epoch.
        checkpoint: the folder in which to keep where the fit stands.
    """
    model, parts = _assemble(config, baseline, *trained)
    summary, logits = _fit(model, parts, config, dataset, report, checkpoint)
    macs = classifier_macs(config, baseline, len(dataset.train.images))
    return EncodeNet(model, summary.losses, summary.seconds, macs, summary.selected_weights, logits)


def _assemble(
    config: EncodeNetConfig, baseline: Baseline, encoder: keras.Model, classifier: keras.Model | None
) -> tuple[keras.Model, SplitClassifier]:
    """The whole model with the encoder's weights and its classification layers, and its parts."""
    model = clone_with_weights(baseline.model)
    parts = split_classifier(model, baseline.cut)
    copy_weights(encoder, parts.feature_extractor)
    keras.utils.set_random_seed(config.seed)
    if config.classifier.init == "autoencoder" and classifier is not None:
        copy_weights(classifier, parts.classifier)
        return model, parts
    return CLASSIFICATION_PARTS[config.classifier.part](model, parts)


def _fit(
    model: keras.Model,
    parts: SplitClassifier,
    config: EncodeNetConfig,
    dataset: Dataset,
    report: Report,
    checkpoint: Path | None,
) -> tuple[FitSummary, Mapping[str, Logits]]:
    """Fit the assembled model in place: its classification layers, and where it is wished all of it.

    Gives its logits too, where features are at hand that they follow from.
    """
    frozen, logits = _fit_frozen(model, parts, config, dataset, report, checkpoint and checkpoint / "frozen")
    if config.classifier.unfreeze_after is None:
        return frozen, logits
    place = checkpoint and checkpoint / "unfrozen"
    unfrozen = _fit_unfrozen(model, config, dataset, report, place)
    losses, seconds = frozen.losses + unfrozen.losses, frozen.seconds + unfrozen.seconds
    return replace(unfrozen, losses=losses, seconds=seconds), {}


def _fit_frozen(
    model: keras.Model,
    parts: SplitClassifier,
    config: EncodeNetConfig,
    dataset: Dataset,
    report: Report,
    checkpoint: Path | None,
) -> tuple[FitSummary, Mapping[str, Logits]]:
    """Fit the classification layers on cached features; the summary speaks of the whole model's weights."""
    section = config.classifier
    epochs = section.unfreeze_after or section.training.epochs
    training = section.training.model_copy(update={"epochs": epochs})
    pooling, tail = split_leading_layers(parts.classifier)
    pooled = keras.Model(model.inputs[0], pooling(parts.feature_extractor.outputs[0]))
    started = perf_counter()
    train, validation = (predict(pooled, split.images) for split in (dataset.train, dataset.validation))
    computing = perf_counter() - started
    batches = TrainingBatches(
        train,
        smoothed_labels(dataset.train, dataset.num_classes, "classifier", training),
        batch_size=training.batch_size,
        seed=config.seed,
        weights=sample_weights(dataset, config.baseline.training.class_weight),
    )
    watched = (validation, dataset.validation.labels)
    plan = FitPlan("classifier", training, config.compute, checkpoint, watched)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    summary = fit(tail, batches, loss, plan, _continued(report, 0, section.training.epochs))
    last = tail.get_weights()
    tail.set_weights(summary.selected_weights)
    selected = model.get_weights()
    tail.set_weights(last)
    logits = _logits_of(model, tail, dataset, {"train": train, "validation": validation})
    return replace(summary, seconds=computing + summary.seconds, selected_weights=selected), logits


def _logits_of(
    model: keras.Model, tail: keras.Model, dataset: Dataset, features: Mapping[str, NDArray[np.float32]]
) -> Mapping[str, Logits]:
    """What the whole model gives for its splits, from their features, in the batches of their images.

    Nothing, unless the last batch of each has the very bits that the model gives for its images.
    """
    logits = {}
    for name, rows in features.items():
        images = getattr(dataset, name).images
        batches = evaluation_batches(images)
        logits[name] = np.concatenate([infer(tail, rows[batch]) for batch in batches])
        proof = infer(model, to_unit_range(images[batches[-1]]))
        if not np.array_equal(logits[name][batches[-1]], proof):
            return {}
    return logits


def _fit_unfrozen(
    model: keras.Model, config: EncodeNetConfig, dataset: Dataset, report: Report, checkpoint: Path | None
) -> FitSummary:
    section = config.classifier
    before, epochs = section.unfreeze_after or 0, section.training.epochs
    training = BaselineTrainingConfig(
        recipe=section.training.recipe,
        epochs=epochs - before,
        batch_size=section.training.batch_size,
        learning_rate=section.training.rate * UNFROZEN_SHARE,
        cutout=config.baseline.training.cutout,
        class_weight=config.baseline.training.class_weight,
    )
    plan = FitPlan("baseline", training, config.compute, checkpoint)
    return fit_image_classifier(model, dataset, plan, config.seed, _continued(report, before, epochs))


def _continued(report: Report, before: int, epochs: int) -> Report:
    """Both fits of the stage report as one."""

    def continued(stage: str, epoch: int, of: int, values: Mapping[str, float]) -> bool:
        return report("classifier", before + epoch, epochs, values)

    return continued
