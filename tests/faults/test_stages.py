"""A worker that is killed in a stage: of the preparation, or of a trial."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

OPTIONS = ("--workers", 1, "--trials", 2)

FITS_OF_A_TRIAL = {"autoencoder": range(1, 20), "classifier": (20,)}
"""What a trial trains for itself alone, which no cache shows: the epoch that it has reported last."""


STAGES_OF_THE_PREPARATION = ("dataset", "baseline", "embedding")


def kill_worker_in(study: Any, driver: Any, stage: str) -> None:
    """Kill the worker while it makes a stage, as its folder shows, or the reports of the trial."""

    def is_made() -> bool:
        assert driver.poll() is None, driver.communicate()
        if stage in FITS_OF_A_TRIAL:
            running, reports = study.running(), study.events("reported")
            newest = {report["number"]: report["step"] for report in reports if report["number"] in running}
            return any(step in FITS_OF_A_TRIAL[stage] for step in newest.values())
        names = os.listdir(study.cache)
        return any(name.startswith(f".{stage}-") and name.endswith(".partial") for name in names)

    study.cache.mkdir(exist_ok=True)
    study.wait_until(is_made)
    *idle, worker = study.workers()  # while one prepares, that of the trials has started before it
    assert len(idle) == (stage in STAGES_OF_THE_PREPARATION)
    os.kill(worker, signal.SIGKILL)
    # The next attempt makes the same stage again: not to be taken for this one.
    study.wait_until(lambda: worker not in study.workers())


def kill_in(study: Any, prepared: list[str], tried: list[list[str]], control: tuple[str, ...] = ()) -> None:
    """Kill a worker in each of these stages of the preparation, then in those of control A and each trial."""
    for stage in prepared:
        driver = study.start(*OPTIONS)
        kill_worker_in(study, driver, stage)
        _, errors = driver.communicate(timeout=60)
        assert driver.returncode == 2
        assert errors.startswith("error: the worker that prepares the study died (killed by SIGKILL); see ")
        assert errors.count("\n") == 1
    driver = study.start(*OPTIONS)
    for stages in (control, *tried):
        for stage in stages:
            kill_worker_in(study, driver, stage)
    output, errors = driver.communicate(timeout=600)
    assert (driver.returncode, errors) == (0, "")
    assert output.count("its worker died (killed by SIGKILL); it is tried again") == sum(
        map(len, (control, *tried))
    )
    attempts = {number: trial["attempts"] for number, trial in study.finished().items()}
    assert attempts == {number: 1 + len(stages) for number, stages in enumerate(tried)}
    assert {trial["state"] for trial in study.finished().values()} == {"completed"}
    study.check_nothing_lost({}, len(tried))


@pytest.mark.slow
def test_a_worker_killed_while_it_trains_the_baseline_or_an_autoencoder(
    keras_study: Any, tmp_path: Path
) -> None:
    keras_study.cache = tmp_path / "cache"
    kill_in(keras_study, ["baseline"], [["autoencoder"], []])


@pytest.mark.soak
def test_a_worker_killed_in_every_stage(keras_study: Any, tmp_path: Path) -> None:
    keras_study.cache = tmp_path / "cache"
    tried = [["clusters", "control_features"], ["autoencoder", "classifier"]]
    kill_in(keras_study, [*STAGES_OF_THE_PREPARATION], tried, control=("control_training",))
