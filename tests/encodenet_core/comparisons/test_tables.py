from __future__ import annotations

import pytest

from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.tables import (
    Column,
    Table,
    name_seeds,
    number,
    percent,
    points,
    seed_reasons,
    show_spread,
    to_markdown,
)

TABLE = Table(
    "Targets",
    (Column("setup"), Column("test\n%"), Column("selected\ntest %", wide=True)),
    (("a | b", "75.92 ±0.49", ""), ("class", "-", "")),
    ("One note.",),
)


def test_markdown_is_a_heading_a_table_and_a_list_of_notes() -> None:
    assert to_markdown(TABLE) == (
        "## Targets\n"
        "\n"
        "| setup | test % | selected test % |\n"
        "| --- | ---: | ---: |\n"
        "| a \\| b | 75.92 ±0.49 |  |\n"
        "| class | - |  |\n"
        "\n"
        "- One note.\n"
    )


def test_markdown_without_notes_ends_with_the_table() -> None:
    table = Table("T", (Column("setup"),), (("a",),))
    assert to_markdown(table) == "## T\n\n| setup |\n| --- |\n| a |\n"


def test_a_column_in_which_nothing_stands_can_be_left_out() -> None:
    kept = TABLE.without_empty_columns()
    assert [column.header for column in kept.columns] == ["setup", "test\n%"]
    assert kept.rows == (("a | b", "75.92 ±0.49"), ("class", "-"))
    assert kept.notes == TABLE.notes


def test_notes_are_added_below_those_that_are_there() -> None:
    assert TABLE.with_notes(["Another."]).notes == ("One note.", "Another.")


def test_json_holds_the_cells_by_header() -> None:
    assert TABLE.to_json() == {
        "title": "Targets",
        "rows": [
            {"setup": "a | b", "test %": "75.92 ±0.49", "selected test %": ""},
            {"setup": "class", "test %": "-", "selected test %": ""},
        ],
        "notes": ["One note."],
    }


def test_shares_are_shown_as_percent_with_their_standard_deviation() -> None:
    # The deviations of 74, 76 and 78 % from 76 are -2, 0, 2: the standard deviation is 2.
    assert percent({0: 0.74, 1: 0.76, 2: 0.78}) == "76.00 ±2.00"
    assert percent({0: 0.74, 1: 0.76, 2: 0.78}, 1) == "76.0 ±2.0"


def test_one_seed_has_a_dash_for_its_standard_deviation() -> None:
    assert percent({0: 0.74}) == "74.00 ±-"
    assert number({5: 0.0381}, 3) == "0.038 ±-"


def test_what_no_seed_has_is_a_dash() -> None:
    assert percent({}) == "-"
    assert points({0: 0.5}, {1: 0.5}) == "-"
    assert show_spread(None, ".2f") == "-"


def test_a_gain_is_paired_and_has_its_sign() -> None:
    # Gains of 1, 3 and 2 points.
    assert points({0: 0.51, 1: 0.63, 2: 0.42}, {0: 0.50, 1: 0.60, 2: 0.40}) == "+2.00 ±1.00"
    assert points({0: 0.50, 1: 0.60}, {0: 0.51, 1: 0.63}) == "-2.00 ±1.41"


@pytest.mark.parametrize(("gain", "shown"), [(0.0999, "+9.99 ±-"), (-0.1234, "-12.3 ±-")])
def test_a_gain_of_ten_points_takes_no_more_room_than_one_of_nine(gain: float, shown: str) -> None:
    assert points({0: gain}, {0: 0.0}) == shown


def test_seeds_with_the_same_reason_share_a_line() -> None:
    measured = Measured([0, 1, 2])
    for seed, reason in enumerate(["few images", "diverged", "few images"]):
        measured.add(Measurement(seed, "hdbscan", {}, {}, reason))
    assert seed_reasons(measured, {"kmeans_1": "k-means 1", "hdbscan": "HDBSCAN"}) == [
        "HDBSCAN, seeds 0, 2: few images",
        "HDBSCAN, seed 1: diverged",
    ]


def test_seeds_are_named() -> None:
    assert (name_seeds([3]), name_seeds([3, 4])) == ("seed 3", "seeds 3, 4")
