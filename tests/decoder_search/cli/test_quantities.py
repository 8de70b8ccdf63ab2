from __future__ import annotations

import pytest

from decoder_search.cli.quantities import in_bytes, in_seconds
from encodenet_core import ConfigError


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5m", 90), (" 2 h ", 7200)])
def test_times_have_a_unit(text: str, seconds: float) -> None:
    assert in_seconds("--time-budget", text) == seconds


@pytest.mark.parametrize(("text", "n_bytes"), [("800MB", 800_000_000), ("1.5 GB", 1_500_000_000)])
def test_amounts_of_memory_have_a_unit(text: str, n_bytes: int) -> None:
    assert in_bytes("--trial-memory", text) == n_bytes


@pytest.mark.parametrize("text", ["", "5", "0s", "-1s", "1d", "1e3s", "ten minutes"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="^--time-budget is .* expected is a time such as 90s, 30m or 2h$"):
        in_seconds("--time-budget", text)


@pytest.mark.parametrize("text", ["", "5", "0GB", "4gb", "4GiB"])
def test_what_is_no_amount_of_memory_is_refused(text: str) -> None:
    with pytest.raises(
        ConfigError, match="^--trial-memory is .* expected is an amount such as 800MB or 4GB$"
    ):
        in_bytes("--trial-memory", text)
