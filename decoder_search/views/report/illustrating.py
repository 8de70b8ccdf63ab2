"""Clusters and elbow of the winner, as a worker drew them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from decoder_search.records.layout import trial_folder
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core.figures.class_file import ClassPictures, read_class_pictures


@dataclass(frozen=True)
class Illustration:
    """What is there to be shown of a trial's clusters.

    Attributes:
        folder: of the trial; holds the pictures.
        pictures: what they show; None where there are none.
        reason: why there are none.
    """

    folder: Path
    pictures: ClassPictures | None = None
    reason: str = ""


def read_illustration(study: StudyRecord, winner: TrialRecord) -> Illustration | None:
    """What a worker drew of a trial's clusters; None where it did not, or for another config."""
    folder = trial_folder(study.folder, winner.number)
    try:
        pictures = read_class_pictures(folder)
    except (OSError, ValueError):
        return None
    drawn = study.settings.space.to_config(winner.params).stable_hash()
    return Illustration(folder, pictures) if pictures.config == drawn else None
