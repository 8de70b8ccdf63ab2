from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoder_search.views.browser.plot import BLANK, draw_bar, draw_curve


def test_a_falling_curve_goes_from_the_top_left_to_the_bottom_right() -> None:
    above, below = draw_curve([1.0, 0.0], 4, 2)
    assert above[0] != chr(BLANK) and below[-1] != chr(BLANK)
    assert above[-1] == below[0] == chr(BLANK)


def test_a_level_curve_is_one_line_in_the_middle() -> None:
    assert draw_curve([2.0, 2.0, 2.0], 3, 1) == ["⠤⠤⠤"]
    assert draw_curve([2.0], 2, 1) == ["⠤⠤"]


def test_no_values_are_blank_lines() -> None:
    assert draw_curve([], 5, 3) == ["", "", ""]


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
    width=st.integers(1, 40),
    height=st.integers(1, 5),
)
def test_any_curve_fills_its_space_and_has_a_dot_in_every_column(
    values: list[float], width: int, height: int
) -> None:
    lines = draw_curve(values, width, height)
    assert [len(line) for line in lines] == [width] * height
    for column in zip(*lines, strict=True):
        bits = [ord(each) - BLANK for each in column]
        assert all(0 <= each < 256 for each in bits)
        assert any(each & 0b01000111 for each in bits) and any(each & 0b10111000 for each in bits)


@pytest.mark.parametrize(
    ("share", "bar"), [(0, ""), (0.5, "██"), (1, "████"), (7, "████"), (-1, ""), (0.28, "█▏")]
)
def test_a_bar_is_as_long_as_its_share(share: float, bar: str) -> None:
    assert draw_bar(share, 4) == bar
