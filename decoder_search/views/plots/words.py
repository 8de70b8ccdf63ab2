"""What stands on the axes and above a chart: our words, the unit, and which direction is better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from decoder_search.analysis.ranking import fallen_controls, reference_accuracies
from decoder_search.records.settings import Reconstruction
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import counted
from decoder_search.space.metrics import METRICS, OBJECTIVES, AccuracyMetric
from encodenet_core.errors import one_line
from encodenet_core.references import REFERENCES

DrawnMetric = Literal[AccuracyMetric, Reconstruction]

AXES: Mapping[str, str] = {
    name: f"{METRICS[name].axis}, {'lower' if METRICS[name].better == 'less' else 'higher'} is better"
    for name in OBJECTIVES
}

SHORT_AXES: Mapping[str, str] = {
    name: f"{METRICS[name].words}{' %' if METRICS[name].is_share else ''} {METRICS[name].arrow}"
    for name in OBJECTIVES
}
"""What stands on an axis where there is room for a few letters."""

TRIALS_AXIS = "number of the trial"
EPOCHS_AXIS = "epochs of the autoencoder"

LONGEST_NAME = 48


def study_name(study: StudyRecord) -> str:
    """The study's name on one line, cut where it is too long for a title."""
    return one_line(study.settings.name, LONGEST_NAME)


def subtitle(study: StudyRecord) -> str:
    """How many trials of which state there are, and what they were measured on."""
    n_images, data = study.facts.n_validation, study.facts.dataset_name
    measured = f"; {one_line(data)}, {n_images:,} validation images" if n_images and data else ""
    return f"{counted(trial.state for trial in study.trials)}{measured}"


def own_names(study: StudyRecord) -> tuple[str, ...]:
    """What people have named themselves, perhaps in a script that most fonts lack."""
    return study.settings.name, study.facts.dataset_name or ""


def references(study: StudyRecord) -> dict[str, float]:
    """What accuracies are compared with, in percent, by name; without what was not measured.

    What is equal to a tenth has one name, so that no label is written over another.
    """
    fallen, named = fallen_controls(study), dict[float, tuple[list[str], float]]()
    for name, value in reference_accuracies(study).items():
        labels, _ = named.setdefault(round(100 * value, 1), ([], 100 * value))
        labels.append(REFERENCES[name].label + (": no yardstick," if name in fallen else ""))
    return {" and ".join(labels): value for labels, value in named.values()}
