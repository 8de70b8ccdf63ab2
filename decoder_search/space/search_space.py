"""A search space: what of a config is searched, what is constant, and what the real training changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from reprlib import repr as shortened
from typing import Any

from decoder_search.space.constraints import Constraint
from decoder_search.space.parameters import Parameter, Scalar
from encodenet_core.config import EncodeNetConfig, stable_hash
from encodenet_core.config_values import build_config, flatten
from encodenet_core.errors import ConfigError
from encodenet_core.io.types import Printable, as_plain, read_as

NO_PARAMS: Mapping[str, Scalar] = {}


@dataclass(frozen=True)
class SearchSpace:
    """What a study varies and what it holds still.

    `parameters` are in an order in which each follows those that its `when` names; `constants` and `final`
    map config paths to plain values, and `final` holds what is different when a winner is trained for real.
    `constraints` are what a trial must keep to.
    """

    name: Printable
    parameters: tuple[Parameter, ...]
    constants: Mapping[str, Any]
    final: Mapping[str, Any]
    description: Printable = ""
    constraints: tuple[Constraint, ...] = ()

    def is_active(self, parameter: Parameter, params: Mapping[str, Scalar]) -> bool:
        """Whether a trial with these params has a value of this parameter; absent params are inactive."""
        return all(path in params and params[path] in allowed for path, allowed in parameter.when.items())

    def values(self, params: Mapping[str, Scalar], *, final: bool = False) -> dict[str, Any]:
        """The config paths that these params, the constants and perhaps `final` set, without defaults."""
        return {**self.constants, **params, **(self.final if final else {})}

    def to_config(self, params: Mapping[str, Scalar], *, final: bool = False) -> EncodeNetConfig:
        """The config of a trial, or of the real training of that trial."""
        return build_config(self.values(params, final=final))

    def final_config(self, params: Mapping[str, Scalar], seed: int) -> EncodeNetConfig:
        """The config that is trained for real, with this seed."""
        return self.to_config(params, final=True).model_copy(update={"seed": seed})

    def varies(self, prefix: str) -> bool:
        """Whether any searched path starts with `prefix`, such as `clustering.`."""
        return any(parameter.path.startswith(prefix) for parameter in self.parameters)

    def grid(self, prefixes: Sequence[str], limit: int) -> Iterator[dict[str, Scalar]]:
        """All params that the parameters under `prefixes` allow, and those on which they depend.

        A range of more than 16 values stands for its two ends.

        Raises:
            ConfigError: there are more than `limit`; raised after the last of these.
        """
        wanted: set[str] = set()
        for parameter in reversed(self.parameters):
            if parameter.path in wanted or parameter.path.startswith(tuple(prefixes)):
                wanted |= {parameter.path, *parameter.when}
        chosen = [parameter for parameter in self.parameters if parameter.path in wanted]
        for count, params in enumerate(self.combine(chosen, lambda parameter: parameter.examples())):
            if count == limit:
                raise ConfigError(
                    f"{', '.join(sorted(wanted))} have more than {limit} combinations; "
                    "narrow one of them or make it constant"
                )
            yield params

    def combine(
        self,
        parameters: Sequence[Parameter],
        values_of: Callable[[Parameter], Sequence[Scalar]],
        params: Mapping[str, Scalar] = NO_PARAMS,
    ) -> Iterator[dict[str, Scalar]]:
        """All params that these values of these parameters give, the active ones only, added to `params`."""
        if not parameters:
            yield dict(params)
        elif not self.is_active(parameters[0], params):
            yield from self.combine(parameters[1:], values_of, params)
        else:
            for value in values_of(parameters[0]):
                yield from self.combine(parameters[1:], values_of, {**params, parameters[0].path: value})

    def with_constants(self, overrides: Mapping[str, Any]) -> SearchSpace:
        """This space with some constants replaced, and some parameters made constant.

        A parameter whose `when` a constant rules out is left out.

        Raises:
            ConfigError: a path is unknown, a value is out of range, or nothing is left to search.
        """
        constants = accepted({**self.constants, **overrides})
        kept: list[Parameter] = []
        for parameter in self.parameters:
            open_paths = {each.path for each in kept}
            settled = {path: allowed for path, allowed in parameter.when.items() if path not in open_paths}
            possible = all(
                path in constants and constants[path] in allowed for path, allowed in settled.items()
            )
            if parameter.path not in constants and possible:
                when = {path: allowed for path, allowed in parameter.when.items() if path in open_paths}
                kept.append(replace(parameter, when=when))
        if not kept:
            raise ConfigError(f"nothing is left to search in {self.name!r}; leave one parameter unset")
        return replace(self, parameters=tuple(kept), constants=constants)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as a study records them."""
        return {"name": self.name, "description": self.description, **as_plain(self)}

    @classmethod
    def from_json(cls, recorded: Mapping[str, Any]) -> SearchSpace:
        """The space that `to_json` recorded.

        Raises:
            ValueError: it is none.
        """
        return read_as(cls, recorded, "a space")

    def fingerprint(self) -> str:
        """What two spaces share whose trials are the same: parameters and constants, in any order."""
        recorded = self.to_json()
        parameters = {parameter["path"]: parameter for parameter in recorded["parameters"]}
        described = {"parameters": parameters, "constants": recorded["constants"]}
        if self.constraints:
            described["constraints"] = recorded["constraints"]
        return stable_hash(described)


def accepted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Constants with their values as the config holds them, so that `"3"` and 3 are one value.

    Raises:
        ConfigError: a path is unknown, or its value is none that the config takes.
    """
    for path, value in values.items():
        listed = isinstance(value, list) and path in LISTS
        if value is not None and not listed and not isinstance(value, (str, int, float)):
            raise ConfigError(
                f"{path} is {shortened(value)}, but expected is one plain value; "
                "a search space may also give {int: [1, 4]} or {choice: [a, b]}"
            )
    held = flatten(build_config(values).model_dump(mode="json"))
    return {path: held[path] for path in values}


LISTS = ("baseline.pixel_range", "dataset.image_size", "baseline.training.milestones")
"""The paths whose value is a list, and so always a constant."""
