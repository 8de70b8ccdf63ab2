"""Which image each image should become, worked out on six images of two classes."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from encodenet_core.config_conversion import Target
from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.grouping import Grouping
from encodenet_core.targets import TARGETS, TargetImages

LABELS = np.array([0, 0, 0, 0, 1, 1])
# Every pixel of image i is 10 * i; the three validation images are 201, 202 and 203.
IMAGES = np.broadcast_to(10 * np.arange(6, dtype=np.uint8)[:, None, None, None], (6, 2, 3, 1)).copy()
VALIDATION = np.broadcast_to(np.array([201, 202, 203], np.uint8)[:, None, None, None], (3, 2, 3, 1)).copy()
DATASET = Dataset(
    name="six",
    train=Split(IMAGES, LABELS),
    validation=Split(VALIDATION, np.array([1, 0, 0])),
    test=None,
    class_names=("even", "odd"),
    flip=False,
    fingerprint="0" * 16,
)
# Class 0 has the clusters 0 (images 0 and 2) and 1 (images 1 and 3), class 1 has cluster 2. Image 3 is the
# most confident of all, but classified wrongly; without it, cluster 1 is left with image 1, class 0 with 2.
GROUPING = Grouping(
    train_ids=np.array([0, 1, 0, 1, 2, 2]),
    validation_ids=np.array([2, 1, 0]),
    classes=np.array([0, 0, 1]),
    entropies=np.array([0.5, 0.9, 0.3, 0.1, 0.7, 0.6]),
    correct=np.array([True, True, True, False, True, True]),
    core=np.ones(6, bool),
)


def values(targets: TargetImages) -> list[int]:
    """The pixel value of the target of every sample."""
    received = targets(np.arange(len(targets.ids)))
    assert received.shape[1:] == (2, 3, 1)
    assert received.dtype == np.float32
    return np.rint(received[:, 0, 0, 0] * 255).astype(int).tolist()


def test_every_name_has_an_implementation_and_no_other() -> None:
    assert set(TARGETS) == set(get_args(Target))


def test_a_cluster_becomes_its_most_confident_eligible_image() -> None:
    targets = TARGETS["cluster"](DATASET, GROUPING)
    assert values(targets.train) == [20, 10, 20, 10, 50, 50]
    assert values(targets.validation) == [50, 10, 20]
    assert targets.representatives[:, 0, 0, 0].tolist() == [20, 10, 50]
    assert targets.classes.tolist() == [0, 0, 1]


def test_a_class_becomes_its_most_confident_eligible_image() -> None:
    targets = TARGETS["class"](DATASET, GROUPING)
    assert values(targets.train) == [20, 20, 20, 20, 50, 50]
    assert values(targets.validation) == [50, 20, 20]
    assert targets.representatives[:, 0, 0, 0].tolist() == [20, 50]
    assert targets.classes.tolist() == [0, 1]


def test_with_identity_every_image_becomes_itself() -> None:
    targets = TARGETS["identity"](DATASET, GROUPING)
    assert values(targets.train) == [0, 10, 20, 30, 40, 50]
    assert values(targets.validation) == [201, 202, 203]


def test_identity_is_measured_against_the_representatives_of_the_clusters() -> None:
    targets = TARGETS["identity"](DATASET, GROUPING)
    assert targets.representatives[:, 0, 0, 0].tolist() == [20, 10, 50]
    assert targets.classes.tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", TARGETS)
def test_targets_are_given_for_any_indices_in_any_order(name: Target) -> None:
    targets = TARGETS[name](DATASET, GROUPING).train
    everything = targets(np.arange(6))
    np.testing.assert_array_equal(targets(np.array([4, 0, 4])), everything[[4, 0, 4]])


@pytest.mark.parametrize(
    ("noise", "of_clusters"),
    [([2, 5], [0, 10, 40]), ([1], [20, 30, 50]), (range(6), [20, 10, 50])],
    ids=str,
)
def test_noise_stands_for_no_cluster_with_other_images_but_for_its_class_as_any_other(
    noise: list[int], of_clusters: list[int]
) -> None:
    core = np.ones(6, bool)
    core[list(noise)] = False
    grouping = replace(GROUPING, core=core)
    by_cluster, by_class = TARGETS["cluster"](DATASET, grouping), TARGETS["class"](DATASET, grouping)
    assert by_cluster.representatives[:, 0, 0, 0].tolist() == of_clusters
    assert by_class.representatives[:, 0, 0, 0].tolist() == [20, 50]
    assert values(by_class.train) == [20, 20, 20, 20, 50, 50]
