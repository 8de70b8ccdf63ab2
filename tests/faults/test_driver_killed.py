"""A driver that is killed at any moment loses nothing, repeats nothing and leaves no process behind."""

from __future__ import annotations

import contextlib
import subprocess
from typing import Any

import numpy as np
import pytest


def kill_at_random(
    study: Any, rng: np.random.Generator, n_kills: int, options: tuple[object, ...], longest: float
) -> None:
    """Start a driver and kill it, again and again: while it starts, or some time after a trial's report."""
    for _ in range(n_kills):
        before, reports = study.finished(), len(study.events("reported"))
        in_a_trial, seconds = rng.random() < 0.7, rng.uniform(0, longest)
        driver = study.start(*options)
        if in_a_trial:
            study.wait_until(lambda reports=reports: len(study.events("reported")) > reports)
        with contextlib.suppress(subprocess.TimeoutExpired):
            driver.wait(timeout=seconds)
        assert driver.poll() is None, driver.communicate()
        driver.kill()
        driver.wait()
        study.wait_for_no_process()
        after = study.finished()
        assert {number: after.get(number) for number in before} == before


def kill_and_resume(study: Any, n_kills: int, seed: int, longest: float) -> None:
    options = ("--workers", 1, "--trials")
    kill_at_random(study, np.random.default_rng(seed), n_kills, (*options, 1000), longest)
    before = study.finished()
    begun = {event["trial"]["number"] for event in study.events("started")}
    n_trials = len(begun) + 1
    code, _, errors = study.run(*options, n_trials)
    assert (code, errors) == (0, "")
    study.check_nothing_lost(before, n_trials)


@pytest.mark.slow
def test_three_kills_at_random_moments_cost_nothing(keras_study: Any) -> None:
    kill_and_resume(keras_study, n_kills=3, seed=0, longest=5.0)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_fifty_kills_at_random_moments_cost_nothing(keras_study: Any) -> None:
    kill_and_resume(keras_study, n_kills=50, seed=1, longest=12.0)


@pytest.mark.slow
def test_twenty_kills_of_a_driver_of_short_trials_cost_nothing(toy_study: Any) -> None:
    options = (0, 0, 1)
    kill_at_random(toy_study, np.random.default_rng(2), 20, (1000, *options), longest=1.0)
    before = toy_study.finished()
    n_trials = len({event["trial"]["number"] for event in toy_study.events("started")}) + 1
    assert len(before) > 5
    code, _, errors = toy_study.run(n_trials, *options)
    assert (code, errors) == (0, "")
    toy_study.check_nothing_lost(before, n_trials)
