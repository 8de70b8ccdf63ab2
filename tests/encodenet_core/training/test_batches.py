"""Order and augmentation are functions of seed, epoch and position, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from encodenet_core.training.augmentation import Augmentation
from encodenet_core.training.batches import TrainingBatches

# Wide enough that no moved image is its own mirror image.
NOISE = np.random.default_rng(0).integers(0, 256, (10, 6, 7, 2), np.uint8)


def targets_of(indices: NDArray[np.int64]) -> NDArray[np.float32]:
    """A sample's target is its index."""
    return indices.astype(np.float32)


def make_batches(seed: int = 3, epoch: int = 0, **options: Any) -> TrainingBatches:
    options = {"batch_size": 4, "augmentation": Augmentation(2, flip=True), **options}
    batches = TrainingBatches(NOISE, targets_of, seed=seed, **options)
    batches.epoch = epoch
    return batches


def order(batches: TrainingBatches) -> list[float]:
    """The samples of one epoch, in their order."""
    return np.concatenate([batches[position][1] for position in range(len(batches))]).tolist()


def test_weights_go_with_their_samples() -> None:
    weights = np.arange(10, dtype=np.float32) / 10
    for inputs, targets, of_batch in (make_batches(weights=weights)[position] for position in range(3)):
        assert len(inputs) == len(targets)
        np.testing.assert_array_equal(of_batch, weights[targets.astype(int)])
    assert make_batches(weights=weights).identity != make_batches().identity


def test_a_fresh_object_gives_the_same_batch() -> None:
    inputs, targets = make_batches(epoch=5)[1]
    walked = make_batches(epoch=5)
    for position in (2, 0, 1):
        again = walked[position]
    np.testing.assert_array_equal(again[0], inputs)
    np.testing.assert_array_equal(again[1], targets)


def test_going_back_to_an_earlier_epoch_gives_its_batches_again() -> None:
    batches = make_batches(epoch=1)
    before = batches[0][0]
    batches.epoch = 2
    assert not np.array_equal(batches[0][0], before)
    batches.epoch = 1
    np.testing.assert_array_equal(batches[0][0], before)


def test_another_epoch_or_another_seed_has_another_order() -> None:
    orders = [order(make_batches(seed, epoch)) for seed in (3, 4) for epoch in (0, 1, 2)]
    assert len({tuple(indices) for indices in orders}) == len(orders)


def test_another_epoch_moves_images_differently() -> None:
    first, second = (
        make_batches(batch_size=10, augmentation=Augmentation(2, flip=False), epoch=epoch)[0]
        for epoch in (0, 1)
    )
    one, other = first[0][np.argsort(first[1])], second[0][np.argsort(second[1])]
    assert sum(np.array_equal(a, b) for a, b in zip(one, other, strict=True)) < 5


@given(seed=st.integers(0, 2**31 - 1), epoch=st.integers(0, 1000), batch_size=st.integers(1, 12))
def test_every_sample_comes_once_an_epoch(seed: int, epoch: int, batch_size: int) -> None:
    batches = make_batches(seed, epoch, batch_size=batch_size)
    sizes = [len(batches[position][1]) for position in range(len(batches))]
    assert sorted(order(batches)) == list(range(10))
    assert all(size == batch_size for size in sizes[:-1])


def test_without_augmentation_inputs_are_the_images_in_the_unit_range() -> None:
    inputs, targets = make_batches(augmentation=None)[0]
    assert inputs.dtype == np.float32
    np.testing.assert_array_equal(inputs, NOISE[targets.astype(int)] / np.float32(255))


def test_float_features_are_passed_on_as_they_are() -> None:
    features = np.random.default_rng(1).normal(size=(7, 3)).astype(np.float32)
    batches = TrainingBatches(features, targets_of, batch_size=7, seed=0)
    inputs, targets = batches[0]
    np.testing.assert_array_equal(inputs, features[targets.astype(int)])


def test_targets_are_handed_through_untouched() -> None:
    pictures = np.random.default_rng(2).random((10, 6, 7, 2), np.float32)
    batches = TrainingBatches(
        NOISE, lambda indices: pictures[indices], batch_size=10, seed=3, augmentation=Augmentation(2, True)
    )
    indices = make_batches(batch_size=10)[0][1].astype(int)
    np.testing.assert_array_equal(batches[0][1], pictures[indices])


def test_several_targets_of_a_sample_are_handed_through_together() -> None:
    batches = TrainingBatches(NOISE, lambda indices: (indices, -indices), batch_size=4, seed=3)
    _, (some, others) = batches[0]
    assert len(some) == 4
    np.testing.assert_array_equal(some, -others)


def test_batches_of_another_order_or_size_are_not_the_same() -> None:
    known = make_batches().identity
    assert make_batches(epoch=3).identity == known
    for other in (make_batches(seed=4), make_batches(batch_size=5), make_batches(augmentation=None)):
        assert other.identity != known


def test_mixed_batches_are_functions_of_their_position_too() -> None:
    augmentation = Augmentation(2, flip=True, mixup=0.5)
    inputs, targets = make_batches(augmentation=augmentation, epoch=2)[1]
    again = make_batches(augmentation=augmentation, epoch=2)[1]
    np.testing.assert_array_equal(inputs, again[0])
    np.testing.assert_array_equal(targets, again[1])
    assert not np.array_equal(targets, make_batches(epoch=2)[1][1])
    assert make_batches(augmentation=augmentation).identity != make_batches().identity
