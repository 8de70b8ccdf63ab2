from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from decoder_search.driver.queue import TrialQueue
from decoder_search.engines.engine import Wait
from decoder_search.execution.messages import Event
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import Proposal, TrialRecord

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]

DIED, STOPPED = ({"reason": "killed by SIGKILL"}, {"reason": "after epoch 3"})


class ListedEngine:
    """An engine that proposes what it is given."""

    def __init__(self, *proposals: Proposal | Wait) -> None:
        self._proposals: Iterator[Proposal | Wait] = iter(proposals)
        self.asked: list[int] = []

    def ask(self, number: int, attempt: int = 0) -> Proposal | Wait | None:
        self.asked.append(number)
        return next(self._proposals, None)


def proposal(number: int) -> Proposal:
    return Proposal(number, {"decoder.depth": 1})


@pytest.fixture
def said() -> list[str]:
    return []


def test_trials_that_were_interrupted_come_first_and_keep_the_attempts_that_workers_cost(
    make_study: MakeStudy, make_trial: MakeTrial, said: list[str]
) -> None:
    interrupted = replace(make_trial(1, state="running"), attempts=2)
    engine = ListedEngine(proposal(2))
    queue = TrialQueue(engine, make_study([make_trial(0), interrupted]), said.append)
    assert queue.n_waiting == 1
    assert queue.next() == (interrupted.proposal, 2)
    assert queue.next() == (proposal(2), 1)
    assert engine.asked == [2]


def test_what_is_taken_back_is_tried_again_and_only_a_death_costs_an_attempt(
    make_study: MakeStudy, said: list[str]
) -> None:
    queue = TrialQueue(ListedEngine(proposal(0)), make_study([]), said.append)
    queue.next()
    for kind, payload, attempt in (("stopped", STOPPED, 1), ("died", DIED, 2), ("died", DIED, 3)):
        assert queue.take_back(proposal(0), Event(kind, 0, payload))
        assert queue.next() == (proposal(0), attempt)
    assert not queue.take_back(proposal(0), Event("died", 0, DIED))
    assert not queue.take_back(proposal(0), Event("result", 0, {}))
    assert queue.n_waiting == 0


def test_the_end_of_a_space_is_told_once_and_none_is_asked_for_after_it(
    make_study: MakeStudy, said: list[str]
) -> None:
    engine = ListedEngine(Wait(), proposal(0))
    queue = TrialQueue(engine, make_study([]), said.append)
    assert queue.next() is None and not queue.is_exhausted
    assert queue.next() == (proposal(0), 1)
    assert [queue.next(), queue.next()] == [None, None]
    assert queue.is_exhausted and engine.asked == [0, 0, 1]
    assert said == [f"the space is exhausted: {make_study([]).settings.sampler} has nothing left to propose"]
    assert queue.take_back(proposal(0), Event("stopped", 0, STOPPED))
    assert not queue.is_exhausted
