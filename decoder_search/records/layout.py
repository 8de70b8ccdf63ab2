"""Where things lie in the folder of a study."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

CHECKPOINT = "checkpoint"
"""The folder below that of a trial in which its autoencoder's fit stands."""


WEIGHTS = "weights"
"""The folder below that of a trial in which its trained models lie, as the folder of a run."""


def trial_folder(study: Path, number: int) -> Path:
    """Where curves, pictures, checkpoint and weights of a trial lie."""
    return study / "trials" / str(number)


def weights_folder(study: Path, number: int) -> Path:
    """Where the trained models of a trial lie, if they are kept: what `encodenet` reads as a run."""
    return trial_folder(study, number) / WEIGHTS


def with_weights(study: Path) -> Iterator[int]:
    """The numbers of the trials whose weights are there."""
    for number in trial_numbers(study):
        if weights_folder(study, number).is_dir():
            yield number


def trial_numbers(study: Path) -> Iterator[int]:
    """The numbers of the trials that have a folder."""
    for path in (study / "trials").glob("*"):
        if path.name.isascii() and path.name.isdigit():
            yield int(path.name)
