"""How the fit of a converting autoencoder is followed, and cut short, by whoever started it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Report = Callable[[str, int, int, Mapping[str, float]], bool]
"""`report(stage, epoch, epochs, values)` after every epoch; the answer says whether to go on."""


def keep_silent(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
    """A report that nobody reads."""
    return True


def renamed_report(report: Report, stage: str) -> Report:
    """A report that is told of another stage than the recipe's."""
    return lambda _, epoch, epochs, values: report(stage, epoch, epochs, values)


@dataclass(frozen=True)
class Watch:
    """What a caller wants to hear of a conversion, and how far it should go.

    Attributes:
        report: is told about every epoch of every stage, and answers whether to go on.
        rungs: the epochs of the autoencoder after which the report also hears `mse`, `retrieval` and
            `probe_accuracy`, measured on a fixed part of the images, and the `probe_seconds` that took.
        until: the epoch after which the autoencoder is taken as it is, in the middle of the schedule of its
            whole fit; None is the last.
        checkpoint: the folder in which the autoencoder's fit keeps where it stands, and from which it goes
            on, and below it the classifier's where the cache does not keep it; None is a place of the cache
            that vanishes with the end of the fit.
    """

    report: Report = keep_silent
    rungs: frozenset[int] = frozenset()
    until: int | None = None
    checkpoint: Path | None = None


UNWATCHED = Watch()
"""Nobody listens, and the fit runs to its end."""
