"""Sizes as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encodenet_core.errors import ConfigError
from encodenet_core.io.quantities import duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("123", 123),
        ("20GB", 20_000_000_000),
        ("500MB", 500_000_000),
        ("500 mb", 500_000_000),
        ("1.5GiB", 1_610_612_736),
        ("1.1kB", 1100),
        ("2KiB", 2048),
        (" 3TB ", 3_000_000_000_000),
        ("0.0004kB", 0),
    ],
)
def test_a_size_is_a_number_and_a_unit(text: str, expected: int) -> None:
    assert parse_size(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "GB", "-1", "20G", "20 XB", "1,5GB", "1e9", "nan", "inf", "20GB!", "٣GB", "1\n2", ".5GB", "5."],
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"is no size; give .*, such as 20GB$") as caught:
        parse_size(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5 m", 90), (" 2H ", 7200), ("0s", 0)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "-1s", "1d", "1e3s", "٣s", "ten minutes"])
def test_no_other_text_is_a_duration(text: str) -> None:
    with pytest.raises(ConfigError, match=r"is no duration; give a number and a unit of s, m and h"):
        parse_duration(text)


@given(st.text())
def test_no_text_is_anything_but_a_size_or_refused(text: str) -> None:
    try:
        assert parse_size(text) >= 0
    except ConfigError:
        pass


@pytest.mark.parametrize(
    ("n_bytes", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_500_000, "1.5 MB"),
        (20 * 10**9, "20.0 GB"),
        (4321 * 10**12, "4321.0 TB"),
    ],
)
def test_a_number_of_bytes_is_short(n_bytes: int, expected: str) -> None:
    assert format_size(n_bytes) == expected


@given(st.integers(0, 10**15))
def test_what_was_formatted_is_read_as_nearly_the_same(n_bytes: int) -> None:
    assert abs(parse_size(format_size(n_bytes)) - n_bytes) <= 0.05 * max(1000, n_bytes)


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0s"), (59, "59s"), (125, "2m 05s"), (11220, "3h 07m")])
def test_times_are_read_at_a_glance(seconds: float, words: str) -> None:
    assert duration(seconds) == words
