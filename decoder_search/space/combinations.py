"""What a search space allows: all of it where that can be counted, and any of it at random."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

from decoder_search.space.parameters import FloatParameter, IntParameter, Parameter, Scalar
from decoder_search.space.search_space import SearchSpace

MOST_COMBINATIONS = 100_000
"""A larger space is searched as if it had no end."""


def all_values(parameter: Parameter) -> Sequence[Scalar] | None:
    """Every value that a parameter takes, in order; None for a range of real numbers."""
    if isinstance(parameter, FloatParameter):
        return (parameter.low,) if parameter.low == parameter.high else None
    if isinstance(parameter, IntParameter):
        return range(parameter.low, parameter.high + 1, parameter.step)
    return parameter.choices


def combinations(space: SearchSpace, limit: int = MOST_COMBINATIONS) -> list[dict[str, Scalar]] | None:
    """All params that a trial can have, each once; None where there are more than `limit`."""
    values = {parameter.path: all_values(parameter) for parameter in space.parameters}
    countable = {path: listed for path, listed in values.items() if listed is not None}
    if len(countable) < len(values):
        return None
    every = space.combine(space.parameters, lambda parameter: countable[parameter.path])
    found = list(itertools.islice(every, limit + 1))
    return found if len(found) <= limit else None


def random_params(space: SearchSpace, generator: random.Random) -> dict[str, Scalar]:
    """Params of a trial: every active parameter drawn evenly, on a logarithmic scale where it has one."""
    params: dict[str, Scalar] = {}
    for parameter in space.parameters:
        if space.is_active(parameter, params):
            params[parameter.path] = _random_value(parameter, generator)
    return params


def _random_value(parameter: Parameter, generator: random.Random) -> Scalar:
    if isinstance(parameter, FloatParameter):
        return _between(parameter.low, parameter.high, parameter.log, generator)
    if isinstance(parameter, IntParameter) and parameter.log:
        # Half a step beyond both ends, so that the ends are as likely as their neighbours.
        drawn = round(_between(parameter.low - 0.5, parameter.high + 0.5, True, generator))
        return min(max(drawn, parameter.low), parameter.high)
    if isinstance(parameter, IntParameter):
        return generator.randrange(parameter.low, parameter.high + 1, parameter.step)
    return generator.choice(parameter.choices)


def _between(low: float, high: float, log: bool, generator: random.Random) -> float:
    if not log:
        return generator.uniform(low, high)
    drawn = math.exp(generator.uniform(math.log(low), math.log(high)))
    return min(max(drawn, low), high)
