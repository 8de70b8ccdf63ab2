"""What operations that give the same bits every time cost, and whether runs are equal with them.

The claim: they take at most 1.10 times as much of the processor. The same config is trained from its baseline
to its controls in a process and a cache of its own each time, with and without them in turns; the cheapest
epoch of every stage counts, in seconds of all cores, which other work hardly changes. Exit code 0 where the
claim holds.

    python benchmarks/determinism.py
    python benchmarks/determinism.py --data cifar10.npz --architecture resnet9 --limit 2000
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import process_time
from typing import Any

from decoder_search.execution.versions import describe_versions

CLAIMED_RATIO = 1.10


def main() -> None:
    """Train the config in both ways, in turns, and compare."""
    options = parse_arguments()
    found: dict[str, list[dict[str, Any]]] = {"0": [], "1": []}
    for number in range(options.rounds):
        for way, runs in found.items():
            runs.append(start(way, options))
            stages = ", ".join(f"{name} {1000 * seconds:.0f}" for name, seconds in runs[-1]["epochs"].items())
            sys.stdout.write(f"round {number}, {NAMES[way]}: {stages} ms an epoch\n")
            sys.stdout.flush()
    plain, exact = (cheapest(runs) for runs in found.values())
    ratios = {name: exact[name] / seconds for name, seconds in plain.items()}
    ratio = sum(exact.values()) / sum(plain.values())
    for way, runs in found.items():
        different = len({run["weights"] for run in runs})
        sys.stdout.write(f"{NAMES[way]}: {len(runs)} runs, {different} different results\n")
    each = ", ".join(f"{name} {value:.2f}" for name, value in ratios.items())
    sys.stdout.write(
        f"deterministic operations take {ratio:.2f} times as much of the processor (claimed: "
        f"{CLAIMED_RATIO}): {each}\n{describe_versions()}\n"
    )
    sys.exit(0 if ratio <= CLAIMED_RATIO else 1)


NAMES = {"0": "as they come", "1": "deterministic"}


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits")
    parser.add_argument("--architecture", default="small")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def start(way: str, options: argparse.Namespace) -> dict[str, Any]:
    """What a process of its own measures, with deterministic operations (`1`) or as they come (`0`)."""
    os.environ["TF_DETERMINISTIC_OPS"] = way  # read once, with the first operation
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(train, options).result()


def cheapest(runs: list[dict[str, Any]]) -> Mapping[str, float]:
    """The seconds of the cheapest epoch of every stage."""
    return {name: min(run["epochs"][name] for run in runs) for name in runs[0]["epochs"]}


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Run the pipeline here: seconds of the cheapest epoch of every stage, and what became of the weights."""
    from encodenet_core.cli.session import prepare_environment

    prepare_environment()
    from encodenet_core import StageCache, build_config, load_dataset, run_pipeline

    config = build_config(
        {
            "dataset.source": options.data,
            "dataset.limit": options.limit,
            "baseline.architecture": options.architecture,
            **{
                f"{stage}.training.epochs": options.epochs
                for stage in ("baseline", "autoencoder", "classifier")
            },
        }
    )
    epochs: dict[str, float] = {}
    last = [process_time()]

    def report(stage: str, epoch: int, *others: object) -> bool:
        now = process_time()
        if epoch > 1:  # the first compiles
            epochs[stage] = min(now - last[0], epochs.get(stage, float("inf")))
        last[0] = now
        return True

    with tempfile.TemporaryDirectory() as folder:
        result = run_pipeline(
            config, load_dataset(config.dataset, config.seed), StageCache(Path(folder)), report
        )
        digest = hashlib.sha256()
        for model in (result.baseline.model, result.conversion.encodenet.model):
            for weight in model.get_weights():
                digest.update(weight.tobytes())
    return {"epochs": epochs, "weights": digest.hexdigest()}


if __name__ == "__main__":
    main()
