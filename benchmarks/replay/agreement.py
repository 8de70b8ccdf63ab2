"""Whether a study reaches the same with four workers as with one, on the recorded tables.

    python benchmarks/replay/agreement.py

With more workers a sampler knows less when it proposes. The claim: for the same epochs, the median
hypervolume of 5 seeds agrees within 5 %, for every sampler, with halving and without. The exit code is 0
where it does.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from replay import HERE, METHODS, Method, replay
from table import Table, read_table

from decoder_search.records.settings import Pruning

CLAIMED_DIFFERENCE = 0.05
WORKERS = (1, 4)


def main() -> None:
    """Replay every method of Optuna on every table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=48, help="of a method that stops none")
    options = parser.parse_args()
    sys.stdout.write("| table | method | 1 worker | 4 workers | difference |\n|---|---|---|---|---|\n")
    differences = []
    for path in sorted(HERE.glob("*.jsonl")):
        table = read_table(path)
        for method in METHODS:
            if method.engine == "optuna":
                one, four = (reached(table, method, n, options.seeds, options.trials) for n in WORKERS)
                differences.append(abs(four - one) / one)
                sys.stdout.write(
                    f"| {path.stem} | {method.name} | {one:.3f} | {four:.3f} | {differences[-1]:.1%} |\n"
                )
    sys.stdout.write(
        f"largest difference {max(differences):.1%} (claimed: at most {CLAIMED_DIFFERENCE:.0%})\n"
    )
    sys.exit(0 if max(differences) <= CLAIMED_DIFFERENCE else 1)


def reached(table: Table, method: Method, n_workers: int, n_seeds: int, n_trials: int) -> float:
    """The median over seeds of the hypervolume at the end."""
    runs = [replay(table, method, Pruning(), seed, n_trials, n_workers) for seed in range(n_seeds)]
    return statistics.median(run.hypervolumes[-1] for run in runs)


if __name__ == "__main__":
    main()
