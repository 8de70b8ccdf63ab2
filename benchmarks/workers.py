"""How much faster two workers are than one: the same trials of a small network, on the same cores.

The claim: at least 1.6 times, on 2 cores. What trials share is computed before; the time is that from the
start of the first trial to the end of the last, so that the start of the workers counts. Exit code 0 where
the claim holds.

    python benchmarks/workers.py --trials 12 --rounds 3
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from decoder_search.versions import describe_versions

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
        run(Path(folder), options.space, options.trials, 2)
        ratios = []
        for number in range(options.rounds):
            one, two = (run(Path(folder), options.space, options.trials, workers) for workers in (1, 2))
            ratios.append(one / two)
            sys.stdout.write(f"round {number}: one worker {one:.1f} s, two {two:.1f} s\n")
    ratio = statistics.median(ratios)
    sys.stdout.write(
        f"{options.trials} trials of {options.space}: two workers are {ratio:.2f} times as fast as one "
        f"({min(ratios):.2f} to {max(ratios):.2f}; claimed: {CLAIMED_RATIO})\n{describe_versions()}\n"
    )
    sys.exit(0 if ratio >= CLAIMED_RATIO else 1)


def run(folder: Path, space: str, n_trials: int, n_workers: int) -> float:
    """Seconds from the start of the first trial to the end of the last, of a new study."""
    with tempfile.TemporaryDirectory(dir=folder) as results:
        command = [sys.executable, "-m", "decoder_search.cli", "run", space, "--trials", str(n_trials)]
        command += ["--workers", str(n_workers), "--sampler", "random", "--pruner", "none"]
        subprocess.run(  # noqa: S603
            [*command, "--results", results],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "ENCODENET_CACHE": str(folder / "cache")},
        )
        (log,) = Path(results).glob("*/trials.jsonl")
        events = [json.loads(line) for line in log.read_text().splitlines()]
    times = {
        kind: [datetime.fromisoformat(event["time"]) for event in events if event["event"] == kind]
        for kind in ("started", "finished")
    }
    return (max(times["finished"]) - min(times["started"])).total_seconds()


if __name__ == "__main__":
    main()
