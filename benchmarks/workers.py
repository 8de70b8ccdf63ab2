"""How much faster two workers are than one: the same trials of a small network, on the same cores.

The claim: at least 1.6 times, on 2 cores. What trials share is computed before; the time is that from the
start of the first trial to the end of the last, so that the start of the workers counts. Exit code 0 where
the claim holds.

    python benchmarks/workers.py --trials 12 --rounds 3
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from timed_study import run_study

from decoder_search.execution.versions import describe_versions

CLAIMED_RATIO = 1.6


def main() -> None:
    """Run the same study with one worker and with two, in turns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--space", default="digits")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        seconds_of(cache, options.space, options.trials, 2)
        ratios = []
        for number in range(options.rounds):
            one, two = (seconds_of(cache, options.space, options.trials, workers) for workers in (1, 2))
            ratios.append(one / two)
            sys.stdout.write(f"round {number}: one worker {one:.1f} s, two {two:.1f} s\n")
    ratio = statistics.median(ratios)
    sys.stdout.write(
        f"{options.trials} trials of {options.space}: two workers are {ratio:.2f} times as fast as one "
        f"({min(ratios):.2f} to {max(ratios):.2f}; claimed: {CLAIMED_RATIO})\n{describe_versions()}\n"
    )
    sys.exit(0 if ratio >= CLAIMED_RATIO else 1)


def seconds_of(cache: Path, space: str, n_trials: int, n_workers: int) -> float:
    """How long the trials of a new study take."""
    return run_study(cache, [space, "--trials", str(n_trials), "--workers", str(n_workers)])[0]


if __name__ == "__main__":
    main()
