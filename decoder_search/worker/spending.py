"""The most work that a trial of a search space can do: what control A gets, so that no trial spends more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from decoder_search.space.constraints import broken
from decoder_search.space.parameters import Scalar
from decoder_search.space.search_space import SearchSpace
from encodenet_core.baseline import Baseline
from encodenet_core.costs import decoder_cost, encodenet_macs
from encodenet_core.errors import ConfigError, InfeasibleConfig

DEAREST_PREFIXES = (
    *(f"decoder.{name}" for name in ("depth", "upsampling", "convolution", "widths", "kernel_size")),
    "autoencoder.classification_weight",
    "autoencoder.classification_target",
    "autoencoder.reconstruction_weight",
    "autoencoder.training.recipe",
    "classifier.part",
    "classifier.training.recipe",
    "classifier.unfreeze_after",
    "distillation.teacher",
)
"""The params on which a trial's multiply-accumulates depend in ways that only trying tells."""

DEAREST_ENDS: dict[str, Callable[[Iterable[Any]], Any]] = {
    "autoencoder.training.epochs": max,
    "classifier.training.epochs": max,
    "autoencoder.training.batch_size": min,
}
"""The others: more epochs cost more, and the smallest batch leaves the most room for a dear decoder."""

MOST_COMBINATIONS = 20_000


def dearest_macs(space: SearchSpace, baseline: Baseline, n_train: int) -> int:
    """The most multiply-accumulates that a trial of this space can spend after the baseline is trained.

    Decoders above the space's own limit do not count, and a limit of `macs` is the most.

    Args:
        space: whose trials are meant.
        baseline: gives the encoder.
        n_train: images an epoch.

    Raises:
        ConfigError: no decoder of the space fits the limits.
    """
    most, reason = 0, "the space is empty"
    ends = {
        parameter.path: DEAREST_ENDS[parameter.path](parameter.examples())
        for parameter in space.parameters
        if parameter.path in DEAREST_ENDS
    }
    for params in space.grid(DEAREST_PREFIXES, MOST_COMBINATIONS):
        try:
            most = max(most, _macs(space, {**params, **ends}, baseline, n_train))
        except InfeasibleConfig as error:
            reason = str(error)
    if not most:
        raise ConfigError(f"no decoder of space {space.name!r} can run: {reason}")
    limits = [
        each.maximum for each in space.constraints if each.metric == "macs" and each.maximum is not None
    ]
    return min([most, *map(int, limits)])


def _macs(space: SearchSpace, params: Mapping[str, Scalar], baseline: Baseline, n_train: int) -> int:
    """What a config spends; InfeasibleConfig where its decoder is too large for it or for the space."""
    config = space.to_config(params)
    parameters = decoder_cost(config, baseline).parameters
    reasons = broken(space.constraints, {"decoder_parameters": parameters})
    if reasons:
        raise InfeasibleConfig("; ".join(reasons))
    return encodenet_macs(config, baseline, n_train)
