"""The converting autoencoder: an image in, the representative of its cluster out (section 3.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.baseline import Baseline, build_architecture
from encodenet_core.batches import TrainingBatches
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data import Dataset
from encodenet_core.decoder import DecoderCost, build_decoder, check_decoder
from encodenet_core.decoder_plan import DecoderPlan, plan_decoder
from encodenet_core.fitting import FitPlan, FitSummary, Report, fit
from encodenet_core.macs import count_macs, training_macs
from encodenet_core.precision import layers_in
from encodenet_core.recipes import build_augmentation
from encodenet_core.split import clone_afresh, clone_with_weights, feature_map_widths, split_classifier
from encodenet_core.stages import CHECKPOINT_FOLDER, StageCache
from encodenet_core.targets import TargetImages, Targets
from encodenet_core.weights import load_weights, save_weights


@dataclass(frozen=True, eq=False)
class ConvertingAutoencoder:
    """A fitted autoencoder with its two halves, which share its weights.

    Attributes:
        model: images `(batch, height, width, channels)` in [0, 1] to images of the same shape.
        encoder: images to features.
        decoder: features to images.
        cost: of the decoder.
        losses: of each epoch on the augmented training images: the mean squared error, and what else counts.
        seconds: that the fit took.
        macs: multiply-accumulates that the fit took.
        key: the address of this stage; empty where it is not kept.
    """

    model: keras.Model
    encoder: keras.Model
    decoder: keras.Model
    cost: DecoderCost
    losses: tuple[float, ...]
    seconds: float
    macs: int
    key: str = ""


def obtain_autoencoder(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    targets: Targets,
    cache: StageCache,
    report: Report,
) -> ConvertingAutoencoder:
    """The autoencoder of a config, from the cache where it is there already.

    Raises:
        InfeasibleConfig: the decoder is too large, or training diverged.
    """
    built = _build(config, dataset, baseline)

    def build(folder: Path) -> None:
        summary = _fit(built, config, dataset, targets, report, folder / CHECKPOINT_FOLDER)
        save_weights(built.trained.get_weights(), folder / "autoencoder.npz")
        facts = {"losses": summary.losses, "seconds": summary.seconds}
        (folder / "facts.json").write_text(json.dumps(facts))

    inputs = {
        "baseline": baseline.key,
        "targets": targets.train.fingerprint(),
        "decoder": config.decoder.model_dump(mode="json"),
        "autoencoder": config.autoencoder.model_dump(mode="json"),
        "compute": config.compute.model_dump(mode="json"),
        "seed": config.seed,
    }
    folder = cache.obtain("autoencoder", inputs, build)
    load_weights(folder / "autoencoder.npz", built.trained)
    facts = json.loads((folder / "facts.json").read_text())
    macs = autoencoder_macs(config, baseline, len(dataset.train.images))
    return built.finished(FitSummary(tuple(facts["losses"]), facts["seconds"]), macs, folder.name)


def fit_autoencoder(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, targets: Targets, report: Report
) -> ConvertingAutoencoder:
    """Build and train the autoencoder of a config. Inputs are augmented, targets never.

    Raises:
        InfeasibleConfig: the decoder is too large, or training diverged.
    """
    built = _build(config, dataset, baseline)
    summary = _fit(built, config, dataset, targets, report, None)
    return built.finished(summary, autoencoder_macs(config, baseline, len(dataset.train.images)), key="")


@dataclass(frozen=True, eq=False)
class _Built:
    """The parts before the fit; `trained` has logits beside the pixels where these count."""

    model: keras.Model
    encoder: keras.Model
    decoder: keras.Model
    trained: keras.Model
    cost: DecoderCost

    def finished(self, summary: FitSummary, macs: int, key: str) -> ConvertingAutoencoder:
        return ConvertingAutoencoder(
            self.model, self.encoder, self.decoder, self.cost, summary.losses, summary.seconds, macs, key
        )


def _build(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> _Built:
    plan = plan_for(config, baseline)
    cost = check_decoder(plan, config.decoder, config.autoencoder.training.batch_size)
    encoder, classifier, _ = split_classifier(_initial_model(config, dataset, baseline), baseline.cut)
    keras.utils.set_random_seed(config.seed)
    with layers_in(config.compute.precision):
        decoder = build_decoder(plan, config.decoder)
    images, features = encoder.inputs[0], encoder.outputs[0]
    pixels = decoder(features)
    model = keras.Model(images, pixels, name="converting_autoencoder")
    classifies = config.autoencoder.classification_weight > 0
    trained = keras.Model(images, [pixels, classifier(features)]) if classifies else model
    return _Built(model, encoder, decoder, trained, cost)


def _fit(
    built: _Built,
    config: EncodeNetConfig,
    dataset: Dataset,
    targets: Targets,
    report: Report,
    checkpoint: Path | None,
) -> FitSummary:
    section = config.autoencoder
    loss: Any = keras.losses.MeanSquaredError()
    targets_of: Callable[[NDArray[np.int64]], Any] = targets.train
    if section.classification_weight > 0:
        loss = [loss, _WeightedCrossEntropy(section.classification_weight)]
        targets_of = _with_labels(targets.train, dataset)
    batches = TrainingBatches(
        dataset.train.images,
        targets_of,
        batch_size=section.training.batch_size,
        seed=config.seed,
        augmentation=build_augmentation("autoencoder", section.training, dataset.image_shape, dataset.flip),
    )
    plan = FitPlan("autoencoder", section.training, config.compute, checkpoint)
    return fit(built.trained, batches, loss, plan, report)


class _WeightedCrossEntropy(keras.losses.CategoricalCrossentropy):
    """Cross-entropy of logits, times a constant."""

    def __init__(self, weight: float) -> None:
        super().__init__(from_logits=True)
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.weight * super().call(y_true, y_pred)


def _with_labels(targets: TargetImages, dataset: Dataset) -> Callable[[NDArray[np.int64]], Any]:
    labels, distributions = dataset.train.labels, np.eye(dataset.num_classes, dtype=np.float32)
    return lambda indices: (targets(indices), distributions[labels[indices]])


def plan_for(config: EncodeNetConfig, baseline: Baseline) -> DecoderPlan:
    """The decoder's plan for the feature maps of this baseline."""
    feature_extractor = baseline.parts.feature_extractor
    return plan_decoder(
        config.decoder,
        feature_extractor.outputs[0].shape[1:],
        feature_extractor.inputs[0].shape[1:],
        feature_map_widths(feature_extractor),
    )


def autoencoder_macs(config: EncodeNetConfig, baseline: Baseline, n_train: int) -> int:
    """Multiply-accumulates that fitting the autoencoder of a config takes; nothing large is built for it.

    Raises:
        InfeasibleConfig: the decoder is too large.
    """
    section = config.autoencoder
    cost = check_decoder(plan_for(config, baseline), config.decoder, section.training.batch_size)
    encoder = baseline.model if section.classification_weight > 0 else baseline.parts.feature_extractor
    return training_macs(count_macs(encoder) + cost.macs, n_train, section.training.epochs)


def _initial_model(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> keras.Model:
    """A classifier of the baseline's structure, whose feature extractor becomes the encoder."""
    if config.autoencoder.encoder_init == "baseline":
        return clone_with_weights(baseline.model)
    if config.baseline.model is None:
        return build_architecture(config.baseline, dataset, config.seed + 1, config.compute.precision)
    keras.utils.set_random_seed(config.seed + 1)
    return clone_afresh(baseline.model)
