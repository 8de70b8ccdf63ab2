from __future__ import annotations

import pytest

from encodenet_core.durations import duration


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0s"), (59, "59s"), (125, "2m 05s"), (11220, "3h 07m")])
def test_times_are_read_at_a_glance(seconds: float, words: str) -> None:
    assert duration(seconds) == words
