"""The rungs of a study: which epochs they are for a trial, and who goes on from there."""

from __future__ import annotations

from dataclasses import replace

from decoder_search.driver.pruning import SuccessiveHalving, rung_losses
from decoder_search.driver.running import RunningTrial
from decoder_search.records.curves import read_reports
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import Proposal


class Rungs:
    """Compares running trials at their rungs with all that came there before, in earlier starts too."""

    def __init__(self, study: StudyRecord) -> None:
        """Take up what the study has recorded; one without pruning has no rungs."""
        self._settings = study.settings
        self._halving = None if study.settings.pruning is None else SuccessiveHalving(study.settings.pruning)
        if self._halving is not None:
            for number, curve in read_reports(study.folder).items():
                for epoch, values in curve.items():
                    losses = rung_losses(values, self._settings)
                    if losses is not None:
                        self._halving.note(number, epoch, losses)

    def epochs_of(self, proposal: Proposal) -> tuple[int, ...]:
        """The rungs of a trial: none where its engine itself has set how far it goes."""
        if self._settings.pruning is None or proposal.epochs is not None:
            return ()
        training = self._settings.space.to_config(proposal.params).autoencoder.training
        return tuple(self._settings.pruning.rungs(training.epochs))

    def compare(self, trial: RunningTrial) -> RunningTrial:
        """The trial with what stopped it, if the others at this rung are better."""
        losses = rung_losses(trial.measured, self._settings)
        if self._halving is None or losses is None:
            return trial
        standing = self._halving.judge(trial.proposal.number, round(trial.measured["epochs"]), losses)
        return trial if standing.goes_on else replace(trial, stopped_by=standing)
