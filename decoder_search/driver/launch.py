"""From settings to a finished study: lock it, check that it is the same, prepare it, run it, let it go."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decoder_search.driver.budget import UNLIMITED, Budget, TrialLimits
from decoder_search.driver.control import lacks_control
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.preparation import PreparationFailed, compute_shared
from decoder_search.driver.same_study import check_accuracy, go_on_with
from decoder_search.driver.study import Study
from decoder_search.driver.worker_count import fastest_number_of_workers
from decoder_search.engines.starting import check_engine, describe_proposer, start_engine_of
from decoder_search.execution.cluster import Cluster, Shared
from decoder_search.execution.executor import GRACE, Executor
from decoder_search.execution.interrupts import noted_interrupts
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.starting import cluster_workers, joined, local_workers
from decoder_search.mirror.address import MirrorAddress
from decoder_search.mirror.following import mirrored
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.views.terminal.live import LiveView
from encodenet_core.errors import EncodeNetError
from encodenet_core.io.machine import available_cores
from encodenet_core.io.quantities import duration

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Resources:
    """What a study may use.

    Attributes:
        n_trials: of the study in total.
        n_workers: trials at the same time; None measures how many are the fastest, or is as many as the
            cluster has room for.
        time_budget: seconds of wall time of the whole study.
        cache: folder of the stage cache.
        limits: of one trial.
        devices: environment variables of worker 1, 2, ..., in turns.
        mirror: an Optuna storage to keep up to date.
        storage: what the study may keep on disk.
        cluster: where trials run; None is this machine.
    """

    n_trials: int
    n_workers: int | None
    time_budget: float | None
    cache: Path
    limits: TrialLimits = UNLIMITED
    devices: tuple[Mapping[str, str], ...] = ({},)
    mirror: MirrorAddress | None = None
    storage: Storage = Storage()
    cluster: Cluster | None = None


def launch_study(
    folder: Path, settings: StudySettings, resources: Resources, console: Console
) -> tuple[StudyRecord, bool]:
    """Start the study in a folder, or go on with it; returns it and whether it was interrupted.

    A new study that cannot be prepared leaves nothing behind.

    Args:
        folder: of the study.
        settings: of it.
        resources: that it may use.
        console: where to show how it goes.

    Raises:
        ConfigError: the study is held by another process or was started with other settings, or the dataset,
            the baseline, the space or the cluster cannot be used.
        EncodeNetError: the study cannot be written, or its preparation broke.
    """
    check_engine(settings)
    with (
        joined(resources.cluster),
        Journal.open(folder, lambda: settings) as journal,
        noted_interrupts() as interrupted,
    ):
        said: list[str] = []
        study = go_on_with(journal, settings, said.append)
        n_trials = resources.n_trials
        budget = Budget.starting_now(n_trials, resources.time_budget, study.seconds_used)
        view = LiveView(console, study_name=folder.name, n_trials=n_trials, deadline=budget.deadline)
        said += _spent(resources, study) if budget.is_late else []
        for line in said:
            view.say(line)
        with mirrored(resources.mirror, folder, view.say):
            if _tasks_left(study, n_trials) and not budget.is_late:
                journal.opened(describe_proposer(study.settings, n_trials), n_trials)
                with view:
                    _Launch(journal, resources, view, interrupted).run(study, budget)
        return read_study(folder), interrupted()


def _tasks_left(study: StudyRecord, n_trials: int) -> int:
    """How many trials, and control A, are still to run; so many workers at most have something to do."""
    return max(0, n_trials - len(study.finished)) + lacks_control(study.facts)


def _spent(resources: Resources, study: StudyRecord) -> list[str]:
    wanted, used = duration(resources.time_budget or 0.0), duration(study.seconds_used)
    return [f"the {wanted} of --time-budget are spent ({used} so far); give more to go on"]


@dataclass(frozen=True)
class _Prepared:
    """What came of a preparation: facts about what trials share, and how other machines come by that."""

    facts: StudyFacts
    shared: Shared


@dataclass(frozen=True)
class _Launch:
    """One start of a study, from its preparation to its end."""

    journal: Journal
    resources: Resources
    view: LiveView
    interrupted: Callable[[], bool]

    def run(self, study: StudyRecord, budget: Budget) -> None:
        """Prepare what trials share, choose the workers, run the trials."""
        used, n_early = self.resources, self._n_workers(study)
        housekeeping = Housekeeping(study, used.cache, used.storage, self.view.say)
        with ExitStack() as at_the_end:
            with self._taken_back_if_refused(study):
                early = None if n_early is None else at_the_end.enter_context(self._local(n_early))
                if early is not None:
                    early.start()  # they load Keras while another prepares
                preparation = self._prepare(study, housekeeping)
            if preparation is None:
                return
            prepared = replace(study, facts=preparation.facts)
            if early is not None and n_early != self._n_workers(prepared):
                early.close(GRACE)
                early = None
            engine = start_engine_of(prepared, used.n_trials, self.view.say)
            at_the_end.enter_context(closing(engine))
            workers = early or self._workers(prepared, preparation.shared)
            if workers is None:
                return
            running = Study(
                self.journal,
                prepared,
                engine=engine,
                executor=at_the_end.enter_context(workers),
                view=self.view,
                housekeeping=housekeeping,
            )
            running.run(budget, self.interrupted, used.limits)

    @contextmanager
    def _taken_back_if_refused(self, study: StudyRecord) -> Iterator[None]:
        """A new study that is refused leaves nothing behind."""
        try:
            yield
        except PreparationFailed:
            raise
        except EncodeNetError:
            # Facts of a study with trials were lost to damage.
            if not (study.facts.is_prepared or study.trials):
                _abandon(self.journal)
            raise

    def _prepare(self, study: StudyRecord, housekeeping: Housekeeping) -> _Prepared | None:
        """A worker with all cores computes what trials share; on a resumed study it finds it in the cache."""
        cache = self.resources.cache
        gathered: Mapping[str, Any] | None = {"stages": (), "identities": {}}
        housekeeping.clear_attempts()

        def is_cut_short() -> bool:
            housekeeping.look()
            return housekeeping.is_full or self.interrupted()

        with self._local(1) as executor:
            found = compute_shared("prepare", executor, study, cache, self.view, is_cut_short)
            if found is not None and self.resources.cluster is not None:
                gathered = compute_shared("gather", executor, study, cache, self.view, is_cut_short)
        if (found is None or gathered is None) and housekeeping.is_full:
            self.view.say(housekeeping.why_full)
        if found is None:
            return None
        for note in found.get("notes", ()):
            self.view.say(note)
        check_accuracy(study.settings, found)
        facts = study.facts.extended({name: fact for name, fact in found.items() if name != "notes"})
        if not study.facts.is_prepared:
            self.journal.prepared(facts)
            self.view.say(f"baseline {facts.baseline_accuracy:.2%} of validation images")
        if gathered is None:
            return None
        return _Prepared(facts, Shared(cache, tuple(gathered["stages"]), gathered["identities"]))

    def _n_workers(self, study: StudyRecord) -> int | None:
        """How many workers of this machine a study takes; None where that is measured, or they are others."""
        used, n_tasks = self.resources, _tasks_left(study, self.resources.n_trials)
        if used.cluster is not None or (used.n_workers is None and n_tasks > 1):
            return None
        # What is not prepared yet will want a control A.
        return min(used.n_workers or 1, n_tasks + (not study.facts.is_prepared))

    def _workers(self, study: StudyRecord, shared: Shared) -> Executor | None:
        """Who runs the trials; None where an interrupt came first."""
        used, n_tasks = self.resources, _tasks_left(study, self.resources.n_trials)
        if used.cluster is not None:
            return cluster_workers(
                used.cluster,
                used.n_workers,
                n_tasks,
                shared=shared,
                log_folder=self.journal.folder / "workers",
                say=self.view.say,
            )
        n_workers = self._n_workers(study) or fastest_number_of_workers(
            self._local,
            min(available_cores(), n_tasks),
            study,
            used.cache,
            self.view,
            self.interrupted,
        )
        return None if n_workers is None else self._local(n_workers)

    def _local(self, n_workers: int) -> LocalExecutor:
        return local_workers(n_workers, self.journal.folder / "workers", self.resources.devices)


def _abandon(journal: Journal) -> None:
    """Take back what a new study wrote before it was refused."""
    shutil.rmtree(journal.folder / "workers", ignore_errors=True)
    journal.discard()
