"""A small space, made-up outcomes, and how an engine searches it, for the tests of `engine.py`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, get_args

from decoder_search.engines.engine import Wait
from decoder_search.engines.keras_tuner.engine import KerasTunerEngine
from decoder_search.records.settings import StudySettings, Tuner
from decoder_search.records.trial_record import Proposal, TrialRecord, trial_to_json
from decoder_search.space.metrics import ALWAYS_MEASURED
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.search_space import SearchSpace

SPACE = SearchSpace(
    "toy",
    (
        ChoiceParameter("clustering.method", ("kmeans", "hdbscan")),
        IntParameter("clustering.n_clusters", 1, 4, when={"clustering.method": ("kmeans",)}),
        FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2, log=True),
    ),
    {"dataset.source": "digits", "autoencoder.training.epochs": 9},
    {},
)

FINITE = replace(SPACE, parameters=SPACE.parameters[:2])
"""Five points."""

TUNERS: tuple[Tuner, ...] = get_args(Tuner)

NewEngine = Callable[..., KerasTunerEngine]


def settings_of(tuner: str, space: SearchSpace = SPACE, **options: Any) -> StudySettings:
    known: dict[str, Any] = {"engine": "keras-tuner", "objective": "accuracy", **options}
    return StudySettings("toy", space, 0, tuner, "mse", "2024-05-06T07:08:09+00:00", {}, **known)


def ended(proposal: Proposal, state: Any = "completed") -> TrialRecord:
    rate = float(proposal.params.get("autoencoder.training.learning_rate", 0.0))
    accuracy = 0.5 + 10 * rate + 0.01 * int(proposal.params.get("clustering.n_clusters", 0))
    metrics = {**dict.fromkeys(ALWAYS_MEASURED, 0.0), "accuracy": accuracy} if state == "completed" else {}
    return TrialRecord(
        proposal.number,
        proposal.params,
        state,
        metrics,
        sampler_state=proposal.sampler_state,
        epochs=proposal.epochs,
        resume_from=proposal.resume_from,
    )


def asked(engine: KerasTunerEngine, number: int, attempt: int = 0) -> Proposal:
    answer = engine.ask(number, attempt)
    assert isinstance(answer, Proposal)
    return answer


def search(engine: KerasTunerEngine, numbers: Sequence[int], state: Any = "completed") -> list[TrialRecord]:
    records = []
    for number in numbers:
        records.append(ended(asked(engine, number), state))
        engine.tell(records[-1])
    return records


def reread(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The records as a later driver reads them."""
    return [TrialRecord(**json.loads(json.dumps(trial_to_json(each)))) for each in records]


def ask_for_all(engine: KerasTunerEngine) -> list[Proposal]:
    """Every point of `FINITE`, while none of them has ended."""
    running = []
    while isinstance(answer := engine.ask(len(running)), Proposal):
        running.append(answer)
    assert len(running) == 5
    assert answer == Wait()
    return running
