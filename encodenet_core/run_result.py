"""What a run of the pipeline came to, in a line and as a table for a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from encodenet_core.autoencoder import ConvertingAutoencoder
from encodenet_core.baseline import Baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.controls import Control
from encodenet_core.data.dataset import Dataset
from encodenet_core.encodenet import EncodeNet
from encodenet_core.evaluation import Classification, Reconstruction
from encodenet_core.grouping import GroupedImages
from encodenet_core.io.html_table import html_table
from encodenet_core.references import REFERENCES
from encodenet_core.targets import Targets
from encodenet_core.yardsticks import no_yardstick, why_no_yardstick

if TYPE_CHECKING:
    from encodenet_core.evaluation import Classification

HEADERS = ("", "validation", "test", "parameters")
BALANCED_HEADERS = ("", "validation", "balanced", "test", "balanced", "parameters")
"""Where classes are uneven."""


def run_in_words(result: RunResult) -> str:
    """The accuracies of EncodeNet, its baseline and the controls on the last split that there is."""
    scores = dict(_scores(result))
    split = "test" if result.dataset.test else "validation"
    shown = ", ".join(
        [*(f"{name} {_accuracy(each)}" for name, each in scores.items()), *fallen_in_words(result)]
    )
    return f"RunResult({result.dataset.name}, {split} accuracy: {shown})"


def run_as_html(result: RunResult) -> str:
    """Accuracies on both splits and sizes of EncodeNet, its baseline and the controls."""
    is_uneven = result.dataset.balance.is_uneven
    rows = [
        (name, *map(_share, _accuracies(each, is_uneven)), f"{each.parameters:,}")
        for name, each in _scores(result)
    ]
    reconstruction = result.conversion.reconstruction
    notes = [REFERENCES[name].explanation("the config itself") for name in result.controls]
    notes += fallen_in_words(result)
    notes.append(
        f"reconstruction: mse {reconstruction.mse:.4g}, retrieval {_share(reconstruction.retrieval)}, "
        f"{reconstruction.n_targets} targets"
    )
    headers = BALANCED_HEADERS if is_uneven else HEADERS
    return html_table(f"EncodeNet on {result.dataset.name}: accuracy", headers, rows, notes=notes)


def _accuracies(scores: Classification, is_uneven: bool) -> list[float | None]:
    if not is_uneven:
        return [scores.validation_accuracy, scores.test_accuracy]
    validation = [scores.validation_accuracy, scores.validation_balanced_accuracy]
    return [*validation, scores.test_accuracy, scores.test_balanced_accuracy]


def fallen_in_words(result: RunResult) -> list[str]:
    """The controls that no gain may be measured over, on the last split that there is, and why."""
    split = result.dataset.test or result.dataset.validation
    baseline = _last(result.baseline_scores)
    found = {
        name: why_no_yardstick(
            None if control.scores is None else _last(control.scores), baseline, len(split.images)
        )
        for name, control in result.controls.items()
    }
    return [no_yardstick(name, why) for name, why in found.items() if why]


def _scores(result: RunResult) -> Iterator[tuple[str, Classification]]:
    yield "encodenet", result.conversion.scores
    yield REFERENCES["baseline"].label, result.baseline_scores
    for name, control in result.controls.items():
        if control.scores is not None:
            yield REFERENCES[name].label, control.scores


def _accuracy(scores: Classification) -> str:
    return _share(_last(scores))


def _last(scores: Classification) -> float:
    return scores.validation_accuracy if scores.test_accuracy is None else scores.test_accuracy


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f} %"


@dataclass(frozen=True, eq=False)
class Conversion:
    """One decoder's worth of work: all that is computed for it after the baseline."""

    grouped: GroupedImages
    targets: Targets
    autoencoder: ConvertingAutoencoder
    encodenet: EncodeNet
    scores: Classification
    reconstruction: Reconstruction


@dataclass(frozen=True, eq=False)
class RunResult:
    """Everything that a run of the whole pipeline gives."""

    config: EncodeNetConfig
    dataset: Dataset
    baseline: Baseline
    baseline_scores: Classification
    conversion: Conversion
    controls: Mapping[str, Control]

    __repr__ = run_in_words
    _repr_html_ = run_as_html
