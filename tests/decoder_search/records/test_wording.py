from __future__ import annotations

import pytest

from decoder_search.records.wording import (
    compact_params,
    compact_values,
    counted,
    short_names,
    time_left,
    trial_name,
)
from encodenet_core.io.quantities import duration


def test_shares_are_percentages_and_other_values_have_four_digits() -> None:
    values = {"accuracy": 0.9721, "mse": 0.021344, "retrieval": 1.0, "val_accuracy": 0.5, "loss": None}
    assert compact_values(values, values) == (
        "accuracy 97.2 %, mse 0.02134, retrieval 100.0 %, val_accuracy 50.0 %, loss –"
    )
    assert compact_values(values, ("mse", "not measured")) == "mse 0.02134"


def test_params_are_named_by_the_last_part_of_their_path_where_that_is_theirs_alone() -> None:
    params = {
        "decoder.depth": 3,
        "autoencoder.training.learning_rate": 0.002134,
        "classifier.training.learning_rate": 0.1,
        "clustering.n_clusters": "auto",
    }
    assert compact_params(params) == (
        "depth=3 autoencoder.learning_rate=0.00213 classifier.learning_rate=0.1 n_clusters=auto"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (125, "2m 05s"),
        (3600, "1h 00m"),
        (11_220, "3h 07m"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_number_below_zero_names_the_preparation() -> None:
    assert (trial_name(0), trial_name(-1)) == ("trial 0", "preparation")


def test_short_names_say_no_more_than_is_needed() -> None:
    paths = ["decoder.depth", "autoencoder.training.epochs", "classifier.training.epochs"]
    assert list(short_names(paths).values()) == ["depth", "autoencoder.epochs", "classifier.epochs"]


@pytest.mark.parametrize(
    ("elapsed", "finished", "waiting", "budget", "left"),
    [
        (60.0, 0, 12, None, None),
        (60.0, 3, 9, None, 180.0),
        (60.0, 3, 9, 100.0, 100.0),
        (60.0, 0, 12, 100.0, 100.0),
        (60.0, 3, 9, -5.0, 0.0),
        (60.0, 12, 0, None, 0.0),
    ],
)
def test_the_time_left_is_the_pace_so_far_or_the_budget(
    elapsed: float, finished: int, waiting: int, budget: float | None, left: float | None
) -> None:
    assert time_left(elapsed=elapsed, finished=finished, waiting=waiting, budget=budget) == left


def test_words_are_counted_in_alphabetical_order() -> None:
    assert counted(["pruned", "completed", "pruned"]) == "1 completed, 2 pruned"
    assert counted([]) == ""
