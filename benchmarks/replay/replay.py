"""Replay samplers and pruners on a recorded table: what hypervolume they reach for how many epochs.

    python benchmarks/replay/replay.py digits --seeds 30

The claim: with successive halving, TPE reaches 95 % of the hypervolume that it has without at the end of its
trials, for at most half of the epochs. The real engines propose and the real pruner decides; only trials are
looked up. An epoch of an autoencoder counts one, whatever the decoder. Keras Tuner optimises the accuracy
alone; where Hyperband ends a trial early, it is told the accuracy of the probe. The exit code is 0 where the
claim holds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from simulation import History, Simulation
from table import Table, read_table

from decoder_search.engines.starting import start_engine
from decoder_search.execution.versions import describe_versions
from decoder_search.records.settings import EngineName, Objective, Pruning, StudySettings
from decoder_search.records.trial_record import identity

HERE = Path(__file__).parent
SHARE = 0.95
CLAIMED_RATIO = 0.5
CHECKPOINTS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Method:
    """Who proposes, and whether trials are stopped."""

    name: str
    sampler: str
    engine: EngineName = "optuna"
    objective: Objective = "both"
    halving: bool = False


UNPRUNED, PRUNED = Method("TPE", "tpe"), Method("TPE, halving", "tpe", halving=True)
METHODS = (
    PRUNED,
    UNPRUNED,
    Method("random, halving", "random", halving=True),
    Method("random", "random"),
    Method("NSGA-II, halving", "nsga2", halving=True),
    Method("NSGA-II", "nsga2"),
    Method("Keras Tuner Hyperband", "hyperband", "keras-tuner", "accuracy"),
    Method("Keras Tuner RandomSearch", "random", "keras-tuner", "accuracy"),
)


def main() -> None:
    """Replay every method, print the table."""
    options = parse_arguments()
    table = read_table(HERE / f"{options.table}.jsonl")
    budget = options.trials * table.epochs
    pruning = Pruning(options.first_rung, options.reduction_factor)
    histories = {
        method.name: [
            replay(table, method, pruning, seed, options.trials, options.workers)
            for seed in range(options.seeds)
        ]
        for method in METHODS
        if method.engine == "optuna" or not options.without_keras_tuner
    }
    finals = [history.hypervolumes[-1] for history in histories[UNPRUNED.name]]
    ratios = [
        history.reached_at(SHARE * final) / budget
        for history, final in zip(histories[PRUNED.name], finals, strict=True)
    ]
    ratio = statistics.median(ratios)
    sys.stdout.write(format_table(histories, finals, budget))
    sys.stdout.write(
        f"\n{PRUNED.name} reaches {SHARE:.0%} of what {UNPRUNED.name} has after {options.trials} trials "
        f"({budget} epochs) for {ratio:.2f} of the epochs (median of {options.seeds} seeds; "
        f"claimed: at most {CLAIMED_RATIO})\n{describe_versions()}\n"
    )
    check_unique(histories)
    if options.output:
        options.output.write_text(json.dumps(as_json(histories, budget), indent=1) + "\n")
    sys.exit(0 if ratio <= CLAIMED_RATIO else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", choices=sorted(path.stem for path in HERE.glob("*.jsonl")))
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--trials", type=int, default=48, help="of a method that stops none")
    parser.add_argument("--workers", type=int, default=1, help="trials at the same time")
    parser.add_argument("--first-rung", type=int, default=Pruning.first_rung, help="epochs until it")
    parser.add_argument("--reduction-factor", type=int, default=Pruning.reduction_factor, help="of its rungs")
    parser.add_argument("--without-keras-tuner", action="store_true", help="TensorFlow takes long to load")
    parser.add_argument("--output", type=Path, help="JSON file for the curves")
    return parser.parse_args()


def replay(
    table: Table, method: Method, pruning: Pruning, seed: int, n_trials: int, n_workers: int
) -> History:
    """One simulated study with the epochs of `n_trials` whole trials."""
    most = n_trials if method.engine == "optuna" and not method.halving else len(table.entries)
    settings = StudySettings(
        name="replay",
        space=table.space,
        seed=seed,
        sampler=method.sampler,
        reconstruction="mse",
        created="",
        versions={},
        engine=method.engine,
        objective=method.objective,
        pruning=pruning if method.halving else None,
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(start_engine(settings, most, Path(folder))) as engine,
    ):
        return Simulation(table, settings, engine, n_workers).run(most, n_trials * table.epochs)


def check_unique(histories: dict[str, list[History]]) -> None:
    """Say where a method tried the same twice; trials that Hyperband goes on with are one."""
    for name, runs in histories.items():
        repeated = sum(len(run.params) - len({identity(params) for params in run.params}) for run in runs)
        if repeated and "Hyperband" not in name:
            sys.exit(f"{name} tried {repeated} params more than once")
    sys.stdout.write("no method tried the same params twice\n")


def format_table(histories: dict[str, list[History]], finals: Sequence[float], budget: int) -> str:
    """Medians over seeds as a Markdown table."""
    shares = " | ".join(f"{share:.0%}" for share in CHECKPOINTS)
    lines = [f"| method | {shares} | epochs to {SHARE:.0%} | trials, completed |", "|---" * 10 + "|"]
    for name, runs in histories.items():
        curve = [
            statistics.median(run.hypervolume_at(share * budget) for run in runs) for share in CHECKPOINTS
        ]
        reached = statistics.median(
            run.reached_at(SHARE * final) for run, final in zip(runs, finals, strict=True)
        )
        n_trials = statistics.median(len(run.params) for run in runs)
        n_completed = statistics.median(run.n_completed for run in runs)
        cells = " | ".join(f"{value:.3f}" for value in curve)
        lines.append(f"| {name} | {cells} | {reached:.0f} | {n_trials:.0f}, {n_completed:.0f} |")
    return "\n".join(lines) + "\n"


def as_json(histories: dict[str, list[History]], budget: int) -> dict[str, object]:
    """All curves."""
    return {
        "budget": budget,
        "methods": {
            name: [{"epochs": run.epochs, "hypervolumes": run.hypervolumes} for run in runs]
            for name, runs in histories.items()
        },
    }


if __name__ == "__main__":
    main()
