"""The networks of the prior work: trained once, kept as stages, converted to images that leave early."""

from __future__ import annotations

from math import log
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.competitors.exit_networks import build_branchynet, build_lenet
from encodenet_core.competitors.prior_work import (
    PRIOR_WORK,
    PriorWork,
    _LossOfBothExits,
    easy_targets,
    put_in_front,
)
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import change_config
from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.models.inference import predict
from encodenet_core.models.macs import training_macs
from encodenet_core.stages.cache import StageCache
from encodenet_core.targets import TargetImages

Told = list[tuple[str, int]]


def work(config: EncodeNetConfig, dataset: Dataset, cache: StageCache, told: Told) -> PriorWork:
    def report(stage: str, epoch: int, epochs: int, values: Any) -> bool:
        told.append((stage, epoch))
        return True

    return PriorWork(config, dataset, cache, report)


def test_both_exits_count_the_same_in_the_loss() -> None:
    # the early exit is undecided between two classes: ln 2; the last gives the right one 3 to 1: ln 4/3
    logits = np.array([[0.0, 0.0, log(3.0), 0.0]], np.float32)
    loss = float(_LossOfBothExits()(np.array([[1.0, 0.0]], np.float32), logits))
    assert loss == pytest.approx(log(2) + log(4 / 3), rel=1e-5)


def test_networks_are_trained_once_and_are_the_same_from_the_cache(
    tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    cache, told = StageCache(tmp_path), Told()
    network, spent = work(tiny_config, tiny_dataset, cache, told).branchynet()
    lenet, _ = work(tiny_config, tiny_dataset, cache, told).lenet()
    assert told == [(name, epoch) for name in ("branchynet", "lenet") for epoch in (1, 2, 3, 4)]
    assert spent["macs"] == training_macs(24_650 + 257_210, 120, 4)
    again, spent_before = work(tiny_config, tiny_dataset, cache, told).branchynet()
    assert (len(told), spent_before) == (8, spent)
    images = tiny_dataset.validation.images
    for part in ("truncated", "whole"):
        np.testing.assert_array_equal(
            predict(getattr(again, part), images), predict(getattr(network, part), images)
        )
    assert sum(key.startswith(f"{PRIOR_WORK.name}-") for key in cache.handed_out) == 2
    assert lenet.output_shape == (None, 10)
    untrained = work(tiny_config, tiny_dataset, cache, told).build(build_branchynet)
    pairs = zip(untrained.joint.get_weights(), network.joint.get_weights(), strict=True)
    assert not any(np.array_equal(before, after) for before, after in pairs)


FOUR = Split(np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1), np.array([0, 0, 1, 1]))


def surest(*shares: float) -> Any:
    return np.log([[share, 1 - share] for share in shares]).astype(np.float32)


def test_all_images_of_a_class_are_converted_to_its_easiest() -> None:
    # 0.3251 nats and more: the second and the third are below 0.4, one in each class
    targets = easy_targets(FOUR, surest(0.8, 0.9, 0.1, 0.3), threshold=0.4)
    assert targets.images.ravel().tolist() == [1, 2]
    assert targets.ids.tolist() == [0, 0, 1, 1]
    assert (targets(np.array([0, 3])).ravel() * 255).round().tolist() == [1, 2]


def test_where_no_image_of_a_class_leaves_its_surest_stands_in() -> None:
    targets = easy_targets(FOUR, surest(0.9, 0.95, 0.6, 0.7), threshold=0.4)
    assert targets.images.ravel().tolist() == [1, 3]


@pytest.mark.parametrize(
    ("threshold", "words"), [(0.1, "none of 4 .* none is easy"), (0.69, "all of 4 .* none is hard")]
)
def test_there_must_be_easy_and_hard_images(threshold: float, words: str) -> None:
    with pytest.raises(InfeasibleConfig, match=f"^{words}, but both kinds are expected; give another"):
        easy_targets(FOUR, surest(0.9, 0.9, 0.2, 0.3), threshold)


def test_the_converter_learns_its_targets_and_stands_in_front(
    tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    config = change_config(
        tiny_config, {"autoencoder.training.epochs": 30, "autoencoder.training.batch_size": 8}
    )
    labels = tiny_dataset.train.labels
    pictures = tiny_dataset.train.images[[int(np.argmax(labels == label)) for label in range(10)]]
    told = Told()
    prior = work(config, tiny_dataset, StageCache(tmp_path), told)
    targets = TargetImages(pictures, labels)
    converter, spent = prior.converter(targets)
    assert told == [("converter", epoch) for epoch in range(1, 31)]
    assert spent["macs"] == training_macs(2 * (64 * 128 + 128 * 64 + 64 * 32), 120, 30)
    converted = predict(converter, tiny_dataset.train.images)
    wanted = targets(np.arange(len(labels)))
    assert np.square(converted - wanted).mean() < 0.9 * np.square(wanted - wanted.mean(axis=0)).mean()

    lenet = prior.build(build_lenet)
    images = tiny_dataset.validation.images
    apart = keras.ops.convert_to_numpy(lenet(predict(converter, images)))
    np.testing.assert_allclose(predict(put_in_front(converter, lenet), images), apart, atol=1e-5)
