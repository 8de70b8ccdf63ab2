from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, flatten
from encodenet_core.costs import autoencoder_macs, classifier_macs, encodenet_macs
from encodenet_core.run_result import RunResult


def changed(config: EncodeNetConfig, change: Mapping[str, Any]) -> EncodeNetConfig:
    return build_config({**flatten(config.model_dump()), **change})


def test_the_multiply_accumulates_of_the_fit_are_counted_by_hand(tiny_result: RunResult) -> None:
    encoder = 8 * 8 * 9 * (1 * 32 + 32 * 32) + 4 * 4 * 9 * (32 * 64 + 64 * 64)
    decoder = 8 * 8 * 9 * (64 * 32 + 32 * 32 + 32 * 1)
    fitted = tiny_result.conversion.autoencoder
    assert fitted.cost.macs == decoder
    assert fitted.macs == 3 * (encoder + decoder) * 120 * 1
    assert fitted.macs == autoencoder_macs(tiny_result.config, tiny_result.baseline, 120)


def test_a_classification_term_costs_the_classification_layers(tiny_result: RunResult) -> None:
    plain, weighted = (
        autoencoder_macs(
            changed(tiny_result.config, {"autoencoder.classification_weight": weight}),
            tiny_result.baseline,
            120,
        )
        for weight in (0.0, 0.5)
    )
    assert weighted - plain == 3 * 640 * 120


def test_the_second_stage_costs_one_pass_of_the_encoder_and_the_fit_of_the_last_layer(
    tiny_result: RunResult,
) -> None:
    encoder = 8 * 8 * 9 * (1 * 32 + 32 * 32) + 4 * 4 * 9 * (32 * 64 + 64 * 64)
    expected = 120 * encoder + 3 * 640 * 120 * 3
    assert classifier_macs(tiny_result.config, tiny_result.baseline, 120) == expected
    assert tiny_result.conversion.encodenet.macs == expected


ENCODER_MACS = 8 * 8 * 9 * (1 * 32 + 32 * 32) + 4 * 4 * 9 * (32 * 64 + 64 * 64)


DECODER_MACS = 8 * 8 * 9 * (64 * 32 + 32 * 32 + 32 * 1)


def test_the_spend_of_encodenet_is_that_of_both_its_stages(tiny_result: RunResult) -> None:
    autoencoder = 3 * 120 * 1 * (ENCODER_MACS + DECODER_MACS)
    classifier = 120 * ENCODER_MACS + 3 * 120 * 3 * 640
    conversion = tiny_result.conversion
    assert encodenet_macs(tiny_result.config, tiny_result.baseline, 120) == autoencoder + classifier
    assert conversion.autoencoder.macs + conversion.encodenet.macs == autoencoder + classifier
