from __future__ import annotations

from decoder_search.driver.attempts import MOST_LOSSES, Attempts
from decoder_search.execution.executor import MOST_ATTEMPTS
from decoder_search.execution.messages import Event

DIED = Event("died", 4, {"reason": "killed by SIGKILL"})
LOST = Event("died", 4, {"reason": "its machine is gone", "blameless": True})


def test_a_worker_that_dies_costs_an_attempt_and_the_third_was_the_last() -> None:
    attempts = Attempts()
    assert [attempts.after(DIED, attempt) for attempt in range(1, MOST_ATTEMPTS + 1)] == [1, 2, None]


def test_a_machine_that_is_gone_costs_none_unless_that_happens_to_the_same_task_again_and_again() -> None:
    attempts = Attempts()
    assert [attempts.after(LOST, 3) for _ in range(MOST_LOSSES)] == [2] * MOST_LOSSES
    assert attempts.after(LOST, 1) == 1
    assert attempts.after(LOST, 3) is None
    assert attempts.after(Event("died", 5, LOST.payload), 3) == 2


def test_a_worker_that_dies_on_a_machine_that_lives_is_not_blameless() -> None:
    attempts = Attempts()
    assert attempts.after(Event("died", 0, {"reason": "killed", "blameless": False}), 3) is None
