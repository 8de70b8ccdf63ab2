"""Keras Tuner's four oracles, each as a study needs it: in memory alone, and drawing by a seed of its own.

What differs from the originals: no files are written, because the study's records hold all that is known; a
draw depends on a seed that is set before it, and not on how many there were before, so that a restart repeats
none; and a space counts as exhausted after a thousand collisions, not after twenty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import keras_tuner
import numpy as np
from keras_tuner.oracles import (
    BayesianOptimizationOracle,
    GridSearchOracle,
    HyperbandOracle,
    RandomSearchOracle,
)
from numpy.typing import NDArray

from decoder_search.records.settings import Tuner

MOST_COLLISIONS = 1000
MOST_FAILURES = 1_000_000
"""In a row; the study decides after how many it ends."""

CANDIDATES = 50
"""Among so many unseen random points a repeated optimum of the Gaussian process is replaced by the best."""

Response = dict[Literal["status", "values"], Any]


class InMemory:
    """What all four have in common.

    Attributes:
        recorded: the values that an earlier driver got from the same question.
        forced: whether they are the answer, because this oracle does not know all that the earlier one knew.
    """

    recorded: Mapping[str, Any] | None = None
    forced = False

    def save(self) -> None:
        """Write nothing."""

    def _save_trial(self, trial: Any) -> None:
        """Write nothing."""

    def seed_draw(self, seed: int, *, again: bool) -> None:
        """Let the next trial depend on this seed; `again` is after one for the same number was taken back."""
        self._seed_state = seed

    def _random_values(self) -> dict[str, Any] | None:
        if self.forced and self.recorded is not None:
            return dict(self.recorded)
        values: dict[str, Any] | None = super()._random_values()  # type: ignore[misc]
        return values


class RandomOracle(InMemory, RandomSearchOracle):
    """Random search; nothing twice."""


class GridOracle(InMemory, GridSearchOracle):
    """Grid search that waits for no trial: none of them can reveal a parameter that was not known before."""

    def populate_space(self, trial_id: str) -> Response:
        """The next point, from which the one after it follows at once."""
        response: Response = super().populate_space(trial_id)
        if response["status"] == "RUNNING":
            self._populate_next.append(trial_id)
        return response


class HalvingOracle(InMemory, HyperbandOracle):
    """Hyperband, one iteration after the other."""

    def still_needed(self) -> list[str]:
        """The trials that may yet be promoted, the best of each round as far as there is room for them.

        A round takes as many as are better than all that it must throw away; those that fail are missing.
        """
        needed = []
        for bracket in self._brackets:
            rounds, room = bracket["rounds"], self._get_size(bracket["bracket_num"], 0)
            for number in range(1, len(rounds)):
                earlier = [self.trials[each["id"]] for each in rounds[number - 1]]
                promoted = {each["past_id"] for each in rounds[number]}
                thrown_away = self._get_size(bracket["bracket_num"], number - 1) - self._get_size(
                    bracket["bracket_num"], number
                )
                room -= thrown_away + sum(trial.status == "FAILED" for trial in earlier)
                room = max(room, len(promoted))
                waiting = [t for t in earlier if t.status == "COMPLETED" and t.trial_id not in promoted]
                waiting.sort(key=lambda trial: trial.score, reverse=self.objective.direction == "max")
                needed += [trial.trial_id for trial in waiting[: room - len(promoted)]]
        return needed


class BayesianOracle(InMemory, BayesianOptimizationOracle):
    """Bayesian optimisation that can be told what it once proposed, which takes seconds to find out anew."""

    def __init__(self, **options: Any) -> None:
        """Random points before the Gaussian process: three for each hyperparameter, as by default."""
        n_initial = max(3 * len(options["hyperparameters"].space), 3)
        super().__init__(num_initial_points=n_initial, **options)
        self._again = False
        self._unfitted: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def seed_draw(self, seed: int, *, again: bool) -> None:
        """Let the next trial depend on this seed."""
        super().seed_draw(seed, again=again)
        self._random_state = np.random.RandomState(seed)
        self._again = again

    def populate_space(self, trial_id: str) -> Response:
        """Random values at first; then `recorded`, if it is set, or where the process promises most."""
        n_completed = sum(trial.status == "COMPLETED" for trial in self.trials.values())
        if n_completed < self.num_initial_points:
            return self._random_populate_space()  # type: ignore[no-any-return]
        if self.ongoing_trials or self._again:
            self._fit_late()  # the last fit guesses how these trials end
        if self.recorded is not None:
            self._unfitted = self._vectorize_trials()
            return {"status": "RUNNING", "values": dict(self.recorded)}
        if self._again:
            return self._best_unseen()
        self._unfitted = None
        return super().populate_space(trial_id)  # type: ignore[no-any-return]

    def _fit_late(self) -> None:
        """Make good for a fit that nobody asked for so far."""
        if self._unfitted is not None:
            self.gpr.fit(*(np.nan_to_num(each, posinf=0, neginf=0) for each in self._unfitted))
            self._unfitted = None

    def _best_unseen(self) -> Response:
        candidates: list[dict[str, Any]] = []
        while len(candidates) < CANDIDATES and (values := self._random_values()) is not None:
            candidates.append(values)
        if not candidates:
            return {"status": "STOPPED", "values": None}
        points = [
            [hp.value_to_prob(values.get(hp.name, hp.default)) for hp in self._nonfixed_space()]
            for values in candidates
        ]
        means, deviations = self.gpr.predict(np.array(points), return_std=True)
        return {"status": "RUNNING", "values": candidates[int(np.argmin(means - self.beta * deviations))]}


ORACLES: dict[Tuner, type[InMemory]] = {
    "random": RandomOracle,
    "bayesian": BayesianOracle,
    "hyperband": HalvingOracle,
    "grid": GridOracle,
}


def new_oracle(
    tuner: Tuner, hyperparameters: Any, *, objective: tuple[str, str], seed: int, max_epochs: int, factor: int
) -> Any:
    """An oracle that has seen nothing, and that never ends for having proposed enough.

    Args:
        tuner: which.
        hyperparameters: the whole search space.
        objective: its name, and `min` or `max`.
        seed: positive, because Keras Tuner takes 0 for none.
        max_epochs: of the longest trials of Hyperband.
        factor: one in so many trials of Hyperband goes on.
    """
    name, direction = objective
    options: dict[str, Any] = {
        "objective": keras_tuner.Objective(name, direction),
        "hyperparameters": hyperparameters,
        "seed": seed,
        "allow_new_entries": False,
        "max_retries_per_trial": 0,
        "max_consecutive_failed_trials": MOST_FAILURES,
    }
    if tuner == "hyperband":
        options |= {"max_epochs": max_epochs, "factor": factor, "hyperband_iterations": None}
    oracle: Any = ORACLES[tuner](**options)
    oracle.max_trials = None
    oracle.verbose = 0
    oracle._max_collisions = MOST_COLLISIONS
    return oracle
