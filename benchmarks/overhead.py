"""What a study costs beside its trials and its sampler: milliseconds a trial, over many trials.

The claim: below 10 ms a trial at 1,000 trials, which is also below 1 % of a trial of a minute. The driver is
the real one, with its journal on the disk, its pruner and worker processes; the trials report at every epoch
and compute nothing. The time of the sampler is measured apart. Exit code 0 where the claim holds.

    python benchmarks/overhead.py --trials 1000
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from time import perf_counter

from rich.console import Console

from decoder_search.driver.budget import Budget
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.study import Study
from decoder_search.engines.engine import Engine, Wait
from decoder_search.engines.starting import start_engine
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.versions import describe_versions
from decoder_search.records.journal import Journal, utc_now
from decoder_search.records.settings import Pruning, StudySettings
from decoder_search.records.study_record import read_study
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.space.parsing import load_space
from decoder_search.views.terminal.live import LiveView

CLAIMED_MILLISECONDS = 10.0

WORKER = """
import random
from decoder_search.execution.serving import main
from decoder_search.space.metrics import ALWAYS_MEASURED
from encodenet_core import Stopped

def run_task(task, report):
    chance = random.Random(repr(task["params"]))
    for epoch in range(1, 10):
        measured = {"loss": chance.random()}
        if epoch in task["rungs"]:
            measured |= {"mse": chance.random(), "retrieval": 0.5, "probe_accuracy": chance.random()}
        if not report("autoencoder", epoch, 9, measured):
            raise Stopped("as you wish")
    return {**dict.fromkeys(ALWAYS_MEASURED, 0.5), "accuracy": chance.random(), "mse": chance.random()}

if __name__ == "__main__":
    main(run_task)
"""


class TimedEngine:
    """An engine whose own time is summed up."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seconds = 0.0

    def ask(self, number: int, attempt: int = 0) -> Proposal | Wait | None:
        """Ask the engine."""
        started = perf_counter()
        try:
            return self._engine.ask(number, attempt)
        finally:
            self.seconds += perf_counter() - started

    def tell(self, record: TrialRecord) -> None:
        """Tell the engine."""
        started = perf_counter()
        self._engine.tell(record)
        self.seconds += perf_counter() - started

    def restore(self, records: Iterable[TrialRecord]) -> None:
        """Restore the engine."""
        self._engine.restore(records)

    def still_needed(self) -> Collection[int]:
        """Ask the engine."""
        return self._engine.still_needed()

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()


def main() -> None:
    """Run a study of empty trials, print what it cost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--sampler", default="random")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        total, sampler = run(Path(folder), options.trials, options.sampler)
    own = 1000 * (total - sampler) / options.trials
    sys.stdout.write(
        f"{options.trials} trials in {total:.1f} s: {own:.2f} ms a trial beside the sampler "
        f"{options.sampler}, which takes {1000 * sampler / options.trials:.2f} ms "
        f"(claimed: below {CLAIMED_MILLISECONDS:g} ms)\n{describe_versions()}\n"
    )
    sys.exit(0 if own < CLAIMED_MILLISECONDS else 1)


def run(folder: Path, n_trials: int, sampler: str) -> tuple[float, float]:
    """Seconds of the whole loop, and of the sampler in it; the start of the workers does not count."""
    (folder / "empty_worker.py").write_text(WORKER)
    space = load_space("digits").with_constants({"seed": 0, "autoencoder.training.epochs": 9})
    settings = StudySettings("overhead", space, 0, sampler, "mse", utc_now(), {}, pruning=Pruning())
    engine = TimedEngine(start_engine(settings, n_trials, folder))
    path = os.pathsep.join([str(folder), *sys.path])
    workers = LocalExecutor(
        2, threads=1, log_folder=folder, module="empty_worker", environments=[{"PYTHONPATH": path}]
    )
    view = LiveView(Console(file=io.StringIO()), study_name="overhead", n_trials=n_trials, deadline=None)
    with Journal.open(folder / "overhead", lambda: settings) as journal, workers as executor:
        recorded = read_study(journal.folder)
        keeping = Housekeeping(recorded, folder, Storage(), view.say)
        study = Study(journal, recorded, engine=engine, executor=executor, view=view, housekeeping=keeping)
        study.run(Budget(2), lambda: False)
        engine.seconds, started = 0.0, perf_counter()
        study.run(Budget(n_trials + 2), lambda: False)
        return perf_counter() - started, engine.seconds


if __name__ == "__main__":
    main()
