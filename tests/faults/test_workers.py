"""Workers that hang, or take all the memory there is; what is killed in which stage is in test_stages.py."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ENDS, SLEEPS, HANGS, LACKS_ADDRESSES, GROWS, _, LACKS_MEMORY = range(1, 8)
"""Kinds of trials."""

CGROUPS = Path("/sys/fs/cgroup/memory")

DRAINED = 30
"""Seconds in which a driver that was asked to end has ended."""


def states(study: Any) -> dict[int, tuple[str, str]]:
    return {number: (trial["state"], trial["reason"]) for number, trial in study.finished().items()}


def n_of_kind(study: Any, kind: int) -> int:
    return sum(trial["params"]["decoder.depth"] == kind for trial in study.finished().values())


def wait_until_both_hang(study: Any) -> None:
    study.wait_until(lambda: sum(event["step"] == 3 for event in study.events("reported")) == 2)
    time.sleep(0.5)


@pytest.fixture
def control_group() -> Iterator[Path]:
    """A control group of 150 MB, in which the kernel kills who takes more."""
    group = CGROUPS / f"faults-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text("150000000")
    except OSError as error:
        pytest.skip(f"not tried: no control group can be made here ({error})")
    yield group
    for _ in range(50):
        try:
            group.rmdir()
            break
        except OSError:
            time.sleep(0.1)


@pytest.mark.slow
def test_a_trial_that_hangs_ends_with_its_timeout_and_the_study_goes_on(toy_study: Any) -> None:
    code, _, errors = toy_study.run(6, 2, 0, ENDS, SLEEPS, HANGS)
    assert (code, errors) == (0, "")
    hung = {reason for state, reason in states(toy_study).values() if state == "infeasible"}
    assert hung == {"it took longer than the 2s of --trial-timeout"}
    assert n_of_kind(toy_study, SLEEPS) and n_of_kind(toy_study, HANGS) and n_of_kind(toy_study, ENDS)
    before = toy_study.finished()
    assert toy_study.run(7, 2, 0, ENDS, SLEEPS, HANGS)[0] == 0
    toy_study.check_nothing_lost(before, 7)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [SLEEPS, HANGS])
@pytest.mark.parametrize("whom", ["driver", "group"])
def test_without_a_timeout_a_hung_trial_is_waited_for_until_sigterm_drains_the_study(
    toy_study: Any, kind: int, whom: str
) -> None:
    driver = toy_study.start(2, 0, 0, kind)
    wait_until_both_hang(toy_study)
    started = time.monotonic()
    (os.kill if whom == "driver" else os.killpg)(driver.pid, signal.SIGTERM)
    _, errors = driver.communicate(timeout=DRAINED + 60)
    assert time.monotonic() - started < DRAINED
    assert (driver.returncode, errors) == (130, "")
    assert states(toy_study) == {}
    toy_study.check_nothing_left()
    started_events = [event["trial"]["attempts"] for event in toy_study.events("started")]
    assert started_events == [1, 1]
    check_that_it_goes_on(toy_study, kind)


def check_that_it_goes_on(toy_study: Any, kind: int) -> None:
    """With a limit on their time, the trials that hung end without another attempt."""
    code, _, errors = toy_study.run(2, 1, 0, kind)
    assert (code, errors) == (0, "")
    toy_study.check_nothing_lost({}, 2)
    assert {(trial["state"], trial["attempts"]) for trial in toy_study.finished().values()} == {
        ("infeasible", 1)
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", [SLEEPS, HANGS])
def test_a_killed_driver_leaves_no_worker_even_one_that_hangs_in_native_code(
    toy_study: Any, kind: int
) -> None:
    driver = toy_study.start(2, 0, 0, kind)
    wait_until_both_hang(toy_study)
    assert len(toy_study.workers()) == 2
    driver.kill()
    driver.wait()
    toy_study.wait_for_no_process(10)
    check_that_it_goes_on(toy_study, kind)


@pytest.mark.slow
def test_a_worker_that_runs_out_of_addresses_costs_its_own_trial_alone(toy_study: Any) -> None:
    code, _, errors = toy_study.run(6, 0, 0, ENDS, LACKS_ADDRESSES)
    assert (code, errors) == (0, "")
    assert {reason for state, reason in states(toy_study).values() if state == "failed"} == {"MemoryError:"}
    assert n_of_kind(toy_study, LACKS_ADDRESSES) and n_of_kind(toy_study, ENDS)
    before = toy_study.finished()
    assert toy_study.run(7, 0, 0, ENDS, LACKS_ADDRESSES)[0] == 0
    toy_study.check_nothing_lost(before, 7)


@pytest.mark.slow
def test_a_worker_that_the_kernel_kills_for_its_memory_is_tried_three_times(
    toy_study: Any, control_group: Path
) -> None:
    toy_study.environment["FAULT_CGROUP"] = str(control_group)
    code, _, errors = toy_study.run(4, 0, 0, ENDS, LACKS_MEMORY)
    assert (code, errors) == (0, "")
    failed = [trial for trial in toy_study.finished().values() if trial["state"] == "failed"]
    assert {(trial["reason"], trial["attempts"]) for trial in failed} == {("killed by SIGKILL", 3)}
    before = toy_study.finished()
    assert toy_study.run(5, 0, 0, ENDS, LACKS_MEMORY)[0] == 0
    toy_study.check_nothing_lost(before, 5)


@pytest.mark.slow
def test_a_worker_over_the_memory_of_a_trial_is_ended_and_the_study_goes_on(toy_study: Any) -> None:
    code, _, errors = toy_study.run(4, 0, 300_000_000, ENDS, GROWS)
    assert (code, errors) == (0, "")
    over = {reason for state, reason in states(toy_study).values() if state == "infeasible"}
    assert over and all("more than the 300 MB of --trial-memory" in reason for reason in over)
    before = toy_study.finished()
    assert toy_study.run(5, 0, 300_000_000, ENDS, GROWS)[0] == 0
    toy_study.check_nothing_lost(before, 5)


@pytest.mark.slow
def test_a_second_driver_is_refused_in_one_line_and_the_first_is_unharmed(toy_study: Any) -> None:
    n_trials = 300  # of a tenth of a second: longer than three other drivers take to start
    first = toy_study.start(n_trials, 0, 0, ENDS)
    toy_study.wait_until(lambda: toy_study.finished())
    for _ in range(3):
        code, _, errors = toy_study.run(n_trials, 0, 0, ENDS)
        assert code == 2
        assert errors.startswith(f"error: study 'toy' is held by process {first.pid} on host ")
        assert errors.count("\n") == 1
    before = toy_study.finished()
    output, errors = first.communicate(timeout=300)
    assert (first.returncode, errors) == (0, "")
    toy_study.check_nothing_lost(before, n_trials)
    evaluated = (toy_study.place / "evaluated").read_text().split()
    assert sorted(map(int, evaluated)) == list(range(n_trials))
