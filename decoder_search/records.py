"""What a study has recorded: one event a line of `trials.jsonl`, read back as frozen values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from decoder_search.broken_lines import UNREADABLE, broken_line, in_words
from decoder_search.confirmations import Confirmation, read_confirmations
from decoder_search.constraints import METRICS as METRICS
from decoder_search.facts import check_facts
from decoder_search.json_lines import whole_lines as whole_lines
from decoder_search.recorded_types import NAME, check_fields, check_type, is_measurable
from decoder_search.settings import FORMAT, StudySettings, can_be_named
from decoder_search.space import Scalar
from decoder_search.suggestion import unknown_name
from decoder_search.wording import compact_params, compact_values, counted, duration
from decoder_search.working_time import WorkingTime, check_time
from encodenet_core import ConfigError, html_table, parse_json, read_plain_file, stable_hash

State = Literal["running", "completed", "pruned", "infeasible", "failed"]

TRIALS_FILE = "trials.jsonl"

SHOWN_METRICS = ("accuracy", "probe_accuracy", "mse", "retrieval")
"""What the `repr` of a trial shows."""

MOST_BYTES = 2_000_000_000
"""Of `trials.jsonl`; 5,000 trials with their reports take a hundredth of that."""

REPORTED = re.compile(rb'\{"time": "([^"]*)", "event": "reported", ')
"""How the lines start that a study has the most of, and that say nothing about how trials ended."""


@dataclass(frozen=True)
class Proposal:
    """What a sampler wants to be tried, and what it needs to know when it is told the outcome.

    Attributes:
        number: of the trial.
        params: the values of the active parameters.
        sampler_state: what the sampler notes about the trial.
        epochs: after how many epochs of the autoencoder the trial ends; None is the whole fit.
        resume_from: the trial of the same params whose autoencoder is trained on.
        replicate: how many trials of the same params there were before; each has a seed of its own.
    """

    number: int
    params: Mapping[str, Scalar]
    sampler_state: Mapping[str, Any] = field(default_factory=dict)
    epochs: int | None = None
    resume_from: int | None = None
    replicate: int = 0


@dataclass(frozen=True)
class TrialRecord:
    """One trial as far as it has come; `reason` says why it did not complete.

    The last three are those of its proposal. The metrics of a trial that did not complete are the last that
    it reported, such as `mse`, `retrieval` and `probe_accuracy` of one that was pruned.
    """

    number: int
    params: Mapping[str, Scalar]
    state: State
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    seconds: float = 0.0
    sampler_state: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 1
    epochs: int | None = None
    resume_from: int | None = None
    replicate: int = 0

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
        """Raise a ValueError if the state is none, or a metric is missing or none that can be measured."""
        if not all(map(NAME.fullmatch, self.params)):
            raise ValueError(f"trial {self.number} has a param that no config has")
        if self.number < 0 or (self.resume_from or 0) < 0:
            raise ValueError(f"no trial has the number {min(self.number, self.resume_from or 0)}")
        if self.state not in get_args(State):
            raise ValueError(f"no state of a trial is {self.state!r}")
        if not all(map(math.isfinite, self.metrics.values())):
            raise ValueError(f"trial {self.number} has a metric that is not finite")
        beyond = [name for name, value in self.metrics.items() if not is_measurable(name, value)]
        if beyond:
            raise ValueError(f"trial {self.number} has the {beyond[0]} {self.metrics[beyond[0]]:.6g}")
        missing = [name for name in METRICS if name not in self.metrics]
        if self.state == "completed" and missing:
            raise ValueError(f"trial {self.number} is completed without {', '.join(missing)}")


@dataclass(frozen=True)
class StudyRecord:
    """A whole study on disk.

    `facts` about its dataset and baseline are empty until it is prepared, those about control A come once
    that is trained; `seconds_used` is the wall time
    that drivers have worked on it, all together; `n_trials` is how many the last driver wanted in total.
    """

    folder: Path
    settings: StudySettings
    facts: Mapping[str, Any]
    trials: tuple[TrialRecord, ...]
    seconds_used: float = 0.0
    confirmations: tuple[Confirmation, ...] = ()
    n_trials: int | None = None

    @property
    def finished(self) -> tuple[TrialRecord, ...]:
        """The trials that have ended, in whatever state."""
        return tuple(trial for trial in self.trials if trial.state != "running")

    def __repr__(self) -> str:
        """Name and states; trials have a `repr` of their own."""
        counts = counted(trial.state for trial in self.trials) or "no trials yet"
        return f"{type(self).__name__}({self.settings.name}: {counts})"


def read_study(folder: Path) -> StudyRecord:
    """The study in a folder, its trials in the order of their numbers.

    A torn last line, which a killed driver leaves, is skipped; what trials reported while they ran is left
    to `read_reports`.

    Raises:
        ConfigError: there is no study, or a line of it is no event.
    """
    path = folder / TRIALS_FILE
    replay = Replay()
    for number, line in enumerate(read_lines(folder), start=1):
        if report := REPORTED.match(line):
            replay.working_time.report(report[1].decode(errors="replace"), line)
        elif problem := replay.problem_with(line):
            raise ConfigError(broken_line(path, number, f"is no event of a study ({problem})"))
    if replay.settings is None:
        raise ConfigError(f"{path} does not start a study; move the folder away and start anew")
    trials = tuple(replay.trials[number] for number in sorted(replay.trials))
    confirmations = read_confirmations(folder)
    return StudyRecord(
        folder,
        replay.settings,
        replay.facts,
        trials,
        replay.working_time.seconds,
        confirmations,
        replay.n_trials,
    )


def read_lines(folder: Path) -> list[bytes]:
    """The lines of a study on disk, without a torn last one.

    Raises:
        ConfigError: there is no study.
    """
    return read_content(folder).splitlines()


def read_content(folder: Path) -> bytes:
    """The same as they are in the file."""
    path = folder / TRIALS_FILE
    try:
        return whole_lines(read_plain_file(path, MOST_BYTES))
    except OSError as error:
        raise ConfigError(f"cannot read study {folder.name!r}: {path}: {error.strerror}") from None


class Replay:
    """The state of a study after the events so far."""

    def __init__(self) -> None:
        self.settings: StudySettings | None = None
        self.facts: Mapping[str, Any] = {}
        self.trials: dict[int, TrialRecord] = {}
        self.n_trials: int | None = None
        self.working_time = WorkingTime()

    def problem_with(self, line: bytes) -> str | None:
        """Take in one line; why it is no event, or None."""
        try:
            self._take(parse_json(line))
        except UNREADABLE as error:
            return in_words(error)
        return None

    def _take(self, event: Mapping[str, Any]) -> None:
        check_time(event)
        match event["event"]:
            case "created":
                check_format(event.get("format", 1))
                self.settings = StudySettings.from_json(event["settings"])
            case "prepared":
                self.facts = check_facts(event["facts"])
            case "started":
                self._put(TrialRecord(state="running", **event["trial"]))
            case "finished":
                self._put(TrialRecord(**event["trial"]))
            case "opened":
                self.working_time.opened(event["time"])
                self.n_trials = event.get("n_trials")
                check_type(self.n_trials, int | None, "n_trials")
            case other:
                raise ValueError(f"unknown event {other!r}")
        if event["event"] not in ("created", "opened"):
            self.working_time.event(event)

    def _put(self, trial: TrialRecord) -> None:
        check_fields(trial)
        trial.check()
        self.trials[trial.number] = trial


def check_format(number: int) -> None:
    """Raise a ConfigError for a study that a later version of this package wrote."""
    if number > FORMAT:
        raise ConfigError(
            f"a newer decoder-search wrote this study (format {number}; this one reads up to {FORMAT}); "
            "update decoder-search"
        )


def identity(params: Mapping[str, Scalar]) -> str:
    """What two trials share that try the same."""
    return stable_hash(dict(params))


def trial_to_json(trial: TrialRecord) -> dict[str, Any]:
    """A trial as plain JSON values, as its `finished` event holds it."""
    trial.check()
    mappings = ("params", "metrics", "sampler_state")
    return {**vars(trial), **{name: dict(getattr(trial, name)) for name in mappings}}


def check_study_name(name: str) -> str:
    """The name, if it can be that of a folder inside the results.

    Raises:
        ConfigError: it is empty, hidden, too long, or could leave the folder of results.
    """
    if not can_be_named(name):
        raise ConfigError(
            f"study name {name[:60]!r} cannot be a folder of its own; "
            "expected are printable characters, at most 200, no path separator and no dot at the start"
        )
    return name


def list_studies(results: Path) -> list[Path]:
    """The folders of all studies in `results` that a command can name, the one written last first."""
    try:
        files = [file for file in results.glob(f"*/{TRIALS_FILE}") if can_be_named(file.parent.name)]
        return [file.parent for file in sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)]
    except OSError as error:
        raise ConfigError(f"cannot read {results}: {error.strerror}; give another --results") from None


def find_study(name: str | None, results: Path) -> Path:
    """The folder of the study of this name; of the newest one where no name is given.

    Raises:
        ConfigError: the name cannot be that of a study, or there is no such study.
    """
    studies = list_studies(results)
    if name is not None and (results / check_study_name(name)) in studies:
        return results / name
    if not studies:
        raise ConfigError(f"there is no study in {results}; start one with `decoder-search run`")
    if name is None:
        return studies[0]
    raise unknown_name(f"study in {results}:", name, (study.name for study in studies))
