"""Retrain the best configs of a study at their final budget over paired seeds, in workers, resumable."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from decoder_search.analysis.ranking import rank_study
from decoder_search.driver.attempts import Attempts
from decoder_search.execution.executor import MOST_ATTEMPTS, POLL_SECONDS, Executor
from decoder_search.execution.messages import Event
from decoder_search.execution.tasks import ConfirmTask
from decoder_search.records.confirmations import Confirmation, ConfirmationLog
from decoder_search.records.lock import Lock
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.records.wording import time_left
from encodenet_core.config_values import change_config
from encodenet_core.errors import ConfigError, EncodeNetError, unknown_name
from encodenet_core.io.quantities import duration
from encodenet_core.io.whole_files import write_text
from encodenet_core.references import RIVALS, UNCONVERTED


class ConfirmationFailed(EncodeNetError):
    """A worker broke or died, which says nothing about whether the config is sound."""


@dataclass(frozen=True)
class Retraining:
    """One config, that of a trial at its final budget, and one seed; `config` is the hash of both.

    `rivals` are trained beside it: those that were asked for, and those that an earlier confirmation has.
    """

    trial: TrialRecord
    seed: int
    config: str
    rivals: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What a message calls it."""
        return f"trial {self.trial.number}, seed {self.seed}"

    def is_done(self, earlier: Confirmation | None) -> bool:
        """Whether a confirmation of this config and seed says all that is asked for."""
        return earlier is not None and (bool(earlier.reason) or earlier.rivals.issuperset(self.rivals))


def plan_retrainings(
    study: StudyRecord, top: int, n_seeds: int, rivals: Sequence[str] = ()
) -> list[Retraining]:
    """Each of the best configs with each seed, from that of the study on; equal final configs are one.

    Raises:
        ConfigError: no trial has completed, a rival is unknown, or none for these configs.
    """
    for rival in rivals:
        if rival not in RIVALS:
            raise unknown_name("rival", rival, RIVALS)
    settings = study.settings
    space = settings.space
    ranked = rank_study(study)
    if not ranked:
        raise ConfigError(
            f"study {settings.name!r} has no completed trial to confirm; go on with `decoder-search run`"
        )
    trial_by_config: dict[str, TrialRecord] = {}
    for each in ranked:
        config = space.to_config(each.trial.params, final=True)
        if len(trial_by_config) < top:
            trial_by_config.setdefault(config.stable_hash(), each.trial)
    measured = {each.config: each.rivals for each in study.confirmations}

    def plan(trial: TrialRecord, seed: int) -> Retraining:
        config = space.final_config(trial.params, seed)
        key = config.stable_hash()
        beside = tuple(name for name in RIVALS if name in {*rivals, *measured.get(key, ())})
        for name in beside:
            change_config(config, {"distillation.method": name})
        return Retraining(trial, seed, key, beside)

    return [plan(trial, seed) for trial in trial_by_config.values() for seed in seeds_of(study, n_seeds)]


def seeds_of(study: StudyRecord, n_seeds: int) -> tuple[int, ...]:
    """The seeds that all configs share: the study's own at the final budget, and those after it."""
    first = study.settings.space.to_config({}, final=True).seed
    return tuple(range(first, first + n_seeds))


@contextmanager
def held_log(folder: Path) -> Iterator[ConfirmationLog]:
    """The confirmations of a study, for this process alone to write while no other works on the study.

    Raises:
        ConfigError: another process holds the study, or it cannot be written.
    """
    try:
        lock = Lock.take(folder)
    except OSError as error:
        raise ConfigError(f"cannot write study {folder.name!r}: {error.strerror}") from None
    try:
        with ConfirmationLog(folder) as log:
            yield log
    finally:
        lock.release()


