"""How long the leaderboard of a long study takes, from the file on disk to what is printed.

The claim: of 5,000 trials that reported ten times each and of which two thirds were pruned, the 20 best as
a table, all as a table and all as JSON take less than a second each: reading, ranking, rows and printing,
without the start of Python.

    python benchmarks/leaderboard.py --trials 5000

The study is made up, from the packaged space `digits`. Where other work runs on the machine, the seconds of a
core that are printed too come nearer to what a leaderboard takes than the seconds that passed; the claim is
about the latter. The exit code is 0 where it holds and 1 where it does not.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from rich.console import Console

from decoder_search.analysis.formats import format_rows
from decoder_search.analysis.rows import LeaderboardOptions, leaderboard_rows
from decoder_search.execution.versions import describe_versions
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal, utc_now
from decoder_search.records.settings import Pruning, StudySettings
from decoder_search.records.study_record import TRIALS_FILE, read_study
from decoder_search.records.trial_record import TrialRecord, trial_to_json
from decoder_search.space.metrics import ALWAYS_MEASURED
from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace
from decoder_search.views.terminal.leaderboard import build_leaderboard

CLAIMED_SECONDS = 1.0
REPORTS = 10
FACTS = StudyFacts(
    num_classes=10,
    n_validation=360,
    baseline_accuracy=0.95,
    control_training_accuracy=0.96,
)


def main() -> None:
    """Make a study up, show it in every way and print what each took."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        study = write_study(Path(folder) / "long", options.trials)
        size = (study / TRIALS_FILE).stat().st_size
        sys.stdout.write(f"{options.trials:,} trials with {REPORTS} reports each, {size / 1e6:.1f} MB\n")
        # Every one is measured, whatever came out before.
        fast = [measure(name, show, study) < CLAIMED_SECONDS for name, show in SHOWN.items()]
    holds = all(fast) and options.trials >= 5000
    sys.stdout.write(f"{describe_versions()}\n")
    sys.stdout.write("the claim holds\n" if holds else "the claim does not hold\n")
    sys.exit(0 if holds else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=5000)
    return parser.parse_args()


def write_study(folder: Path, n_trials: int) -> Path:
    """A study on disk, its events as a driver writes them but for the wait until each is on the disk."""
    space, draw = load_space("digits"), random.Random(0)  # noqa: S311  # made-up numbers
    settings = StudySettings("long", space, 0, "tpe", "mse", utc_now(), {}, pruning=Pruning())
    with Journal.open(folder, lambda: settings) as journal:
        journal.prepared(FACTS)
    with (folder / TRIALS_FILE).open("a", encoding="utf-8") as file:
        for number in range(n_trials):
            for event in events_of(made_up_trial(number, space, draw)):
                file.write(json.dumps({"time": utc_now(), **event}) + "\n")
    return folder


def made_up_trial(number: int, space: SearchSpace, draw: random.Random) -> TrialRecord:
    """A trial that nobody ran; two of three were pruned."""
    params: dict[str, Any] = {}
    for parameter in space.parameters:
        if space.is_active(parameter, params):
            params[parameter.path] = draw.choice(parameter.examples())
    values = {"mse": draw.uniform(0.01, 0.1), "retrieval": draw.random(), "epochs": REPORTS}
    if draw.random() < 2 / 3:
        metrics = {**values, "probe_accuracy": draw.uniform(0.8, 0.95)}
        return TrialRecord(number, params, "pruned", metrics, reason="stopped at a rung", seconds=2.0)
    others = {name: draw.random() for name in ALWAYS_MEASURED if name not in values}
    return TrialRecord(number, params, "completed", {**values, **others}, seconds=9.0)


def events_of(trial: TrialRecord) -> list[dict[str, Any]]:
    """What a driver records of a trial."""
    started = {"number": trial.number, "params": dict(trial.params), "sampler_state": {}, "attempts": 1}
    values = {"loss": 0.02, "mse": 0.02, "retrieval": 0.9, "probe_accuracy": 0.9}
    reports = [
        {"event": "reported", "number": trial.number, "step": step, "values": values}
        for step in range(1, REPORTS + 1)
    ]
    finished = {"event": "finished", "trial": trial_to_json(trial)}
    return [{"event": "started", "trial": started}, *reports, finished]


def show_table(folder: Path, top: int | None) -> str:
    """What `decoder-search leaderboard` prints."""
    console = Console(file=io.StringIO(), width=160)
    with console.capture() as capture:
        console.print(build_leaderboard(read_study(folder), LeaderboardOptions(top=top)))
    return capture.get()


SHOWN: dict[str, Callable[[Path], str]] = {
    "reading alone": lambda folder: str(len(read_study(folder).trials)),
    "--top 20": lambda folder: show_table(folder, 20),
    "all": lambda folder: show_table(folder, None),
    "--format json": lambda folder: format_rows(leaderboard_rows(read_study(folder)), "json"),
}


def measure(name: str, show: Callable[[Path], str], folder: Path) -> float:
    """Seconds that one way to show the study takes."""
    started, computed = perf_counter(), process_time()
    n_lines = show(folder).count("\n")
    seconds, computed = perf_counter() - started, process_time() - computed
    sys.stdout.write(
        f"  {name:14} {seconds:6.2f} s (claimed: under {CLAIMED_SECONDS:g}), {computed:.2f} s of a core, "
        f"{n_lines:,} lines\n"
    )
    sys.stdout.flush()
    return seconds


if __name__ == "__main__":
    main()
