"""Compare variants of one config on validation images alone, so that the test set stays unread.

Each variant is a set of assignments on top of the config; the baseline is shared, and every variant starts
from the same seed and split. Results are appended to a JSON Lines file; what it holds already is skipped.

    python benchmarks/variants.py winner.yaml --output variants.jsonl \
        --variant autoencoder.target=class --variant "autoencoder.training.learning_rate=1e-4 decoder.depth=2"
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from encodenet_core.cli.progress import ProgressLines
from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import load_config, parse_assignment
from encodenet_core.training.watch import Watch


def main() -> None:
    """Measure what is asked for and not yet measured, one variant after the other."""
    options = parse_arguments()
    shared = dict(parse_assignment(text) for text in options.assignments)
    for variant in options.variants:
        own = dict(parse_assignment(text) for text in variant.split())
        config = load_config(options.config, {**shared, **own})
        measured = read_measured(options.output).get(config.stable_hash())
        if measured is None:
            measured = {"config": config.stable_hash(), "variant": variant, **measure(config)}
            with options.output.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(measured) + "\n")
        sys.stdout.write(describe(measured) + "\n")


def describe(measured: dict[str, Any]) -> str:
    """A line on one variant."""
    accuracies = "  ".join(
        f"{name} {measured[name]['validation_accuracy']:.2%}"
        for name in ("encodenet", "baseline", "control_features")
    )
    reconstruction = measured["reconstruction"]
    return (
        f"{measured['variant'] or '(as it is)':60} {accuracies}  "
        f"mse {reconstruction['mse']:.4f}  retrieval {reconstruction['retrieval']:.1%}"
    )


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument(
        "--variant", dest="variants", action="append", default=[""], help="assignments, spaced"
    )
    parser.add_argument("--set", dest="assignments", action="append", default=[], help="for all variants")
    parser.add_argument("--output", type=Path, required=True, help="JSON Lines file")
    return parser.parse_args()


def read_measured(path: Path) -> dict[str, dict[str, Any]]:
    """What the file holds, by the hash of the config that was measured."""
    if not path.exists():
        return {}
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {line["config"]: line for line in lines}


def measure(config: EncodeNetConfig) -> dict[str, object]:
    """Train EncodeNet without a test split and score it on the others."""
    prepare_environment()
    from encodenet_core import (
        StageCache,
        classify_dataset,
        control_features,
        convert,
        default_cache_folder,
        obtain_baseline,
        obtain_dataset,
    )

    cache, report = StageCache(default_cache_folder()), ProgressLines()
    dataset = obtain_dataset(config, cache)
    baseline = obtain_baseline(config, dataset, cache, report)
    conversion = convert(config, dataset, baseline, cache, Watch(report))
    return {
        "baseline": asdict(classify_dataset(baseline.model, dataset)),
        "control_features": asdict(control_features(config, dataset, baseline, cache, report).scores),
        "encodenet": asdict(conversion.scores),
        "reconstruction": asdict(conversion.reconstruction),
    }


if __name__ == "__main__":
    main()
