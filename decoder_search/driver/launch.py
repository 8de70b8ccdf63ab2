"""From settings to a finished study: lock it, check that it is the same, prepare it, run it, let it go."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decoder_search.driver.budget import UNLIMITED, Budget, TrialLimits
from decoder_search.driver.control import lacks_control
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.preparation import PreparationFailed, gather_shared, prepare_study
from decoder_search.driver.same_study import go_on_with
from decoder_search.driver.study import Study
from decoder_search.driver.worker_count import fastest_number_of_workers
from decoder_search.engines.engine import Engine
from decoder_search.engines.starting import check_engine, describe_proposer, start_engine
from decoder_search.engines.warm_start import measured_the_same, warm_start
from decoder_search.execution.cluster import Cluster, Shared, prepare_ray
from decoder_search.execution.executor import Executor
from decoder_search.execution.interrupts import noted_interrupts
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.process import available_cores, fair_threads
from decoder_search.mirror.address import MirrorAddress
from decoder_search.mirror.following import mirrored
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.views.terminal.live import LiveView
from encodenet_core.errors import ConfigError, EncodeNetError
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
        _joined(resources.cluster),
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


def _joined(cluster: Cluster | None) -> AbstractContextManager[None]:
    """Be a driver of the cluster, if there is one, before anything is written or computed."""
    if cluster is None:
        return nullcontext()
    prepare_ray(cluster.address)
    from decoder_search.execution.ray.connection import connected  # an optional extra

    return connected(cluster.address)


def _spent(resources: Resources, study: StudyRecord) -> list[str]:
    wanted, used = duration(resources.time_budget or 0.0), duration(study.seconds_used)
    return [f"the {wanted} of --time-budget are spent ({used} so far); give more to go on"]


@dataclass(frozen=True)
class _Launch:
    """One start of a study, from its preparation to its end."""

    journal: Journal
    resources: Resources
    view: LiveView
    interrupted: Callable[[], bool]

    def run(self, study: StudyRecord, budget: Budget) -> None:
        """Prepare what trials share, choose the workers, run the trials."""
        used = self.resources
        housekeeping = Housekeeping(study, used.cache, used.storage, self.view.say)
        try:
            found = self._prepare(study, housekeeping)
        except PreparationFailed:
            raise
        except EncodeNetError:
            if not study.facts and not study.trials:  # facts of a study with trials were lost to damage
                _abandon(self.journal)
            raise
        if found is None:
            return
        prepared, shared = replace(study, facts={**study.facts, **found[0]}), found[1]
        with closing(self._engine(prepared)) as engine:
            workers = self._workers(prepared, shared)
            if workers is not None:
                with workers as executor:
                    running = Study(
                        self.journal,
                        prepared,
                        engine=engine,
                        executor=executor,
                        view=self.view,
                        housekeeping=housekeeping,
                    )
                    running.run(budget, self.interrupted, used.limits)

    def _prepare(
        self, study: StudyRecord, housekeeping: Housekeeping
    ) -> tuple[Mapping[str, Any], Shared] | None:
        """A worker with all cores computes what trials share; on a resumed study it finds it in the cache."""
        cache = self.resources.cache
        shared: Shared | None = Shared(cache)
        housekeeping.clear_attempts()

        def is_cut_short() -> bool:
            housekeeping.look()
            return housekeeping.is_full or self.interrupted()

        with self._executor(1) as executor:
            facts = prepare_study(executor, study, cache, self.view, is_cut_short)
            if facts is not None and self.resources.cluster is not None:
                shared = gather_shared(executor, study, cache, self.view, is_cut_short)
        if (facts is None or shared is None) and housekeeping.is_full:
            self.view.say(housekeeping.why_full)
        if facts is not None and not study.facts:
            self.journal.prepared(facts)
            self.view.say(f"baseline {facts['baseline_accuracy']:.2%} of validation images")
        return None if facts is None or shared is None else (facts, shared)

    def _workers(self, study: StudyRecord, shared: Shared) -> Executor | None:
        """Who runs the trials; None where an interrupt came first."""
        n_tasks = _tasks_left(study, self.resources.n_trials)
        if self.resources.cluster is not None:
            return self._on(self.resources.cluster, shared, n_tasks)
        n_workers = self._n_workers(study, n_tasks)
        return None if n_workers is None else self._executor(n_workers)

    def _n_workers(self, study: StudyRecord, n_tasks: int) -> int | None:
        """How many workers to start; None where an interrupt came first."""
        if self.resources.n_workers is not None or n_tasks == 1:
            return min(self.resources.n_workers or 1, n_tasks)
        return fastest_number_of_workers(
            self._executor,
            min(available_cores(), n_tasks),
            study,
            self.resources.cache,
            self.view,
            self.interrupted,
        )

    def _engine(self, study: StudyRecord) -> Engine:
        older = self._older_study(study)
        seen = older.trials if older and measured_the_same(study.facts, older.facts) else ()
        engine = start_engine(study.settings, self.resources.n_trials, study.folder, seen)
        if older is not None:
            self._start_warm(engine, study, older)
        return engine

    def _older_study(self, study: StudyRecord) -> StudyRecord | None:
        """The study that teaches the sampler, if there is one and it is still there."""
        name = study.settings.warm_start_from
        if name is None:
            return None
        try:
            return read_study(study.folder.parent / name)
        except ConfigError as error:
            self.view.say(f"study {name} does not teach the sampler any more: {error}")
            return None

    def _start_warm(self, engine: Engine, study: StudyRecord, older: StudyRecord) -> None:
        """Let the sampler learn from an older study."""
        carried = warm_start(older, study.settings.space)
        engine.restore(carried.records)
        self.view.say(f"{len(carried.records)} trials of study {older.settings.name} teach the sampler")
        for reason in carried.left_out:
            self.view.say(f"left out: {reason}")

    def _executor(self, n_workers: int) -> LocalExecutor:
        """Workers of this machine that share out the cores among themselves."""
        folder = self.journal.folder / "workers"
        devices = self.resources.devices
        return LocalExecutor(
            n_workers, threads=fair_threads(n_workers), log_folder=folder, environments=devices
        )

    def _on(self, cluster: Cluster, shared: Shared, n_tasks: int) -> Executor:
        """Workers on the machines of a cluster."""
        from decoder_search.execution.ray.connection import idle_gpus
        from decoder_search.execution.ray.executor import RayExecutor, pool_spec

        if not cluster.gpus and idle_gpus():
            self.view.say(
                f"no trial uses the {idle_gpus():g} GPUs of the cluster; --gpus-per-trial 1 changes that"
            )
        spec = pool_spec(cluster, self.resources.n_workers, n_tasks)
        return RayExecutor(spec, shared=shared, log_folder=self.journal.folder / "workers", say=self.view.say)


def _abandon(journal: Journal) -> None:
    """Take back what a new study wrote before it was refused."""
    shutil.rmtree(journal.folder / "workers", ignore_errors=True)
    journal.discard()
