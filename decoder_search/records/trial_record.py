"""One trial as far as it has come, and what a sampler proposed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from pydantic import StrictInt

from decoder_search.records.wording import compact_params, compact_values
from decoder_search.space.metrics import ALWAYS_MEASURED, RECONSTRUCTIONS, is_measurable
from decoder_search.space.parameters import Name, Scalar
from encodenet_core.config import stable_hash
from encodenet_core.io.html_table import html_table
from encodenet_core.io.quantities import duration
from encodenet_core.io.types import Count, Real, as_plain, known_keys_only

State = Literal["running", "completed", "pruned", "infeasible", "failed"]


SHOWN_METRICS = ("accuracy", "probe_accuracy", *RECONSTRUCTIONS)
"""What the `repr` of a trial shows."""


@dataclass(frozen=True)
class Proposal:
    """What a sampler wants to be tried, and what it needs to know when it is told the outcome.

    Attributes:
        number: of the trial.
        params: the values of the active parameters.
        sampler_state: what the sampler notes about the trial.
        epochs: after how many epochs of the autoencoder the trial ends; None is the whole fit.
        resume_from: the trial of the same params whose autoencoder is trained on.
    """

    number: int
    params: Mapping[str, Scalar]
    sampler_state: Mapping[str, Any] = field(default_factory=dict)
    epochs: int | None = None
    resume_from: int | None = None


@known_keys_only
@dataclass(frozen=True)
class TrialRecord:
    """One trial as far as it has come; `reason` says why it did not complete.

    `epochs` and `resume_from` are those of its proposal. The metrics of a trial that did not complete are
    the last that it reported, such as `mse`, `retrieval` and `probe_accuracy` of one that was pruned.
    """

    number: Count
    params: Mapping[Name, Scalar]
    state: State
    metrics: Mapping[str, Real] = field(default_factory=dict)
    reason: str = ""
    seconds: Real = 0.0
    sampler_state: Mapping[str, Any] = field(default_factory=dict)
    attempts: StrictInt = 1
    epochs: StrictInt | None = None
    resume_from: Count | None = None

    @classmethod
    def of(cls, proposal: Proposal, state: State, **rest: Any) -> TrialRecord:
        """The record of a proposal that has come to a state; `rest` are the other fields."""
        return cls(state=state, **vars(proposal), **rest)

    @property
    def proposal(self) -> Proposal:
        """What was proposed."""
        return Proposal(**{field.name: getattr(self, field.name) for field in fields(Proposal)})

    def __repr__(self) -> str:
        """State and values; what the sampler noted would fill lines."""
        outcome = compact_values(self.metrics, SHOWN_METRICS) or self.reason or "nothing measured"
        return f"TrialRecord({self.number} {self.state}: {outcome}; {compact_params(self.params)})"

    def _repr_html_(self) -> str:
        told = {**self.params, **self.metrics, "duration": duration(self.seconds)}
        told |= {"reason": self.reason} if self.reason else {}
        return html_table(f"trial {self.number}: {self.state}", (), list(told.items()))

    def check(self) -> None:
        """Raise a ValueError if a metric is missing, or none that can be measured."""
        if not all(map(math.isfinite, self.metrics.values())):
            raise ValueError(f"trial {self.number} has a metric that is not finite")
        beyond = [name for name, value in self.metrics.items() if not is_measurable(name, value)]
        if beyond:
            raise ValueError(f"trial {self.number} has the {beyond[0]} {self.metrics[beyond[0]]:.6g}")
        missing = [name for name in ALWAYS_MEASURED if name not in self.metrics]
        if self.state == "completed" and missing:
            raise ValueError(f"trial {self.number} is completed without {', '.join(missing)}")


def identity(params: Mapping[str, Scalar]) -> str:
    """What two trials share that try the same."""
    return stable_hash(dict(params))


def trial_to_json(trial: TrialRecord) -> dict[str, Any]:
    """A trial as plain JSON values, as its `finished` event holds it."""
    trial.check()
    return as_plain(trial)
