"""LeNet and BranchyNet by counts that are worked out by hand, a layer a term."""

from __future__ import annotations

import numpy as np
import pytest

from encodenet_core.competitors.exit_networks import BranchyNet, build_branchynet, build_lenet
from encodenet_core.models.inference import predict
from encodenet_core.models.macs import count_macs

MNIST = (28, 28, 1)


@pytest.fixture(scope="module")
def branchynet() -> BranchyNet:
    return build_branchynet(MNIST, 10, ([0.1], [0.1]))


def test_lenet_is_that_of_the_authors_earlier_code() -> None:
    lenet = build_lenet(MNIST, 10, ([0.1], [0.1]))
    convolutions = (25 + 1) * 5 + (5 * 25 + 1) * 10 + (10 * 25 + 1) * 20
    dense = (7 * 7 * 20 + 1) * 84 + (84 + 1) * 10
    assert lenet.count_params() == convolutions + dense == 89_664
    macs = 28 * 28 * 25 * 5 + 14 * 14 * 125 * 10 + 7 * 7 * 250 * 20 + 980 * 84 + 840
    assert count_macs(lenet) == macs == 671_160


def test_the_truncated_branchynet_has_7000_weights(branchynet: BranchyNet) -> None:
    shared, branch = (25 + 1) * 5, (5 * 9 + 1) * 10 + (640 + 1) * 10  # Linear(640, 10) there
    assert branchynet.truncated.count_params() == shared + branch == 7_000
    macs = 30 * 30 * 25 * 5 + 15 * 15 * 45 * 10 + 6_400
    assert count_macs(branchynet.truncated) == macs == 220_150


def test_the_rest_of_branchynet_comes_on_top_of_it(branchynet: BranchyNet) -> None:
    rest = (125 + 1) * 10 + (250 + 1) * 20 + (720 + 1) * 84 + 850  # Linear(720, 84) there
    assert branchynet.rest.count_params() == rest == 67_694
    assert branchynet.joint.count_params() == 74_694
    macs = 17 * 17 * 125 * 10 + 11 * 11 * 250 * 20 + 720 * 84 + 840
    assert count_macs(branchynet.rest) == macs == 1_027_570
    assert count_macs(branchynet.joint) == 220_150 + 1_027_570


def test_the_parts_of_branchynet_compute_what_all_of_it_does(branchynet: BranchyNet) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, *MNIST), np.uint8)
    early, last = np.split(predict(branchynet.joint, images), 2, axis=1)
    shared, at_first = branchynet.first.predict_on_batch(images.astype(np.float32) / 255)
    np.testing.assert_allclose(at_first, early, atol=1e-5)
    np.testing.assert_allclose(predict(branchynet.truncated, images), early, atol=1e-5)
    np.testing.assert_allclose(predict(branchynet.whole, images), last, atol=1e-5)
    np.testing.assert_allclose(branchynet.rest.predict_on_batch(shared), last, atol=1e-5)
    assert not np.allclose(early, last)


@pytest.mark.parametrize("image_shape", [(1, 1, 1), (3, 2, 1), (8, 8, 1), (32, 32, 3)])
def test_both_take_images_of_any_size(image_shape: tuple[int, int, int]) -> None:
    statistics = [0.1] * image_shape[2], [0.1] * image_shape[2]
    assert build_lenet(image_shape, 4, statistics).output_shape == (None, 4)
    assert build_branchynet(image_shape, 4, statistics).joint.output_shape == (None, 8)