class Confirming:
    """Runs retrainings and writes each down when it is done.

    Args:
        study: whose lock this process holds.
        log: of the study.
        executor: runs the tasks; its driver closes it.
        cache: folder of the stage cache, in which the configs of a seed share a baseline.
        say: is told what happens, in lines.
        follow: is told of every report of a retraining, by its name: stage, epoch, epochs, and of its end as
            epoch 0 of 0; without it, the begin of every stage is a line.
    """

    def __init__(
        self,
        study: StudyRecord,
        log: ConfirmationLog,
        *,
        executor: Executor,
        cache: Path,
        say: Callable[[str], None],
        follow: Callable[[str, str, int, int], None] | None = None,
    ) -> None:
        """Take up what was confirmed before."""
        self._study, self._log, self._executor = study, log, executor
        self._cache, self._say, self._follow = cache, say, follow
        self._datasets = {each.seed: each.dataset for each in study.confirmations if each.dataset}
        self._running: dict[int, Retraining] = {}
        self._waiting: deque[tuple[int, Retraining]] = deque()
        self._attempts = Attempts()
        self._stages: dict[int, str] = {}
        self._n_done = self._n_tasks = self._n_before = 0
        self._started = time.monotonic()

    def run(self, planned: Sequence[Retraining], interrupted: Callable[[], bool]) -> None:
        """Run what the study does not hold yet, until all is done or `interrupted` says so.

        Raises:
            ConfigError: the data or the baseline cannot be used.
            ConfirmationFailed: a worker broke, or died three times on the same config.
        """
        earlier = {each.config: each for each in self._study.confirmations}
        self._waiting.extend(
            (key, each) for key, each in enumerate(planned) if not each.is_done(earlier.get(each.config))
        )
        self._n_tasks = len(planned)
        self._n_done = self._n_before = self._n_tasks - len(self._waiting)
        self._started = time.monotonic()
        while (self._waiting or self._running) and not interrupted():
            while self._waiting and self._executor.free():
                self._submit(*self._waiting.popleft())
            for event in self._executor.events(POLL_SECONDS):
                self._take(event)

    def _submit(self, key: int, retraining: Retraining) -> None:
        self._running[key] = retraining
        self._attempts.begin(key)
        self._stages.pop(key, None)
        task = ConfirmTask(
            space=self._study.settings.space,
            cache=self._cache,
            params=retraining.trial.params,
            seed=retraining.seed,
            dataset=self._datasets.get(retraining.seed, ""),
            rivals=retraining.rivals,
        )
        self._executor.submit(key, task)

    def _take(self, event: Event) -> None:
        if event.kind == "report":
            self._note_stage(event)
            self._executor.answer(event.key, go_on=True)
            return
        retraining = self._running.pop(event.key)
        if self._follow is not None:
            self._follow(retraining.name, "", 0, 0)
        if event.kind == "died" and self._attempts.may_try_again(event):
            self._say(f"{retraining.name}: its worker died ({event.payload['reason']}); it is tried again")
            self._waiting.append((event.key, retraining))
        elif event.kind == "refused":
            raise ConfigError(event.payload["reason"])
        elif event.kind in ("result", "infeasible"):
            self._record(retraining, _confirmation(retraining, event))
        else:
            raise self._failure(retraining, event)

    def _note_stage(self, event: Event) -> None:
        stage, name = event.payload["stage"], self._running[event.key].name
        if self._follow is not None:
            self._follow(name, stage, event.payload["step"], event.payload["total"])
        elif self._stages.get(event.key) != stage:
            self._stages[event.key] = stage
            self._say(f"{name}: {stage}, {event.payload['total']} epochs")

    def _record(self, retraining: Retraining, confirmation: Confirmation) -> None:
        if confirmation.dataset:
            before = self._datasets.setdefault(confirmation.seed, confirmation.dataset)
            if before != confirmation.dataset:
                raise ConfigError(
                    f"the dataset changed while it was trained on ({before}, now {confirmation.dataset}); "
                    "bring it back, or remove the study's confirmed.jsonl"
                )
        self._log.append(confirmation)
        self._n_done += 1
        self._say(f"{retraining.name}: {_outcome(confirmation)} ({self._progress()})")

    def _progress(self) -> str:
        elapsed, waiting = time.monotonic() - self._started, self._n_tasks - self._n_done
        left = time_left(elapsed=elapsed, finished=self._n_done - self._n_before, waiting=waiting)
        done = f"{self._n_done} of {self._n_tasks} done"
        return f"{done}, about {duration(left)} left" if waiting and left is not None else done

    def _failure(self, retraining: Retraining, event: Event) -> ConfirmationFailed:
        reason, folder = event.payload["reason"], self._study.folder / "workers"
        if event.kind == "died":
            return ConfirmationFailed(
                f"{retraining.name}: its worker died {MOST_ATTEMPTS} times ({reason}); see {folder}"
            )
        path = folder / "traceback.txt"
        write_text(path, event.payload.get("traceback", reason))
        return ConfirmationFailed(f"{retraining.name} broke ({reason}); see {path}")


def _confirmation(retraining: Retraining, event: Event) -> Confirmation:
    trial = retraining.trial
    run = (trial.number, trial.params, retraining.seed, retraining.config)
    if event.kind == "infeasible":
        return Confirmation(*run, "infeasible", reason=event.payload["reason"])
    return Confirmation(*run, "completed", event.payload["metrics"], event.payload["dataset"])


def _outcome(confirmation: Confirmation) -> str:
    if confirmation.reason:
        return f"cannot run: {confirmation.reason}"
    metrics = confirmation.metrics
    accuracies = {"validation": metrics["accuracy"]}
    accuracies |= {name: metrics.get(f"{name}_accuracy") for name in ("baseline", UNCONVERTED, *RIVALS)}
    return ", ".join(f"{name} {value:.2%}" for name, value in accuracies.items() if value is not None)
