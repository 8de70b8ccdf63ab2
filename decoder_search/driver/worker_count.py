"""How many workers are the fastest on this machine: tried out, not guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from decoder_search.driver.preparation import shared_task
from decoder_search.execution.executor import Executor
from decoder_search.execution.once import run_once
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import PREPARATION
from decoder_search.views.terminal.live import LiveView

CLEARLY = 1.05
"""More workers take more memory: they are worth it only where they are so many times as fast."""


def fastest_number_of_workers(
    start: Callable[[int], Executor],
    n_cores: int,
    study: StudyRecord,
    cache: Path,
    view: LiveView,
    interrupted: Callable[[], bool],
) -> int | None:
    """Of 1, 2, 4, ... and as many as there are cores, those that take the most training steps a second.

    Args:
        start: gives an executor of so many workers, which share out the cores.
        n_cores: that the study may use.
        study: prepared; a decoder in the middle of its space is trained for some seconds.
        cache: folder of the stage cache.
        view: is told what was measured.
        interrupted: says whether to give up, which gives None.
    """
    view.trial_started(PREPARATION, {})
    task, best, best_speed = shared_task("speed", study, cache), 1, 0.0
    for n_workers in candidates(n_cores):
        with start(n_workers) as executor:
            ends = run_once(executor, dict.fromkeys(range(n_workers), task), interrupted)
        if interrupted():
            return None
        # All train at the same time; one that cannot counts nothing.
        speed = sum(end.payload.get("steps_a_second", 0.0) for end in ends.values())
        view.say(f"{n_workers} workers: {speed:.1f} training steps a second")
        if speed > best_speed * (CLEARLY if best_speed else 1.0):
            best, best_speed = n_workers, speed
    view.trial_left(PREPARATION)
    return best


def candidates(n_cores: int) -> list[int]:
    """Powers of two below the number of cores, and that number."""
    return [2**power for power in range(n_cores.bit_length()) if 2**power < n_cores] + [n_cores]
