"""A study kept up to date in an Optuna storage, for optuna-dashboard; nothing is read back into the study."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import optuna
from optuna.artifacts import ArtifactMeta, FileSystemArtifactStore
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from decoder_search.engines.optuna.study import STATES, create_study, fits, optuna_trial
from decoder_search.engines.outcomes import Outcomes
from decoder_search.records.layout import trial_folder
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord

OWNER = "decoder-search"
"""The user attribute of Optuna's study that says which study it mirrors."""

ARTIFACT = "artifacts:"
"""How Optuna begins the names of a trial's notes on its artifacts.

Its own `upload_artifact` takes running trials only, whose end would then be the time of the upload.
"""

NOT_THERE = -1

TAKEN_BACK = "the study has taken this trial back"


class Mirror:
    """One study in a storage.

    It has the study's name, or that with a number where another study has it: one of somebody else's, one
    that was begun anew, or a version of the study with another space.

    Args:
        storage: Optuna's.
        artifacts: the folder of a `FileSystemArtifactStore`; it is made.
    """

    def __init__(self, storage: BaseStorage, artifacts: Path) -> None:
        """A mirror that has looked at nothing yet."""
        self._storage, self._artifacts = storage, artifacts
        self._store = FileSystemArtifactStore(artifacts)
        self._owner = ""
        self._study = NOT_THERE
        self._facts: dict[str, Any] = {}
        self._ids: dict[int, int] = {}
        self._mirrored: dict[int, TrialRecord] = {}

    @property
    def study_id(self) -> int | None:
        """The storage's number of the study; None before the first update of one that is prepared."""
        return None if self._study == NOT_THERE else self._study

    def update(self, study: StudyRecord, times: Mapping[int, datetime]) -> None:
        """Add the trials that are not there and finish those that have ended; the rest stays untouched.

        A study that is not prepared is left out, since it may yet be refused.

        Args:
            study: as it is recorded.
            times: when each trial ended, or started where it runs.
        """
        if not study.facts.is_prepared:
            return
        settings = study.settings
        owner = f"{settings.created} {settings.space.fingerprint()}"
        if owner != self._owner:
            self._begin(study, owner)
        self._put_facts(study.facts.to_json())
        outcomes = Outcomes.of(settings)
        for trial in study.trials:
            if self._mirrored.get(trial.number) != trial and fits(trial, settings.space):
                self._put(optuna_trial(trial, settings.space, outcomes), trial, study, times)
                self._mirrored[trial.number] = trial

    def _begin(self, study: StudyRecord, owner: str) -> None:
        """Find the storage's study, or make it, and find out which trials are there."""
        copy = self._claim(study.settings, owner)
        self._facts = copy.user_attrs
        self._study = self._storage.get_study_id_from_name(copy.study_name)
        self._ids, self._mirrored, self._owner = {}, {}, owner
        trials = {trial.number: trial for trial in study.trials}
        for twin in copy.get_trials(deepcopy=False):
            place = self._storage.get_trial_id_from_study_id_trial_number(self._study, twin.number)
            trial = trials.get(twin.user_attrs.get("trial", -1))
            if trial is not None and _holds(twin, trial):
                self._ids[trial.number] = place
                if twin.state.is_finished():
                    self._mirrored[trial.number] = trial
            elif not twin.state.is_finished():
                self._storage.set_trial_user_attr(place, "reason", TAKEN_BACK)
                self._storage.set_trial_state_values(place, TrialState.FAIL)

    def _put_facts(self, facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            if isinstance(value, (int, float, str)) and self._facts.get(name) != value:
                self._storage.set_study_user_attr(self._study, name, value)
                self._facts[name] = value

    def _claim(self, settings: StudySettings, owner: str) -> Study:
        """The storage's study of this owner, made where there is none."""
        for number in count(1):
            name = settings.name if number == 1 else f"{settings.name}-{number}"
            with suppress(KeyError):
                copy = Study(name, self._storage)
                if copy.user_attrs.get(OWNER) == owner:
                    return copy
                continue
            with suppress(optuna.exceptions.DuplicatedStudyError):
                copy = create_study(settings, name, self._storage)
                copy.set_user_attr(OWNER, owner)
                return copy
        raise AssertionError("numbers have no end")

    def _put(
        self, twin: FrozenTrial, trial: TrialRecord, study: StudyRecord, times: Mapping[int, datetime]
    ) -> None:
        if twin.state.is_finished():
            pictures = trial_folder(study.folder, trial.number)
            twin.system_attrs |= self._attach(pictures, f"{self._owner} {trial.number}")
        place = self._ids.get(trial.number)
        if place is not None:
            self._finish(place, twin)
            return
        _set_times(twin, trial, times.get(trial.number))
        self._ids[trial.number] = self._storage.create_new_trial(self._study, twin)

    def _finish(self, place: int, twin: FrozenTrial) -> None:
        for name, value in twin.user_attrs.items():
            self._storage.set_trial_user_attr(place, name, value)
        for name, value in twin.system_attrs.items():
            self._storage.set_trial_system_attr(place, name, value)
        if twin.state.is_finished():
            self._storage.set_trial_state_values(place, twin.state, twin.values)

    def _attach(self, folder: Path, owner: str) -> dict[str, Any]:
        """Copy a trial's pictures into the store; what Optuna notes about them."""
        notes = {}
        for picture in sorted(folder.glob("*.png")):
            # Always the same, so that an update that was cut off leaves no second copy.
            name = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{owner} {picture.name}"))
            self._artifacts.mkdir(parents=True, exist_ok=True)
            with picture.open("rb") as file:
                self._store.write(name, file)
            meta = ArtifactMeta(artifact_id=name, filename=picture.name, mimetype="image/png", encoding=None)
            notes[f"{ARTIFACT}{name}"] = json.dumps(asdict(meta))
        return notes


def _holds(twin: FrozenTrial, trial: TrialRecord) -> bool:
    """Whether a trial of the storage is this one, finished or not."""
    if twin.state.is_finished() and twin.state != STATES[trial.state]:
        return False
    return all(trial.params.get(path) == value for path, value in twin.params.items())


def _set_times(twin: FrozenTrial, trial: TrialRecord, time: datetime | None) -> None:
    moment = (time or datetime.now(UTC)).astimezone().replace(tzinfo=None)  # as Optuna has them
    finished = twin.state.is_finished()
    twin.datetime_start = moment - timedelta(seconds=trial.seconds if finished else 0.0)
    twin.datetime_complete = moment if finished else None
