from __future__ import annotations

import time

import pytest

from decoder_search.driver.budget import UNLIMITED, Budget, TrialLimits


def test_a_budget_without_time_ends_with_its_trials() -> None:
    budget = Budget.starting_now(3, None, used=1e9)
    assert budget.allows(2)
    assert not budget.allows(3)
    assert not budget.is_late
    assert not budget.is_over


def test_the_time_that_earlier_starts_took_counts() -> None:
    assert Budget.starting_now(3, 100.0, used=99.0).allows(0)
    late = Budget.starting_now(3, 100.0, used=101.0)
    assert late.is_late
    assert not late.allows(0)


def test_the_grace_is_a_tenth_of_the_time_and_a_minute_at_most() -> None:
    assert Budget.starting_now(3, 100.0, used=0.0).grace == pytest.approx(10.0)
    assert Budget.starting_now(3, 36_000.0, used=0.0).grace == 60.0
    now = time.monotonic()
    assert not Budget(3, now - 1.0, grace=30.0).is_over
    assert Budget(3, now - 31.0, grace=30.0).is_over


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (UNLIMITED, None),
        (TrialLimits(seconds=60.0, memory=2 * 10**9), None),
        (TrialLimits(seconds=30.0), "it took longer than the 30s of --trial-timeout"),
        (TrialLimits(memory=10**8), "its worker held 1.5 GB, more than the 100 MB of --trial-memory"),
    ],
)
def test_what_a_trial_takes_too_much_of_is_named(limits: TrialLimits, reason: str | None) -> None:
    assert limits.broken(seconds=40.0, memory=1_500_000_000) == reason
