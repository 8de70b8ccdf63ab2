"""Whether a folder holds a finished run, and which of its classes is meant: known before Keras is loaded."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from encodenet_core.errors import ConfigError
from encodenet_core.io.plain_json import read_json

_REMEDY = "give the output folder of `encodenet train`"
_NEEDED = ("config.yaml", "encodenet.keras", "encoder.keras", "decoder.keras", "metrics.json")


def read_class_names(folder: Path) -> tuple[str, ...]:
    """The names of the classes of a finished run, in the order of their labels.

    Raises:
        ConfigError: there is no such folder, or it holds a study, something else, or an unfinished run.
    """
    if not folder.is_dir():
        raise ConfigError(f"there is no folder {folder}; {_REMEDY}")
    if (folder / "trials.jsonl").exists():
        raise ConfigError(
            f"{folder} is a study, but one finished training is expected; export its winner with "
            "`decoder-search export`, train that, and give the output folder"
        )
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing == ["metrics.json"]:
        raise ConfigError(f"the run in {folder} is not finished: it holds no metrics.json; train it again")
    if missing:
        raise ConfigError(f"{folder} holds no {missing[0]}; {_REMEDY}")
    return class_names_of(folder)


def class_names_of(folder: Path) -> tuple[str, ...]:
    """The names of the classes that a run tells apart, by `metrics.json` alone.

    Raises:
        ConfigError: the file cannot be read, or names none.
    """
    try:
        names = read_metrics(folder)["dataset"]["class_names"]
        if not names or not all(isinstance(name, str) for name in names):
            raise ValueError("no names")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConfigError(f"{folder / 'metrics.json'} names no classes; train the run again") from None
    return tuple(names)


def read_metrics(folder: Path) -> dict[str, Any]:
    """What was measured of a finished run.

    Raises:
        ConfigError: the file cannot be read.
    """
    path = folder / "metrics.json"
    try:
        metrics = read_json(path)
        if not isinstance(metrics, dict):
            raise ValueError("it holds no metrics")
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {error}; train the run again") from None
    return metrics


def find_class(wanted: str, class_names: Sequence[str]) -> int:
    """The label of the class of this name, or else of this index.

    Raises:
        ConfigError: there is no such class; the message suggests the nearest name.
    """
    if wanted in class_names:
        return class_names.index(wanted)
    last = len(class_names) - 1
    if wanted.isdecimal() and int(wanted) <= last:
        return int(wanted)
    by_lower = {name.lower(): name for name in class_names}
    close = difflib.get_close_matches(wanted.lower(), by_lower, n=1)
    question = f"did you mean {by_lower[close[0]]!r}? " if close else ""
    raise ConfigError(
        f"unknown class {wanted!r}; {question}give a name from {class_names[0]!r} to {class_names[-1]!r} "
        f"or an index from 0 to {last}"
    )
