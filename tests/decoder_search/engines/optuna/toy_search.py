"""A small space, made-up outcomes, and engines that search it, for the tests of `engine.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, get_args

import pytest

from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.records.settings import Objective, Sampler, StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord, trial_to_json
from decoder_search.space.metrics import ALWAYS_MEASURED
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.search_space import SearchSpace

RATE = "autoencoder.training.learning_rate"

SPACE = SearchSpace(
    name="toy",
    parameters=(
        IntParameter("decoder.depth", 1, 4),
        IntParameter("decoder.kernel_size", 1, 7, step=2),
        ChoiceParameter("decoder.upsampling", ("nearest", "bilinear", "transposed", "pixel_shuffle")),
        ChoiceParameter("clustering.method", ("kmeans", "hdbscan", "cosine")),
        IntParameter("clustering.n_clusters", 1, 8, when={"clustering.method": ("kmeans", "cosine")}),
        FloatParameter(RATE, 1e-4, 1e-2, log=True),
    ),
    constants={"dataset.source": "digits"},
    final={},
)

FINITE = replace(SPACE, parameters=SPACE.parameters[:3])
"""64 combinations, none of which depends on another key."""

NEEDS_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")

GP_MARKS = (NEEDS_TORCH, pytest.mark.slow)

ALL = [pytest.param(name, marks=GP_MARKS if name == "gp" else ()) for name in get_args(Sampler)]

RANDOM = [each for each in ALL if each.values[0] not in ("grid", "qmc")]

LEARNING = [each for each in RANDOM if each.values[0] != "random"]

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)

Judge = Callable[[Proposal], TrialRecord]


def new_engine(sampler: Sampler, *, seed: int = 0, n_trials: int = 40, **options: Any) -> OptunaEngine:
    space = options.pop("space", FINITE if sampler == "grid" else SPACE)
    settings = StudySettings("toy", space, seed, sampler, "mse", "2024-05-06T07:08:09+00:00", {}, **options)
    return OptunaEngine(settings, n_trials)


def record(proposal: Proposal, state: Any, **metrics: float) -> TrialRecord:
    measured = {**dict.fromkeys(ALWAYS_MEASURED, 0.0), **metrics} if state == "completed" else metrics
    return TrialRecord(
        proposal.number, proposal.params, state, measured, sampler_state=proposal.sampler_state
    )


def completed(proposal: Proposal) -> TrialRecord:
    depth, rate = float(proposal.params["decoder.depth"]), proposal.params.get(RATE, 1e-3)
    clusters = float(proposal.params.get("clustering.n_clusters", 4))
    measured = {"mse": 0.1 / depth + 0.01 * clusters, "retrieval": 0.5, "accuracy": 0.5 + 10 * rate}
    return record(proposal, "completed", **measured)


def every_state(proposal: Proposal) -> TrialRecord:
    if proposal.number % 11 == 5:
        return record(proposal, "failed")
    if proposal.number % 9 in (4, 6):
        return record(proposal, "pruned", mse=0.2, probe_accuracy=0.3, epochs=3.0)
    deep = proposal.params["decoder.depth"] == 4 and proposal.number % 2
    return record(proposal, "infeasible") if deep else completed(proposal)


def asked(engine: OptunaEngine, number: int, attempt: int = 0) -> Proposal:
    proposal = engine.ask(number, attempt)
    assert proposal is not None
    return proposal


def search(
    engine: OptunaEngine, numbers: range, judge: Judge = every_state, attempts: int = 0
) -> list[TrialRecord]:
    records = []
    for number in numbers:
        proposals = [asked(engine, number, attempt) for attempt in range(attempts + 1)]
        records.append(judge(proposals[-1]))
        engine.tell(records[-1])
    return records


def reread(records: list[TrialRecord]) -> list[TrialRecord]:
    """The records as a later driver reads them."""
    return [TrialRecord(**json.loads(json.dumps(trial_to_json(each)))) for each in records]


def search_on(records: list[TrialRecord], sampler: Sampler) -> Proposal | None:
    engine = new_engine(sampler)
    engine.restore(records)
    return engine.ask(len(records))


def replace_metric(trial: TrialRecord, name: str, value: float) -> TrialRecord:
    return replace(trial, metrics={**trial.metrics, name: value})
