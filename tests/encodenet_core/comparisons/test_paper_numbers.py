from __future__ import annotations

import pytest

from encodenet_core.comparisons.paper_numbers import TABLE_1, TABLE_2, TABLE_3, reading


def test_table_3_starts_and_ends_at_the_row_of_table_2() -> None:
    for network, setups in TABLE_3.items():
        assert (setups["baseline"], setups["cluster"]) == TABLE_2[network]


def test_clustering_lowers_every_loss_of_table_1_as_the_text_says() -> None:
    assert all(loss.with_clustering < loss.without_clustering for loss in TABLE_1.values())
    vgg16 = TABLE_1["cifar10", "vgg16"]
    assert vgg16.with_clustering / vgg16.without_clustering - 1 == pytest.approx(-0.46, abs=0.005)


def test_encodenet_gains_one_to_three_points_in_every_row_of_table_2() -> None:
    gains = [accuracy.encodenet - accuracy.baseline for accuracy in TABLE_2.values()]
    assert min(gains) == pytest.approx(0.0107)
    assert max(gains) == pytest.approx(0.0318)


def test_both_vgg16_stand_for_the_papers() -> None:
    assert TABLE_2["cifar100", "vgg16"] == TABLE_2["cifar100", "vgg16_keras"]
    assert reading("table 1", "cifar10", "vgg16_keras") == reading("table 1", "cifar10", "vgg16")


def test_a_number_that_cannot_be_right_is_explained_and_others_are_not() -> None:
    assert "read as 0.007" in reading("table 1", "cifar10", "vgg16")[0]
    assert "implausible" in reading("table 2", "cifar100", "resnet20")[0]
    assert reading("table 2", "cifar10", "resnet20") == []
