"""A Keras Tuner oracle that is asked and told by the numbers of a study's trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

import keras_tuner
from keras_tuner.engine.trial import Trial

from decoder_search.engines.keras_tuner.hyperparameters import describe_hyperparameters, to_params, to_values
from decoder_search.engines.keras_tuner.oracles import BayesianOracle, GridOracle, HalvingOracle, new_oracle
from decoder_search.records.settings import Tuner
from decoder_search.space.parameters import Scalar
from decoder_search.space.search_space import SearchSpace
from encodenet_core.config import stable_hash

ONGOING = "tuner/"
"""How the names of the values begin in which Hyperband notes what a trial goes on from, and how far."""


class Answered(TypedDict, total=False):
    """What the oracle says when it is asked; the rest is there where it proposes something."""

    status: Literal["proposed", "wait", "end"]
    params: dict[str, Scalar]
    epochs: int | None
    resume_from: int | None


class StudyOracle:
    """One oracle and the trials that it proposed or was told of."""

    def __init__(
        self,
        space: SearchSpace,
        *,
        tuner: Tuner,
        objective: Sequence[str],
        seed: int,
        max_epochs: int,
        factor: int,
    ) -> None:
        """An oracle that has seen nothing; see `new_oracle`, but that any whole number will do as a seed."""
        hyperparameters = keras_tuner.HyperParameters()
        definition = {"space": describe_hyperparameters(space), "values": {}}
        hyperparameters.merge(keras_tuner.HyperParameters.from_config(definition).space)
        self._space = space
        self._seed = seed
        self._oracle = new_oracle(
            tuner,
            hyperparameters,
            objective=(objective[0], objective[1]),
            seed=_seed_of(seed, -1, 0),
            max_epochs=max_epochs,
            factor=factor,
        )
        self._trials: dict[int, Any] = {}
        self._numbers: dict[str, int] = {}

    def ask(self, number: int, attempt: int = 0) -> Answered:
        """A new trial of this number, which runs until it is told; an earlier one of it is taken back."""
        self._take_back(number)
        self._oracle.seed_draw(_seed_of(self._seed, number, attempt), again=attempt > 0)
        trial = self._oracle.create_trial(str(number))
        if trial.status != "RUNNING":
            return {"status": "wait" if trial.status == "IDLE" else "end"}
        self._remember(number, trial)
        values = trial.hyperparameters.values
        source = values.get(f"{ONGOING}trial_id")
        return {
            "status": "proposed",
            "params": to_params(self._space, values),
            "epochs": values.get(f"{ONGOING}epochs"),
            "resume_from": None if source is None else self._numbers[source],
        }

    def ask_again(self, number: int, attempt: int, params: Mapping[str, Scalar], *, forced: bool) -> Answered:
        """Repeat a question that an earlier driver asked, after all of its attempts.

        A Bayesian oracle takes the recorded params as its answer, once it is past its random start: to find
        them again takes seconds, and rounding that differs between machines can lead it elsewhere.

        Args:
            number: of the trial.
            attempt: the last of the earlier driver.
            params: that were tried in the end.
            forced: take them for what is drawn at random too.
        """
        self._oracle.recorded, self._oracle.forced = to_values(self._space, params), forced
        try:
            for earlier in range(0 if isinstance(self._oracle, BayesianOracle) else attempt):
                self.ask(number, earlier)
            return self.ask(number, attempt)
        finally:
            self._oracle.recorded, self._oracle.forced = None, False

    def tell(self, number: int, params: Mapping[str, Scalar], value: float | None) -> None:
        """How a trial ended, and the params that it had; the value is None where it did not complete.

        A trial that was never asked for teaches the oracle too, but for a grid, which does not learn.
        """
        if number not in self._trials:
            if isinstance(self._oracle, GridOracle):
                return
            self._add(number)
        trial = self._trials[number]
        if not isinstance(self._oracle, GridOracle):  # which finds its next point from what it proposed
            notes = {name: each for name, each in trial.hyperparameters.values.items() if ONGOING in name}
            trial.hyperparameters.values = {**to_values(self._space, params), **notes}
        self._end(trial, value)

    def still_needed(self) -> list[int]:
        """The trials, running ones included, whose checkpoint a later proposal may go on from."""
        if not isinstance(self._oracle, HalvingOracle):
            return []
        running = self._oracle.ongoing_trials.values()
        sources = [trial.hyperparameters.values.get(f"{ONGOING}trial_id") for trial in running]
        needed = {*self._oracle.still_needed(), *(trial.trial_id for trial in running), *sources}
        return sorted(self._numbers[name] for name in needed if name is not None)

    def _take_back(self, number: int) -> None:
        trial = self._trials.pop(number, None)
        if trial is not None:
            self._end(trial, None)

    def _add(self, number: int) -> None:
        trial = Trial(self._oracle.get_space(), f"told-{number}")
        self._oracle.trials[trial.trial_id] = trial
        self._remember(number, trial)

    def _remember(self, number: int, trial: Any) -> None:
        self._trials[number] = trial
        self._numbers[trial.trial_id] = number

    def _end(self, trial: Any, value: float | None) -> None:
        """End a trial; what was tried stays so, even where others than the proposed params were tried."""
        tried = set(self._oracle._tried_so_far)
        trial.status = "FAILED" if value is None else "COMPLETED"
        if value is not None:
            self._oracle.update_trial(trial.trial_id, {self._oracle.objective.name: value})
        self._oracle.end_trial(trial)
        self._oracle._tried_so_far |= tried


def _seed_of(seed: int, number: int, attempt: int) -> int:
    """Positive, below 2 ** 32, and far from those of other numbers, which Keras Tuner counts up from."""
    return 1 + int(stable_hash([seed, number, attempt])[:7], 16)
