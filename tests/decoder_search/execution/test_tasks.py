"""Tasks on their way to a worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from decoder_search.execution.tasks import (
    AnyTask,
    ConfirmTask,
    PicturesTask,
    SharedTask,
    TrialTask,
    task_from_json,
    task_to_json,
)
from decoder_search.records.facts import StudyFacts
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.worker.tasks import TASKS

SPACE = SearchSpace(
    name="tiny",
    parameters=(
        IntParameter("decoder.depth", 1, 2),
        ChoiceParameter("decoder.widths", ("mirrored", "halving")),
        FloatParameter("autoencoder.training.learning_rate", 0.1, 1.0),
    ),
    constants={"dataset.source": "digits"},
    final={},
)
PARAMS = {"decoder.depth": 1, "decoder.widths": "halving", "autoencoder.training.learning_rate": 1.0}
FOLDER = Path("results/tiny/trials/7")
FACTS = StudyFacts(baseline_key="baseline-1", spend_macs=10**15, reference_point={"mse": 0.5})


@pytest.mark.parametrize(
    "task",
    [
        SharedTask(kind="prepare", space=SPACE, cache=Path("cache"), expected=FACTS),
        TrialTask(
            space=SPACE,
            cache=Path("cache"),
            identities={"dataset.source=digits": {"size": 3}},
            expected=FACTS,
            params=PARAMS,
            folder=FOLDER,
            rungs=(1, 3),
            resume_from=FOLDER,
        ),
        PicturesTask(space=SPACE, cache=Path("cache"), expected=FACTS, params=PARAMS, folder=FOLDER),
        ConfirmTask(space=SPACE, cache=Path("cache"), params=PARAMS, seed=3),
    ],
)
def test_a_task_comes_out_of_the_pipe_as_it_went_in(task: AnyTask) -> None:
    came = task_from_json(json.loads(json.dumps(task_to_json(task), allow_nan=False)))
    assert came == task
    assert {name: type(value) for name, value in getattr(came, "params", PARAMS).items()} == {
        name: type(value) for name, value in PARAMS.items()
    }


def test_a_worker_has_a_function_for_every_kind_of_task() -> None:
    kinds = {kind for task in get_args(AnyTask) for kind in get_args(get_type_hints(task)["kind"])}
    assert set(TASKS) == kinds
