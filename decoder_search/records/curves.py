"""What the trials of a study measured while they ran."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import StrictInt

from decoder_search.records.layout import trial_folder
from decoder_search.records.lines import UNREADABLE, broken_line, in_words
from decoder_search.records.study_record import REPORTED, TRIALS_FILE, read_content, read_lines
from decoder_search.records.working_time import check_time
from encodenet_core.errors import ConfigError
from encodenet_core.io.plain_json import parse_json, read_json
from encodenet_core.io.types import Real, read_as

Curve = dict[int, dict[str, float]]
"""Epoch of the autoencoder, from 1, to what was measured after it."""


@dataclass(frozen=True)
class _Report:
    number: StrictInt
    step: StrictInt
    values: dict[str, Real]


def read_curve(folder: Path, number: int) -> Curve:
    """What one trial of the study in a folder reported so far; the other reports are not even parsed.

    Raises:
        ConfigError: there is no study.
    """
    content, curve = read_content(folder), Curve()
    wanted = re.compile(rb'"event": "reported", "number": %d, ' % number)
    for found in wanted.finditer(content):
        start, end = content.rfind(b"\n", 0, found.start()) + 1, content.find(b"\n", found.end())
        line = content[start:end]
        if REPORTED.match(line):
            place = content.count(b"\n", 0, start) + 1
            _, step, values = _parse(folder, place, line)
            curve[step] = values
    return curve


def problem_with_report(line: bytes) -> str | None:
    """Why a line that starts like a report is none; None where it is one."""
    try:
        _read_report(line)
    except UNREADABLE as error:
        return in_words(error)
    return None


def read_losses(folder: Path, number: int) -> dict[str, list[float]]:
    """The loss after every epoch of each stage of a trial that completed; of others, and on damage, none."""
    try:
        stages = read_json(trial_folder(folder, number) / "curves.json")
        return {str(stage): [float(loss) for loss in losses] for stage, losses in stages.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def read_reports(folder: Path) -> dict[int, Curve]:
    """The curve of every trial of the study in a folder that reported anything.

    What a later attempt measured after the same epoch takes the place of what an earlier one did.

    Raises:
        ConfigError: there is no study, or what stands for a report is none.
    """
    curves: dict[int, Curve] = {}
    for place, line in enumerate(read_lines(folder), start=1):
        if REPORTED.match(line):
            number, step, values = _parse(folder, place, line)
            curves.setdefault(number, {})[step] = values
    return curves


def _parse(folder: Path, place: int, line: bytes) -> tuple[int, int, dict[str, float]]:
    try:
        return _read_report(line)
    except UNREADABLE as error:
        problem = f"is no report of a trial ({in_words(error)})"
        raise ConfigError(broken_line(folder / TRIALS_FILE, place, problem)) from None


def _read_report(line: bytes) -> tuple[int, int, dict[str, float]]:
    """Number of the trial, step and values."""
    event = parse_json(line)
    check_time(event)
    report = read_as(_Report, event, "a report")
    return report.number, report.step, report.values
