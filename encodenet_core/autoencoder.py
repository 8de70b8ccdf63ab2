"""The converting autoencoder: an image in, the representative of its cluster out (section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from encodenet_core.baseline import Baseline, build_architecture, image_augmentation
from encodenet_core.batches import TrainingBatches
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data import Dataset
from encodenet_core.decoder import DecoderCost, build_decoder, check_decoder
from encodenet_core.decoder_plan import DecoderPlan, plan_decoder
from encodenet_core.fitting import Report, fit
from encodenet_core.macs import count_macs, training_macs
from encodenet_core.split import clone_afresh, clone_with_weights, feature_map_widths, split_classifier
from encodenet_core.targets import Targets


@dataclass(frozen=True, eq=False)
class ConvertingAutoencoder:
    """A fitted autoencoder with its two halves, which share its weights.

    Attributes:
        model: images `(batch, height, width, channels)` in [0, 1] to images of the same shape.
        encoder: images to features.
        decoder: features to images.
        cost: of the decoder.
        losses: mean squared error of each epoch on the augmented training images.
        seconds: that the fit took.
        macs: multiply-accumulates that the fit took.
    """

    model: keras.Model
    encoder: keras.Model
    decoder: keras.Model
    cost: DecoderCost
    losses: tuple[float, ...]
    seconds: float
    macs: int


def fit_autoencoder(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, targets: Targets, report: Report
) -> ConvertingAutoencoder:
    """Build and train the autoencoder of a config. Inputs are augmented, targets never.

    Raises:
        InfeasibleConfig: the decoder is too large, or training diverged.
    """
    training = config.autoencoder.training
    plan = plan_for(config, baseline)
    cost = check_decoder(plan, config.decoder, training.batch_size)
    encoder = _initial_encoder(config, dataset, baseline)
    keras.utils.set_random_seed(config.seed)
    decoder = build_decoder(plan, config.decoder)
    model = keras.Model(encoder.inputs[0], decoder(encoder.outputs[0]), name="converting_autoencoder")
    batches = TrainingBatches(
        dataset.train.images,
        targets.train,
        batch_size=training.batch_size,
        seed=config.seed,
        augmentation=image_augmentation(dataset),
    )
    summary = fit(model, batches, "autoencoder", training, keras.losses.MeanSquaredError(), report)
    macs = autoencoder_macs(config, baseline, len(dataset.train.images))
    return ConvertingAutoencoder(model, encoder, decoder, cost, summary.losses, summary.seconds, macs)


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
    training = config.autoencoder.training
    cost = check_decoder(plan_for(config, baseline), config.decoder, training.batch_size)
    forward = count_macs(baseline.parts.feature_extractor) + cost.macs
    return training_macs(forward, n_train, training.epochs)


def _initial_encoder(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> keras.Model:
    if config.autoencoder.encoder_init == "baseline":
        model = clone_with_weights(baseline.model)
    elif config.baseline.model is None:
        model = build_architecture(config.baseline, dataset, config.seed + 1)
    else:
        keras.utils.set_random_seed(config.seed + 1)
        model = clone_afresh(baseline.model)
    return split_classifier(model, baseline.cut).feature_extractor
