"""The converting autoencoder: an image in, the representative of its cluster out (section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.baseline import Baseline, build_architecture
from encodenet_core.config import EncodeNetConfig
from encodenet_core.costs import autoencoder_macs, decoder_cost, plan_for
from encodenet_core.data.dataset import Dataset
from encodenet_core.decoder import DecoderCost, build_decoder
from encodenet_core.models.precision import layers_in
from encodenet_core.models.split import clone_afresh, clone_with_weights, split_classifier
from encodenet_core.models.weights import load_weights, save_weights
from encodenet_core.probe import build_probe
from encodenet_core.stages.cache import CHECKPOINT_FOLDER, Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts
from encodenet_core.targets import TargetImages, Targets
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.fitting import FitPlan, FitSummary, fit
from encodenet_core.training.recipes import build_augmentation
from encodenet_core.training.watch import Watch

AUTOENCODER = Stage("autoencoder", version=1)


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
    watch: Watch,
) -> ConvertingAutoencoder:
    """The autoencoder of a config, from the cache where it is there already.

    Raises:
        InfeasibleConfig: the decoder is too large, or training diverged.
        Stopped: a report was answered so.
    """
    built = build_autoencoder(config, dataset, baseline)

    def build(folder: Path) -> None:
        place = watch.checkpoint or folder / CHECKPOINT_FOLDER
        summary = _fit(built, config, dataset, targets, replace(watch, checkpoint=place))
        save_weights(built.trained.get_weights(), folder / "autoencoder.npz")
        write_facts(folder, {"losses": summary.losses, "seconds": summary.seconds})

    inputs = {
        "baseline": baseline.key,
        "targets": targets.train.fingerprint(),
        "decoder": config.decoder.model_dump(mode="json"),
        "autoencoder": config.autoencoder.model_dump(mode="json"),
        "compute": config.compute.model_dump(mode="json"),
        "seed": config.seed,
    }
    if watch.until is not None:
        inputs["until"] = watch.until
    folder = cache.obtain(AUTOENCODER, inputs, build)
    load_weights(folder / "autoencoder.npz", built.trained)
    facts = read_facts(folder)
    summary = FitSummary(tuple(facts["losses"]), facts["seconds"])
    return built.finished(summary, _macs(config, baseline, dataset, summary), folder.name)


def train_autoencoder(
    built: UntrainedAutoencoder,
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    targets: Targets,
    watch: Watch,
) -> ConvertingAutoencoder:
    """Train what `build_autoencoder` built, in place. Inputs are augmented, targets never.

    Raises:
        InfeasibleConfig: training diverged.
        Stopped: a report was answered so.
    """
    summary = _fit(built, config, dataset, targets, watch)
    return built.finished(summary, _macs(config, baseline, dataset, summary), key="")


@dataclass(frozen=True, eq=False)
class UntrainedAutoencoder:
    """The parts before the fit, which share their weights; `trained` has logits too where these count."""

    model: keras.Model
    encoder: keras.Model
    decoder: keras.Model
    trained: keras.Model
    classifier: keras.Model
    cost: DecoderCost

    def finished(self, summary: FitSummary, macs: int, key: str) -> ConvertingAutoencoder:
        """The same parts after their fit."""
        return ConvertingAutoencoder(
            self.model, self.encoder, self.decoder, self.cost, summary.losses, summary.seconds, macs, key
        )


def build_autoencoder(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> UntrainedAutoencoder:
    """The autoencoder of a config before its fit, its encoder initialised as the config says.

    Raises:
        InfeasibleConfig: the decoder is too large.
    """
    cost = decoder_cost(config, baseline)
    plan = plan_for(config, baseline)
    encoder, classifier, _ = split_classifier(_initial_model(config, dataset, baseline), baseline.cut)
    keras.utils.set_random_seed(config.seed)
    with layers_in(config.compute.precision):
        decoder = build_decoder(plan, config.decoder)
    images, features = encoder.inputs[0], encoder.outputs[0]
    pixels = decoder(features)
    model = keras.Model(images, pixels, name="converting_autoencoder")
    classifies = config.autoencoder.classification_weight > 0
    trained = keras.Model(images, [pixels, classifier(features)]) if classifies else model
    return UntrainedAutoencoder(model, encoder, decoder, trained, classifier, cost)


def _fit(
    built: UntrainedAutoencoder, config: EncodeNetConfig, dataset: Dataset, targets: Targets, watch: Watch
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
    plan = FitPlan(
        "autoencoder",
        section.training,
        config.compute,
        watch.checkpoint,
        until=watch.until,
        measure=_measure_at(watch.rungs, built, dataset, targets) if watch.rungs else None,
    )
    return fit(built.trained, batches, loss, plan, watch.report)


def _measure_at(
    rungs: Container[int], built: UntrainedAutoencoder, dataset: Dataset, targets: Targets
) -> Callable[[int], Mapping[str, float]]:
    probe = build_probe(built.encoder, built.decoder, built.classifier, dataset, targets)
    return lambda epoch: probe() if epoch in rungs else {}


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


def _macs(config: EncodeNetConfig, baseline: Baseline, dataset: Dataset, summary: FitSummary) -> int:
    return autoencoder_macs(config, baseline, len(dataset.train.images), len(summary.losses))


def _initial_model(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> keras.Model:
    """A classifier of the baseline's structure, whose feature extractor becomes the encoder."""
    if config.autoencoder.encoder_init == "baseline":
        return clone_with_weights(baseline.model)
    if config.baseline.model is None:
        return build_architecture(config.baseline, dataset, config.seed + 1, config.compute.precision)
    keras.utils.set_random_seed(config.seed + 1)
    return clone_afresh(baseline.model)
