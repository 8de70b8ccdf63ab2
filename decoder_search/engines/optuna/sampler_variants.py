"""Variants of Optuna's samplers that a restart neither shifts nor repeats, and that know the whole space."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, cast

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, NSGAIIISampler, NSGAIISampler, QMCSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from decoder_search.engines.optuna.study import distribution
from decoder_search.space.combinations import combinations
from decoder_search.space.parameters import Scalar
from decoder_search.space.search_space import SearchSpace
from encodenet_core.config import stable_hash


class OrderedNSGAII(NSGAIISampler):
    """NSGA-II whose parents stand in the order of their numbers.

    Optuna's own stand in another order when a generation is first asked for than ever after, so that the
    same draws would pick other parents after a restart.
    """

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        """The parents of this generation."""
        parents = super().get_parent_population(study, generation)
        return sorted(parents, key=lambda trial: trial.number)


class OrderedNSGAIII(NSGAIIISampler):
    """NSGA-III whose parents stand in the order of their numbers and are drawn by study and generation.

    Optuna's own draws them by whichever trial is the first of its generation to ask, which is another one
    after a restart.
    """

    def __init__(self, *, population_size: int, seed: int, study_seed: int) -> None:
        """The sampler of one draw."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            super().__init__(population_size=population_size, seed=seed)
        self._study_seed = study_seed

    def select_parent(self, study: Study, generation: int) -> list[FrozenTrial]:
        """The trials of the generations before from which this one descends."""
        selector = OrderedNSGAIII(
            population_size=cast(int, self.population_size),
            seed=seed_of(self._study_seed, "generation", generation),
            study_seed=self._study_seed,
        )
        return super(OrderedNSGAIII, selector).select_parent(study, generation)

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        """The parents of this generation."""
        parents = super().get_parent_population(study, generation)
        return sorted(parents, key=lambda trial: trial.number)


class WholeSpaceQMC(QMCSampler):
    """A quasi-random sequence over all parameters, those that are inactive in a trial included.

    Optuna's own draws the first trial at random and spans the sequence over the parameters of that one.
    """

    def __init__(self, space: SearchSpace, **arguments: Any) -> None:
        """The sequence through a space."""
        super().__init__(**arguments)
        whole = {parameter.path: distribution(parameter) for parameter in space.parameters}
        self._whole = {path: each for path, each in whole.items() if not each.single()}

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """What the sequence spans."""
        return self._whole


class ShuffledGrid(BaseSampler):
    """Every combination of a space once, in an order drawn by the seed.

    Optuna's own gives its n-th trial the n-th point, whether or not an earlier one had it: after a restart
    or a draw that was taken back it tries points twice. It also stops `optimize`, which nobody runs here.
    """

    def __init__(self, space: SearchSpace, *, seed: int) -> None:
        """A grid from which nothing is taken; the space must fit it as `check_sampler` says."""
        self._points: list[dict[str, Scalar]] = combinations(space) or []
        random.Random(seed).shuffle(self._points)  # noqa: S311 - no secret
        self._distributions = {each.path: distribution(each) for each in space.parameters}
        self._point: Mapping[str, Scalar] = {}

    def advance(self, taken: Iterable[Mapping[str, Scalar]]) -> bool:
        """Go to the first point that is not among those taken; False where none is left."""
        paths = tuple(self._distributions)
        gone = {tuple(params.get(path) for path in paths) for params in taken}
        free = (point for point in self._points if tuple(point[path] for path in paths) not in gone)
        point = next(free, None)
        self._point = {} if point is None else point
        return point is not None

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """All of the space."""
        return self._distributions

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The point to which the grid advanced."""
        return dict(self._point)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """What the point to which the grid advanced holds for one parameter."""
        return self._point[param_name]


def seed_of(*parts: str | int) -> int:
    """A seed that no other parts share, from 0 to 2 ** 32 - 1."""
    return int(stable_hash(list(parts))[:8], 16)
