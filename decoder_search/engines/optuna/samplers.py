"""The samplers of Optuna by name, each with the arguments that this package gives it.

Random, TPE, NSGA and GP get a seed of their own for every draw. Grid and QMC walk one sequence through the
space, so that the study's seed alone makes them: another would begin another sequence and lose points.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

import optuna
from optuna.samplers import BaseSampler, GPSampler, RandomSampler, TPESampler

from decoder_search.engines.optuna.sampler_variants import (
    OrderedNSGAII,
    OrderedNSGAIII,
    ShuffledGrid,
    WholeSpaceQMC,
)
from decoder_search.records.settings import Sampler
from decoder_search.space.combinations import MOST_COMBINATIONS, all_values, combinations
from decoder_search.space.search_space import SearchSpace
from encodenet_core.errors import ConfigError


class Seeds(NamedTuple):
    """What a sampler draws by: one number for the whole study, one for this draw."""

    study: int
    draw: int


class SamplerKind(NamedTuple):
    """How a sampler is made.

    Attributes:
        make: from its arguments, the space and the seeds.
        arguments: all but space and seed, for a study of so many trials; plain JSON values.
        one_a_study: whether one serves all draws.
    """

    make: Callable[[Mapping[str, Any], SearchSpace, Seeds], BaseSampler]
    arguments: Callable[[int], dict[str, Any]] = lambda n_trials: {}
    one_a_study: bool = False


_QMC = {"qmc_type": "sobol", "scramble": True, "warn_independent_sampling": False}


def _start_up(n_trials: int) -> int:
    return min(10, max(4, n_trials // 4))


def _tpe_arguments(n_trials: int) -> dict[str, Any]:
    options = {"multivariate": True, "group": True, "constant_liar": True}
    return {**options, "n_startup_trials": _start_up(n_trials)}


def _nsga_arguments(n_trials: int) -> dict[str, Any]:
    return {"population_size": max(8, n_trials // 8)}


def _gp_arguments(n_trials: int) -> dict[str, Any]:
    return {"n_startup_trials": _start_up(n_trials), "warn_independent_sampling": False}


def _by_draw(sampler: Callable[..., BaseSampler]) -> Callable[..., BaseSampler]:
    return lambda arguments, space, seeds: sampler(**arguments, seed=seeds.draw)


def _by_study(sampler: Callable[..., BaseSampler]) -> Callable[..., BaseSampler]:
    return lambda arguments, space, seeds: sampler(space, **arguments, seed=seeds.study)


def _nsga3(arguments: Mapping[str, Any], space: SearchSpace, seeds: Seeds) -> BaseSampler:
    return OrderedNSGAIII(**arguments, seed=seeds.draw, study_seed=seeds.study)


SAMPLERS: dict[Sampler, SamplerKind] = {
    "tpe": SamplerKind(_by_draw(TPESampler), _tpe_arguments),
    "random": SamplerKind(_by_draw(RandomSampler)),
    "nsga2": SamplerKind(_by_draw(OrderedNSGAII), _nsga_arguments),
    "nsga3": SamplerKind(_nsga3, _nsga_arguments),
    "gp": SamplerKind(_by_draw(GPSampler), _gp_arguments),
    "grid": SamplerKind(_by_study(ShuffledGrid), one_a_study=True),
    "qmc": SamplerKind(_by_study(WholeSpaceQMC), lambda n_trials: _QMC, one_a_study=True),
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
