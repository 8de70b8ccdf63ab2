from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoder_search.driver.weights import clear_attempt, drop_weights, keepers
from decoder_search.records.layout import with_weights

layers = st.lists(st.integers(1, 4), max_size=12)
"""Of trials in any order: a study of one objective need not have its front at the top of any other order."""


def places(layers: list[int]) -> list[tuple[int, int]]:
    """Trials of these layers, best first, with numbers that are no ranks."""
    return [(100 - rank, layer) for rank, layer in enumerate(layers)]


@pytest.mark.parametrize(
    ("n_best", "kept"), [(0, set()), (1, {7, 2}), (2, {7, 2}), (3, {7, 2, 5}), (9, {7, 2, 5, 0})]
)
def test_the_best_and_the_front_keep_their_weights_and_with_none_nobody_does(
    n_best: int, kept: set[int]
) -> None:
    assert keepers([(7, 1), (2, 1), (5, 2), (0, 3)], n_best) == kept


@given(layers, st.integers(1, 15))
def test_whoever_is_among_the_best_or_on_the_front_keeps_them_and_nobody_else(
    layers: list[int], n_best: int
) -> None:
    ranked = places(layers)
    kept = keepers(ranked, n_best)
    assert {number for number, _ in ranked[:n_best]} <= kept
    assert {number for number, layer in ranked if layer == 1} <= kept
    assert {dict(ranked)[number] for number in kept - {number for number, _ in ranked[:n_best]}} <= {1}


@given(layers, st.integers(0, 15))
def test_who_wants_more_trials_loses_none(layers: list[int], n_best: int) -> None:
    ranked = places(layers)
    assert keepers(ranked, n_best) <= keepers(ranked, n_best + 1)


def test_weights_that_are_dropped_are_gone_and_dropping_them_again_is_no_error(
    study_with_weights: Path,
) -> None:
    for _ in range(2):
        drop_weights(study_with_weights, 12)
        assert list((study_with_weights / "trials" / "12").iterdir()) == []
    assert sorted(with_weights(study_with_weights)) == [0]


def test_what_a_killed_attempt_left_goes_and_what_a_trial_leaves_stays(study_with_weights: Path) -> None:
    folder = study_with_weights / "trials" / "0"
    for name in ("curves.json", "reconstructions.png", "classes.json", ".class-0-x1.png"):
        (folder / name).touch()
    (folder / "checkpoint").mkdir()
    kept = {path.name for path in folder.iterdir()}
    for name in (".curves.unfinished-8f.json", ".reconstructions.unfinished-9a.png"):
        (folder / name).touch()
    for name in (".weights-x7/weights", "checkpoint.4711", ".weights-removed"):
        (folder / name).mkdir(parents=True)
        (folder / name / "encoder.keras").touch()
    clear_attempt(study_with_weights, 0)
    assert {path.name for path in folder.iterdir()} == kept
