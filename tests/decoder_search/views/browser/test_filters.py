from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoder_search.analysis.rows import COLUMNS, Row, leaderboard_rows
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.browser.filters import GRAMMAR, parse_filter
from encodenet_core.errors import ConfigError

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]


@pytest.fixture(scope="module")
def rows(make_study: MakeStudy, make_trial: MakeTrial, make_pruned: MakeTrial) -> list[Row]:
    """Trials 0 and 1 on the front, 2 behind them, 3 pruned, 4 failed."""
    kmeans = {"decoder.depth": 3, "clustering.method": "kmeans", "clustering.n_clusters": 2}
    trials = [
        make_trial(0, accuracy=0.96, mse=0.05),
        make_trial(1, kmeans, accuracy=0.94, mse=0.02),
        make_trial(2, kmeans | {"decoder.depth": 2}, accuracy=0.9012, mse=0.06),
        make_pruned(3),
        make_trial(4, state="failed"),
    ]
    return leaderboard_rows(make_study(trials))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", {0, 1, 2, 3, 4}),
        ("   ", {0, 1, 2, 3, 4}),
        ("method=kmeans", {1, 2}),
        ("method=km", {1, 2}),
        ('method="km"', set()),
        ('method="KMEANS"', {1, 2}),
        ("clustering.method=kmeans depth=3", {1}),
        ("method=kmeans,hdbscan", {0, 1, 2, 3, 4}),
        ("method!=kmeans", {0, 3, 4}),
        ("n_clusters!=2", {0, 3, 4}),
        ("accuracy>0.94", {0}),
        ("accuracy>=94%", {0, 1}),
        ("accuracy<=.94", {1, 2}),
        ("mse<5e-2", {1, 3}),
        ("accuracy=0.9", {1, 2}),
        ("accuracy=0.901", {2}),
        ("accuracy==0.902", set()),
        ("mse= 0.05", {0}),
        ("depth=2", {2}),
        ("depth=2.5", set()),
        ("front", {0, 1}),
        ("layer=2", {2}),
        ("state=pruned", {3}),
        ("pruned", {3}),
        ('"class 7 has"', {3, 4}),
        ('reason="class 7 has 3 images" failed', {4}),
        ("KMEANS", {1, 2}),
        ("mse<1 kmeans front", {1}),
    ],
)
def test_rows_keep_to_all_terms(text: str, numbers: set[int], rows: list[Row]) -> None:
    wanted = parse_filter(text, list(rows[0]))
    assert {row["trial"] for row in rows if wanted.matches(row)} == numbers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("upsamplin=nearest", "unknown column 'upsamplin'; known are"),
        ("metod=kmeans", "unknown column 'metod'; did you mean 'method'?"),
        ("accuracy>", "accuracy> lacks a value; write one behind it, as in accuracy>0.8"),
        ("method=", "method= lacks a value"),
        ("method=,", "method= lacks a value"),
        ('method=""', "method= lacks a value"),
        ("accuracy>high", "accuracy is compared with 'high', but > wants a number such as 0.8"),
        ("accuracy>0.8,0.9", "accuracy is compared with '0.8,0.9', but > wants a number"),
        (">0.8", "the filter compares nothing with '0.8'; write it as accuracy>0.8"),
        ('method="kmeans', 'the filter has a quote without an end: method="kmeans; close it'),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_write(text: str, said: str, rows: list[Row]) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_filter(text, list(rows[0]))
    assert said in str(refused.value)


def test_a_param_that_is_called_like_a_measurement_is_named_with_its_path() -> None:
    row: Row = dict.fromkeys(COLUMNS) | {"epochs": 3, "autoencoder.training.epochs": 8}
    assert parse_filter("epochs=3 autoencoder.training.epochs=8", list(row)).matches(row)


def test_the_words_that_explain_filters_are_filters(rows: list[Row]) -> None:
    examples = [line[:24].strip() for line in GRAMMAR.splitlines()[:-1]]
    named = [*rows[0], "decoder.upsampling"]
    assert len([parse_filter(example, named) for example in examples]) == 7


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
PIECES = st.sampled_from(
    ["accuracy", "method", "front", '"', "=", "!=", "==", "<", ">=", ",", " ", "80%", "1e5", "-.5", "nearest"]
)


@given(
    text=st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)),
    values=st.fixed_dictionaries({"accuracy": VALUES, "clustering.method": VALUES, "layer": VALUES}),
)
def test_any_text_ends_in_a_filter_that_any_row_passes_or_not_or_in_a_config_error(
    text: str, values: dict[str, Any]
) -> None:
    try:
        wanted = parse_filter(text, list(values))
    except ConfigError as error:
        assert str(error)
    else:
        assert wanted.matches(values) in (True, False)


@given(number=st.floats(allow_nan=False, allow_infinity=False), digits=st.integers(1, 17))
def test_a_number_equals_itself_to_the_digits_that_were_typed(number: float, digits: int) -> None:
    row = {"accuracy": float(f"{number:.{digits}g}")}
    assert parse_filter(f"accuracy={row['accuracy']!r}", list(row)).matches(row)
