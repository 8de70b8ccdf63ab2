from __future__ import annotations

import numpy as np
import pytest
from color_models import COLORS, color_classifier, color_images

from encodenet_core.data.dataset import Split
from encodenet_core.models.form_scores import (
    FEWEST_IMAGES,
    MOST_IMAGES,
    FormScores,
    sample_for,
    score_forms,
)
from encodenet_core.models.pixel_forms import PixelForm, common_forms

FORMS = common_forms(3)
MOVED = (2, 1, 0, 3, 5, 4, 6, 7, 8)


def scores_of(form: PixelForm, order: tuple[int, ...] | None = None) -> FormScores:
    images, labels = color_images(15)
    return score_forms(color_classifier(form, order, closing=None), FORMS, Split(images, labels))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.words)
def test_the_best_form_is_the_one_that_the_model_was_made_for(form: PixelForm) -> None:
    found = scores_of(form)
    assert found.best.form == form
    assert (found.best.accuracy, found.best.matched_accuracy) == (1.0, 1.0)
    assert found.orders_agree and found.is_better_than_chance
    assert (found.n_images, found.num_classes) == (135, 9)
    assert found.best.classes == tuple(range(9))


def test_a_model_of_another_order_of_classes_is_told_which_is_its_own() -> None:
    found = scores_of(PixelForm((-1.0, 1.0)), MOVED)
    assert found.best.form == PixelForm((-1.0, 1.0))
    assert (found.best.accuracy, found.best.matched_accuracy) == (pytest.approx(5 / 9), 1.0)
    assert found.best.classes == MOVED
    assert not found.orders_agree


def test_where_no_class_is_in_its_place_the_form_is_found_nevertheless() -> None:
    found = scores_of(PixelForm((0.0, 255.0)), (1, 2, 3, 4, 5, 6, 7, 8, 0))
    assert found.best.form == PixelForm((0.0, 255.0))
    assert (found.best.accuracy, found.best.matched_accuracy) == (0.0, 1.0)
    assert not found.orders_agree and found.is_better_than_chance


def test_a_model_that_knows_nothing_is_no_better_than_chance_in_any_order() -> None:
    generator = np.random.default_rng(3)
    images, labels = color_images(15)
    split = Split(images, generator.permutation(labels))
    found = score_forms(color_classifier(PixelForm((0.0, 1.0)), closing=None), FORMS, split)
    assert max(score.matched_accuracy for score in found.scores) > 1 / len(COLORS)
    assert found.orders_agree and not found.is_better_than_chance


def test_a_cheap_model_is_tried_on_many_images_and_a_dear_one_on_few() -> None:
    images, labels = color_images(400)
    model = color_classifier(PixelForm((0.0, 1.0)))
    sample = sample_for(model, Split(images, labels), 9)
    assert len(sample.labels) == MOST_IMAGES
    assert set(np.bincount(sample.labels)) <= {111, 112}
    assert len(sample_for(model, Split(images, labels), 10**12).labels) == FEWEST_IMAGES
    assert len(sample_for(model, Split(images[:5], labels[:5]), 9).labels) == 5
