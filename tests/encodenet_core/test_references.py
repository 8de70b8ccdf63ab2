from __future__ import annotations

import shlex
from typing import get_args

import pytest

from encodenet_core.config_conversion import Distiller
from encodenet_core.references import (
    CONFIRMED_REFERENCES,
    REFERENCES,
    RIVALS,
    UNCONVERTED,
    chance_limit,
    chance_warning,
)


def test_a_reference_is_explained_by_its_label_and_whose_work_control_a_is_given() -> None:
    explained = [reference.explanation("the dearest trial") for reference in REFERENCES.values()]
    assert explained == [
        "the baseline",
        "control A: the baseline trained on, for what the dearest trial costs",
        "control B: the same classifier stage on the baseline's own features",
    ]
    training = REFERENCES["control_training"]
    assert (
        training.meaning("the config itself") == "the baseline trained on, for what the config itself costs"
    )


def test_in_a_sentence_the_baseline_has_an_article() -> None:
    spoken = [reference.spoken for reference in REFERENCES.values()]
    assert spoken == ["the baseline", "control A", "control B"]


def test_what_a_confirmed_config_is_compared_with_besides_says_what_it_is() -> None:
    assert tuple(CONFIRMED_REFERENCES) == (*REFERENCES, UNCONVERTED, *RIVALS)
    unconverted = CONFIRMED_REFERENCES[UNCONVERTED]
    told = "the same training without conversion at the same cost"
    assert unconverted.spoken == unconverted.explanation("the config itself") == told


def test_every_distiller_is_a_rival_that_is_explained() -> None:
    assert tuple(RIVALS) == get_args(Distiller)
    explained = RIVALS["kd"].explanation("the config itself")
    assert explained == "KD: the baseline's structure, taught by a teacher's softened predictions"


def test_chance_has_a_margin_that_shrinks_with_the_number_of_images() -> None:
    assert chance_limit(2, 100) == pytest.approx(0.5 + 2 * 0.05)
    assert chance_limit(10, 900) == pytest.approx(0.1 + 2 * 0.01)
    assert 0.1 < chance_limit(10, 10**8) < 0.1001


@pytest.mark.parametrize(("accuracy", "warns"), [(0.0, True), (0.1, True), (0.119, True), (0.121, False)])
def test_a_given_baseline_that_guesses_is_told_with_the_command_that_looks_into_it(
    accuracy: float, warns: bool
) -> None:
    told = chance_warning(accuracy, 10, 900, "my model.keras", "cifar10")
    assert (told is not None) == warns
    if told is not None:
        assert "\n" not in told
        command = shlex.split(told.partition("classes: ")[2])
        assert command == ["encodenet", "inspect", "my model.keras", "--data", "cifar10"]


def test_a_baseline_that_is_trained_here_is_not_warned_of() -> None:
    assert chance_warning(0.1, 10, 900, None, "cifar10") is None
