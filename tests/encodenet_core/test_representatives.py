from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from encodenet_core.errors import DataError
from encodenet_core.representatives import eligible_images, entropy_from_logits, pick_representatives

moderate_logits = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(-20, 20)
)
any_logits = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(-1e4, 1e4, width=32)
)


def test_an_undecided_prediction_has_the_logarithm_of_the_number_of_classes() -> None:
    assert entropy_from_logits([[3.0, 3.0, 3.0, 3.0]]) == pytest.approx([math.log(4)], rel=1e-15)


def test_a_fair_coin_is_worth_the_logarithm_of_two() -> None:
    assert entropy_from_logits([[0.0, 0.0, -1e4]]) == pytest.approx([math.log(2)], rel=1e-15)


def test_one_to_three_is_worked_out_by_hand() -> None:
    expected = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert entropy_from_logits([[0.0, math.log(3.0)]]) == pytest.approx([expected], rel=1e-14)


def test_the_entropy_of_a_very_confident_prediction_keeps_its_digits() -> None:
    # With p = exp(-60) for the other class, the entropy is p (60 + 1) and terms in p squared.
    assert entropy_from_logits([[60.0, 0.0]]) == pytest.approx([61.0 * math.exp(-60.0)], rel=1e-12)


def test_logits_of_ten_thousand_give_zero_and_no_warning() -> None:
    assert entropy_from_logits(np.array([[1e4, -1e4], [-1e4, 1e4]], np.float32)).tolist() == [0.0, 0.0]


def test_a_single_class_is_always_certain() -> None:
    assert entropy_from_logits([[5.0], [-5.0]]).tolist() == [0.0, 0.0]


@given(moderate_logits)
def test_entropy_equals_its_definition(logits: np.ndarray) -> None:
    weights = np.exp(logits)
    predictions = weights / weights.sum(axis=1, keepdims=True)
    expected = -(predictions * np.log(predictions)).sum(axis=1)
    np.testing.assert_allclose(entropy_from_logits(logits), expected, rtol=1e-9, atol=1e-12)


@given(any_logits)
def test_entropy_lies_between_zero_and_the_logarithm_of_the_number_of_classes(logits: np.ndarray) -> None:
    entropies = entropy_from_logits(logits)
    assert (entropies >= 0).all()
    assert (entropies <= math.log(logits.shape[1]) + 1e-12).all()


def test_core_images_rank_above_noise_and_correct_ones_above_wrong_ones() -> None:
    correct = np.array([True, False, True, False])
    core = np.array([True, True, False, False])
    assert eligible_images(correct, core).tolist() == [3, 2, 1, 0]


def test_the_most_confident_eligible_image_represents_its_cluster() -> None:
    entropies = np.array([0.1, 0.5, 0.3, 0.9, 0.2])
    cluster_ids = np.array([0, 0, 0, 1, 1])
    eligible = np.array([False, True, True, True, False])
    assert pick_representatives(entropies, cluster_ids, eligible).tolist() == [2, 3]


def test_a_cluster_without_eligible_images_falls_back_to_all_of_them() -> None:
    eligible = np.array([False, False, True])
    assert pick_representatives(np.array([0.4, 0.2, 0.9]), np.array([0, 0, 1]), eligible).tolist() == [1, 2]


def test_the_fallback_takes_a_wrong_core_image_before_noise() -> None:
    ranks = np.array([0, 1, 1])
    assert pick_representatives(np.array([0.1, 0.8, 0.7]), np.zeros(3, np.int64), ranks).tolist() == [2]


def test_ties_go_to_the_lowest_index() -> None:
    cluster_ids = np.array([1, 0, 1, 0, 1])
    picked = pick_representatives(np.zeros(5), cluster_ids, np.ones(5, bool))
    assert picked.tolist() == [1, 0]


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3]), st.integers(0, 3), st.integers(0, 2)),
        min_size=1,
        max_size=30,
    )
)
def test_picking_agrees_with_a_search_through_every_cluster(images: list[tuple[float, int, int]]) -> None:
    entropies = np.array([entropy for entropy, _, _ in images])
    cluster_ids = np.unique([cluster for _, cluster, _ in images], return_inverse=True)[1]
    ranks = np.array([rank for _, _, rank in images])
    expected = [
        min(
            np.flatnonzero(cluster_ids == cluster), key=lambda index: (-ranks[index], entropies[index], index)
        )
        for cluster in range(cluster_ids.max() + 1)
    ]
    assert pick_representatives(entropies, cluster_ids, ranks).tolist() == expected


def test_arrays_of_differing_lengths_are_refused() -> None:
    with pytest.raises(DataError, match="received 3 entropies, 2 cluster_ids, 3 eligible; expected one"):
        pick_representatives(np.zeros(3), np.zeros(2, np.int64), np.ones(3, bool))
    with pytest.raises(DataError, match="received 3 correct, 2 core; expected one"):
        eligible_images(np.ones(3, bool), np.ones(2, bool))
