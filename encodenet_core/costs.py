"""What a config costs, counted before anything is built: its decoder, and the work of its stages."""

from __future__ import annotations

from encodenet_core.baseline import Baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.decoder import DecoderCost, check_decoder
from encodenet_core.decoder_plan import DecoderPlan, plan_decoder
from encodenet_core.models.classification_part import PART_MACS
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.models.split import feature_map_widths
from encodenet_core.teacher import teacher_macs


def plan_for(config: EncodeNetConfig, baseline: Baseline) -> DecoderPlan:
    """The decoder's plan for the feature maps of this baseline."""
    feature_extractor = baseline.parts.feature_extractor
    return plan_decoder(
        config.decoder,
        feature_extractor.outputs[0].shape[1:],
        feature_extractor.inputs[0].shape[1:],
        feature_map_widths(feature_extractor),
    )


def decoder_cost(config: EncodeNetConfig, baseline: Baseline) -> DecoderCost:
    """What the decoder of a config weighs and costs; nothing is built for it.

    Raises:
        InfeasibleConfig: the decoder is too large.
    """
    return check_decoder(plan_for(config, baseline), config.decoder, config.autoencoder.training.batch_size)


def autoencoder_macs(
    config: EncodeNetConfig, baseline: Baseline, n_train: int, epochs: int | None = None
) -> int:
    """Multiply-accumulates of the autoencoder's fit, with its teacher's predictions; nothing large is built.

    Args:
        config: whose decoder and training are meant.
        baseline: gives the encoder.
        n_train: images an epoch.
        epochs: of the fit; None is as many as the config says.

    Raises:
        InfeasibleConfig: the decoder is too large.
    """
    section, cost = config.autoencoder, decoder_cost(config, baseline)
    encoder = baseline.model if section.classification_weight > 0 else baseline.parts.feature_extractor
    decoder = cost.macs if section.reconstruction_weight else 0
    epochs = epochs or section.training.epochs
    predicting = teacher_macs(config, baseline) if section.classification_target == "teacher" else 0
    return training_macs(count_macs(encoder) + decoder, n_train, epochs) + predicting * n_train * epochs


def classifier_macs(config: EncodeNetConfig, baseline: Baseline, n_train: int) -> int:
    """Multiply-accumulates of the second stage: one pass of the encoder, then the fit of the tail."""
    section, parts = config.classifier, baseline.parts
    forward, part = count_macs(parts.feature_extractor), PART_MACS[section.part](parts)
    frozen = section.unfreeze_after or section.training.epochs
    tail = training_macs(part, n_train, frozen)
    unfrozen = training_macs(forward + part, n_train, section.training.epochs - frozen)
    return forward * n_train + tail + unfrozen


def encodenet_macs(config: EncodeNetConfig, baseline: Baseline, n_train: int) -> int:
    """Multiply-accumulates that both EncodeNet stages of a config spend after the baseline is trained.

    Raises:
        InfeasibleConfig: the decoder is too large.
    """
    return autoencoder_macs(config, baseline, n_train) + classifier_macs(config, baseline, n_train)
