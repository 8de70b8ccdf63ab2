from __future__ import annotations

import numpy as np

from encodenet_core.figures.cluster_rows import most_divided_class, pick_cluster_rows
from encodenet_core.grouping import Grouping


def group(
    train_ids: list[int],
    classes: list[int],
    entropies: list[float],
    *,
    wrong: tuple[int, ...] = (),
    noise: tuple[int, ...] = (),
) -> Grouping:
    n_train = len(train_ids)
    return Grouping(
        train_ids=np.array(train_ids),
        validation_ids=np.zeros(0, np.int64),
        classes=np.array(classes),
        entropies=np.array(entropies),
        correct=~np.isin(np.arange(n_train), wrong),
        core=~np.isin(np.arange(n_train), noise),
    )


def test_the_largest_cluster_comes_first_and_members_in_order_of_entropy() -> None:
    grouping = group([0, 1, 1, 1, 0, 2], [0, 0, 1], [0.4, 0.3, 0.1, 0.2, 0.5, 0.0])
    first, second = pick_cluster_rows(grouping, 0)
    assert (first.representative, first.members.tolist(), first.n_images) == (2, [3, 1], 3)
    assert (second.representative, second.members.tolist(), second.n_images) == (0, [4], 2)


def test_the_representative_is_the_pipelines_and_noise_is_named() -> None:
    # 0 is the most confident but misclassified, 1 the next but noise: 2 stands for the cluster.
    grouping = group([0, 0, 0, 0], [0], [0.1, 0.2, 0.3, 0.4], wrong=(0,), noise=(1,))
    (row,) = pick_cluster_rows(grouping, 0)
    assert row.representative == 2
    assert row.members.tolist() == [0, 1, 3]
    assert row.noise.tolist() == [False, True, False]
    assert row.n_noise == 1


def test_members_of_a_large_cluster_run_from_the_easiest_to_the_hardest() -> None:
    grouping = group([0] * 23, [0], [float(number) for number in range(23)])
    (row,) = pick_cluster_rows(grouping, 0)
    # Eight of the 22 others, whose entropies are 1 to 22, three apart.
    assert row.members.tolist() == [1, 4, 7, 10, 13, 16, 19, 22]


def test_a_cluster_of_one_image_has_no_members() -> None:
    (row,) = pick_cluster_rows(group([0, 1], [0, 1], [0.1, 0.2]), 1)
    assert (row.representative, row.members.tolist(), row.n_images) == (1, [], 1)


def test_the_most_divided_class_is_shown_and_the_first_where_all_are_alike() -> None:
    assert most_divided_class(group([0, 1, 2], [0, 1, 1], [0.0] * 3)) == 1
    assert most_divided_class(group([0, 1, 2, 3], [0, 0, 1, 1], [0.0] * 4)) == 0
