"""The samplers of Optuna by name, each with the arguments that this package gives it.

Random, TPE, NSGA and GP get a seed of their own for every draw. Grid and QMC walk one sequence through the
space, so that the study's seed alone makes them: another would begin another sequence and lose points.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple, cast

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import (
    BaseSampler,
    GPSampler,
    NSGAIIISampler,
    NSGAIISampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.study import Study
from optuna.trial import FrozenTrial

from decoder_search.records.settings import Sampler
from decoder_search.space.combinations import MOST_COMBINATIONS, all_values, combinations
from decoder_search.space.parameters import ChoiceParameter, IntParameter, Parameter, Scalar
from decoder_search.space.search_space import SearchSpace
from encodenet_core.config import stable_hash
from encodenet_core.errors import ConfigError


class Seeds(NamedTuple):
    """What a sampler draws by: one number for the whole study, one for this draw."""

    study: int
    draw: int


def distribution(parameter: Parameter) -> BaseDistribution:
    """A parameter as Optuna describes it."""
    if isinstance(parameter, ChoiceParameter):
        return CategoricalDistribution(parameter.choices)
    if isinstance(parameter, IntParameter):
        return IntDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step)
    return FloatDistribution(parameter.low, parameter.high, log=parameter.log)


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


class SamplerKind(NamedTuple):
    """How a sampler is made.

    Attributes:
        make: from its arguments, the space and the seeds.
        arguments: all but space and seed, for a study of so many trials; plain JSON values.
        one_a_study: whether one serves all draws.
    """

    make: Callable[[Mapping[str, Any], SearchSpace, Seeds], BaseSampler]
    arguments: Callable[[int], dict[str, Any]]
    one_a_study: bool = False


def _start_up(n_trials: int) -> int:
    return min(10, max(4, n_trials // 4))


def _tpe_arguments(n_trials: int) -> dict[str, Any]:
    options = {"multivariate": True, "group": True, "constant_liar": True}
    return {**options, "n_startup_trials": _start_up(n_trials)}


def _nsga_arguments(n_trials: int) -> dict[str, Any]:
    return {"population_size": max(8, n_trials // 8)}


def _gp_arguments(n_trials: int) -> dict[str, Any]:
    return {"n_startup_trials": _start_up(n_trials), "warn_independent_sampling": False}


def _qmc_arguments(n_trials: int) -> dict[str, Any]:
    return {"qmc_type": "sobol", "scramble": True, "warn_independent_sampling": False}


def _no_arguments(n_trials: int) -> dict[str, Any]:
    return {}


def _by_draw(sampler: Callable[..., BaseSampler]) -> Callable[..., BaseSampler]:
    return lambda arguments, space, seeds: sampler(**arguments, seed=seeds.draw)


def _by_study(sampler: Callable[..., BaseSampler]) -> Callable[..., BaseSampler]:
    return lambda arguments, space, seeds: sampler(space, **arguments, seed=seeds.study)


def _nsga3(arguments: Mapping[str, Any], space: SearchSpace, seeds: Seeds) -> BaseSampler:
    return OrderedNSGAIII(**arguments, seed=seeds.draw, study_seed=seeds.study)


SAMPLERS: dict[Sampler, SamplerKind] = {
    "tpe": SamplerKind(_by_draw(TPESampler), _tpe_arguments),
    "random": SamplerKind(_by_draw(RandomSampler), _no_arguments),
    "nsga2": SamplerKind(_by_draw(OrderedNSGAII), _nsga_arguments),
    "nsga3": SamplerKind(_nsga3, _nsga_arguments),
    "gp": SamplerKind(_by_draw(GPSampler), _gp_arguments),
    "grid": SamplerKind(_by_study(ShuffledGrid), _no_arguments, one_a_study=True),
    "qmc": SamplerKind(_by_study(WholeSpaceQMC), _qmc_arguments, one_a_study=True),
}

GENERATIONS: dict[Sampler, str] = {
    "nsga2": f"{OrderedNSGAII.__name__}:generation",
    "nsga3": f"{OrderedNSGAIII.__name__}:generation",
}
"""Where these note the generation of a trial; without it they do not learn from one."""


def new_sampler(name: Sampler, space: SearchSpace, n_trials: int, seeds: Seeds) -> BaseSampler:
    """The sampler of this name; it must fit the space as `check_sampler` says."""
    kind = SAMPLERS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return kind.make(kind.arguments(n_trials), space, seeds)


def describe_sampler(name: Sampler, n_trials: int) -> dict[str, Any]:
    """Name, arguments and seed of a sampler, as a study records them: plain JSON values."""
    kind = SAMPLERS[name]
    seed = "of the study" if kind.one_a_study else "of study, trial and attempt"
    return {"name": name, "arguments": kind.arguments(n_trials), "seed": seed}


def check_sampler(name: Sampler, space: SearchSpace) -> None:
    """Raise a ConfigError where a sampler does not fit the space, or wants a package that is missing."""
    if name == "gp" and find_spec("torch") is None:
        raise ConfigError("sampler gp needs PyTorch, which is missing; pip install 'decoder-search[gp]'")
    if name != "grid":
        return
    for parameter in space.parameters:
        if all_values(parameter) is None or parameter.when:
            kind = "depends on another key" if parameter.when else "is a range of real numbers"
            raise ConfigError(
                f"sampler grid wants whole numbers and choices without when, but {parameter.path} {kind}; "
                "list its values as a choice, make it constant, or take --sampler qmc"
            )
    if combinations(space) is None:
        raise ConfigError(
            f"sampler grid lists up to {MOST_COMBINATIONS:,} combinations, but {space.name!r} has more; "
            "narrow a range, or take --sampler qmc"
        )


def seed_of(*parts: str | int) -> int:
    """A seed that no other parts share, from 0 to 2 ** 32 - 1."""
    return int(stable_hash(list(parts))[:8], 16)
