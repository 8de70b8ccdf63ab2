from __future__ import annotations

import numpy as np

from encodenet_core.figures.conversions import EXAMPLES, MOST_CLASSES, pick_examples


def test_a_class_shows_an_image_of_every_cluster_before_a_second_of_one() -> None:
    labels = np.zeros(6, np.int64)
    examples = pick_examples(labels, np.array([1, 1, 1, 0, 2, 0]))
    assert [(shown.label, shown.indices.tolist()) for shown in examples] == [(0, [3, 0, 4])]


def test_clusters_too_few_give_their_next_images() -> None:
    (shown,) = pick_examples(np.full(5, 4), np.array([7, 8, 7, 7, 7]))
    assert (shown.label, shown.indices.tolist()) == (4, [0, 2, 1])


def test_a_class_of_one_image_shows_that() -> None:
    examples = pick_examples(np.array([1, 0, 1]), np.array([1, 0, 1]))
    assert [shown.indices.tolist() for shown in examples] == [[1], [0, 2]]


def test_a_hundred_classes_are_shown_by_ten_at_even_distances() -> None:
    labels = np.repeat(np.arange(100), 5)
    examples = pick_examples(labels, labels)
    assert [shown.label for shown in examples] == [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]
    assert len(examples) == MOST_CLASSES
    assert {len(shown.indices) for shown in examples} == {EXAMPLES}
