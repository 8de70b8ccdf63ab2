from __future__ import annotations

from decoder_search.driver.attempts import MOST_LOSSES, Attempts
from decoder_search.execution.executor import MOST_ATTEMPTS
from decoder_search.execution.messages import Event

DIED = Event("died", 4, {"reason": "killed by SIGKILL"})
LOST = Event("died", 4, {"reason": "its machine is gone", "blameless": True})


def test_a_worker_that_dies_costs_an_attempt_and_the_third_was_the_last() -> None:
    attempts = Attempts()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert attempts.begin(4) == attempt
        assert attempts.may_try_again(DIED) == (attempt < MOST_ATTEMPTS)
    assert attempts.begin(5) == 1


def test_attempts_of_an_earlier_driver_count_and_one_that_is_forgiven_does_not() -> None:
    attempts = Attempts({4: 1})
    assert attempts.begin(4) == 2
    attempts.forgive(4)
    assert attempts.begin(4) == 2


def test_a_machine_that_is_gone_costs_none_unless_that_happens_to_the_same_task_again_and_again() -> None:
    attempts = Attempts({4: 2, 5: 2})
    for _ in range(MOST_LOSSES):
        assert attempts.begin(4) == 3
        assert attempts.may_try_again(LOST)
    assert attempts.begin(4) == 3
    assert not attempts.may_try_again(LOST)
    assert attempts.begin(5) == 3
    assert attempts.may_try_again(Event("died", 5, LOST.payload))


def test_a_worker_that_dies_on_a_machine_that_lives_is_not_blameless() -> None:
    attempts = Attempts({0: 2})
    attempts.begin(0)
    assert not attempts.may_try_again(Event("died", 0, {"reason": "killed", "blameless": False}))
