"""What `confirm` measured: one line of `confirmed.jsonl` for every config and seed that it retrained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import StrictInt

from decoder_search.records.lines import UNREADABLE, broken_line, in_words
from decoder_search.space.metrics import is_measurable
from decoder_search.space.parameters import Scalar
from encodenet_core.errors import ConfigError
from encodenet_core.io.json_lines import JsonLines, read_whole_lines
from encodenet_core.io.plain_json import parse_json
from encodenet_core.io.types import Real, as_plain, known_keys_only, read_as
from encodenet_core.references import RIVALS

CONFIRMED_FILE = "confirmed.jsonl"

Outcome = Literal["completed", "infeasible"]


@known_keys_only
@dataclass(frozen=True)
class Confirmation:
    """One config of a study, trained at its final budget with one seed.

    Attributes:
        trial: the number of the trial that was the best of this config.
        params: of that trial.
        seed: of split, EncodeNet and what it is compared with.
        config: the hash of the whole config, seed included, by which it is found again.
        outcome: whether it could run.
        metrics: of EncodeNet and of `CONFIRMED_REFERENCES`, as far as the version measured them; a test value
            is None without a test split, an accuracy where a control diverged.
        dataset: the fingerprint of the images, which all configs of a seed share.
        reason: why it could not run.
    """

    trial: StrictInt
    params: Mapping[str, Scalar]
    seed: StrictInt
    config: str
    outcome: Outcome
    metrics: Mapping[str, Real | None] = field(default_factory=dict)
    dataset: str = ""
    reason: str = ""

    @property
    def rivals(self) -> frozenset[str]:
        """The names of the rivals that were measured beside the config."""
        return frozenset(name for name in RIVALS if f"{name}_accuracy" in self.metrics)

    def check(self) -> None:
        """Raise a ValueError if the accuracy is missing, or a metric is none that can be measured."""
        if self.outcome == "completed" and self.metrics.get("accuracy") is None:
            raise ValueError("no accuracy")
        measured = [(name, value) for name, value in self.metrics.items() if value is not None]
        if not all(is_measurable(name, value) for name, value in measured):
            raise ValueError("a metric that is not finite, or that nothing can have")


def read_confirmations(folder: Path) -> tuple[Confirmation, ...]:
    """What was confirmed of the study in a folder, each config and seed as it was confirmed last.

    Raises:
        ConfigError: a line is no confirmation.
    """
    path = folder / CONFIRMED_FILE
    found: dict[str, Confirmation] = {}
    for number, line in enumerate(_read(path).splitlines(), start=1):
        confirmation = _parse(line)
        if isinstance(confirmation, str):
            raise ConfigError(broken_line(path, number, f"is no confirmation ({confirmation})"))
        found[confirmation.config] = confirmation
    return tuple(found.values())


def problem_with_confirmation(line: bytes) -> str | None:
    """Why a line is no confirmation; None where it is one."""
    parsed = _parse(line)
    return parsed if isinstance(parsed, str) else None


def _parse(line: bytes) -> Confirmation | str:
    """What a line says, or why it is no confirmation."""
    try:
        confirmation = read_as(Confirmation, parse_json(line), "a confirmation")
        confirmation.check()
    except UNREADABLE as error:
        return in_words(error)
    return confirmation


class ConfirmationLog:
    """An open `confirmed.jsonl`; only who holds the lock of the study may have one."""

    def __init__(self, folder: Path) -> None:
        """Open the file for appending and cut off what a killed process left of its last line.

        Raises:
            ConfigError: it cannot be written.
        """
        self._path = folder / CONFIRMED_FILE
        try:
            self._lines = JsonLines(self._path)
        except OSError as error:
            raise self._unwritable(error) from None

    def append(self, confirmation: Confirmation) -> None:
        """Write one line so that it stands even a power cut.

        Raises:
            ConfigError: the disk does not take it; then the file is as it was.
        """
        confirmation.check()
        try:
            self._lines.append(as_plain(confirmation))
        except OSError as error:
            raise self._unwritable(error) from None

    def __enter__(self) -> Self:
        """Use the log in a `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file."""
        self._lines.close()

    def _unwritable(self, error: OSError) -> ConfigError:
        return ConfigError(f"cannot write {self._path}: {error.strerror or error}; make room there")


def values_of(confirmations: Sequence[Confirmation], metric: str) -> dict[int, float]:
    """One metric by seed, of the seeds that have it."""
    found = {each.seed: each.metrics.get(metric) for each in confirmations}
    return {seed: value for seed, value in found.items() if value is not None}


def _read(path: Path) -> bytes:
    try:
        return read_whole_lines(path)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
