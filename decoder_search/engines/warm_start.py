"""What of an older search holds in another space: for its sampler, or as trials of its own.

Both go by the configs. A trial agrees with a space if some params of that space make the very config that the
trial had: so a key may have been searched before and be constant now, or the other way round, and a default
may be written out. Everything else must be equal, the training budgets, the seed and the dataset included,
because each of them changes what accuracy and reconstruction are; only what makes the same numbers faster is
free to differ. `final` plays no part in a search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from decoder_search.records.facts import StudyFacts
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.constraints import broken
from decoder_search.space.metrics import METRICS
from decoder_search.space.parameters import ChoiceParameter, IntParameter, Parameter, Scalar, allows
from decoder_search.space.search_space import SearchSpace
from encodenet_core.config_values import flatten
from encodenet_core.errors import ConfigError

UNMEASURED = ("compute.jit_compile",)
"""Config keys that change nothing but the time that a trial takes."""


@dataclass(frozen=True)
class Carried:
    """Records that hold in another space, and why the others do not, a line each."""

    records: tuple[TrialRecord, ...]
    left_out: tuple[str, ...]


class _DisagreesError(Exception):
    """A trial has no place in a space, for the reason that is its message."""


def warm_start(older: StudyRecord, space: SearchSpace, accuracy: str = "accuracy") -> Carried:
    """What an older study can teach the sampler of a new one whose accuracy is the metric of that name.

    The records have negative numbers, in the old order, and none of the old sampler's notes: an engine takes
    them in `restore`, and they are no trials of the new study.
    """
    carried, left_out = [], []
    for trial in older.trials:
        try:
            if trial.state in ("running", "failed"):
                raise _DisagreesError("it never ended" if trial.state == "running" else "it failed")
            if trial.state == "completed" and accuracy not in trial.metrics:
                raise _DisagreesError(f"its {METRICS[accuracy].words} was not measured")
            _check_whole(trial, older.settings.space)
            carried.append(_moved(trial, older.settings.space, space))
        except _DisagreesError as reason:
            left_out.append(f"trial {trial.number} of {older.settings.name}: {reason}")
    numbered = [
        replace(trial, number=place - len(carried), sampler_state={}, resume_from=None)
        for place, trial in enumerate(carried)
    ]
    return Carried(tuple(numbered), tuple(left_out))


def measured_the_same(facts: StudyFacts, others: StudyFacts) -> bool:
    """Whether two studies have the same images and baseline, so that none need repeat trials of the other."""
    own = (facts.dataset_fingerprint, facts.baseline_key)
    return None not in own and own == (others.dataset_fingerprint, others.baseline_key)


def migrate(records: Iterable[TrialRecord], old_space: SearchSpace, new_space: SearchSpace) -> Carried:
    """The trials of a study whose space changed, with their numbers, states and the sampler's notes.

    Trials in values that are no longer allowed are left out, and so are all where a constant changed, and
    those that broke a limit that is gone or was raised: they may be tried again.
    """
    carried, left_out = [], []
    for trial in records:
        try:
            carried.append(_moved(trial, old_space, new_space))
        except _DisagreesError as reason:
            left_out.append(f"trial {trial.number}: {reason}")
    return Carried(tuple(carried), tuple(left_out))


def _moved(trial: TrialRecord, old: SearchSpace, new: SearchSpace) -> TrialRecord:
    """The trial with its params in the new space."""
    if trial.state == "infeasible":
        before, now = (broken(space.constraints, trial.metrics) for space in (old, new))
        if before and not now:
            raise _DisagreesError(f"{before[0]}, which it no longer does")
    had = _values(old, trial.params)
    params: dict[str, Scalar] = {}
    for parameter in new.parameters:
        if new.is_active(parameter, params):
            params[parameter.path] = _within(parameter, had[parameter.path])
    for path, value in _values(new, params).items():
        if value != had[path] and path not in UNMEASURED:
            raise _DisagreesError(f"{path} was {had[path]}, but the space has {value}")
    return replace(trial, params=params)


def _values(space: SearchSpace, params: Mapping[str, Scalar]) -> dict[str, Any]:
    """All config paths of a trial, defaults included, to their values."""
    try:
        return flatten(space.to_config(params).model_dump(mode="json"))
    except ConfigError as error:
        raise _DisagreesError(str(error)) from None


def _within(parameter: Parameter, value: Any) -> Scalar:
    """The value, if a trial of the parameter's space can have it."""
    if allows(parameter, value):
        return cast(Scalar, value)
    if isinstance(parameter, ChoiceParameter):
        expected = ", ".join(map(str, parameter.choices))
    else:
        expected = f"{parameter.low:g} to {parameter.high:g}"
        if isinstance(parameter, IntParameter) and parameter.step > 1:
            expected += f" in steps of {parameter.step}"
    raise _DisagreesError(f"{parameter.path} was {value}, but the space allows {expected}")


def _check_whole(trial: TrialRecord, space: SearchSpace) -> None:
    """Refuse what a trial measured after a part of its epochs, as the lower rungs of Hyperband do."""
    if trial.state == "completed" and trial.epochs is not None:
        whole = _values(space, trial.params)["autoencoder.training.epochs"]
        if trial.epochs < whole:
            raise _DisagreesError(f"it was trained for {trial.epochs} of {whole} epochs")
