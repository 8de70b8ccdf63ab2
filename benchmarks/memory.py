"""How much memory full CIFAR-10 takes, from reading the archive to a fitted EncodeNet of ResNet20.

The claim: 50,000 images go through baseline, clustering and one epoch of the converting autoencoder in less
than 2 GB of resident memory in all, by k-means and by HDBSCAN. Everything is computed by the functions that
`encodenet train` calls, into a cache that is empty at the start; images stay uint8, and the targets of a
batch are gathered from the few representatives.

    /usr/bin/time -v python benchmarks/memory.py --data cifar10.npz

Every line names the peak so far and what is resident now, so that the stage that raised it can be seen; the
default is both methods in one process, each conversion after the other. The exit code is 0 where the
claim holds and 1 where it does not.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import get_args

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import Architecture, ClusteringMethod, EncodeNetConfig
from encodenet_core.config_values import build_config
from encodenet_core.training.watch import Watch

CLAIMED_BYTES = 2e9
FULL_SIZE = 50_000


def main() -> None:
    """Convert the dataset once by each clustering method, one after the other in this process."""
    options = parse_arguments()
    line = PeakLines()
    prepare_environment()
    line.write("Keras started")
    with tempfile.TemporaryDirectory() as folder:
        n_images = run(options, Path(folder), line)
    peak = peak_bytes()
    sys.stdout.write(
        f"{n_images:,} images, peak {peak / 1e9:.2f} GB (claimed: under {CLAIMED_BYTES / 1e9:g})\n"
    )
    if n_images < FULL_SIZE:
        sys.stdout.write(f"the claim is about {FULL_SIZE:,} images\n")
    sys.exit(0 if peak < CLAIMED_BYTES and n_images >= FULL_SIZE else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="cifar10", help="dataset name, .npz file or image folder")
    parser.add_argument("--images", type=int, help="for training and validation together; all if left out")
    parser.add_argument("--architecture", choices=get_args(Architecture), default="resnet20")
    parser.add_argument(
        "--methods", nargs="+", choices=get_args(ClusteringMethod), default=["kmeans", "hdbscan"]
    )
    parser.add_argument("--baseline-epochs", type=int, default=1)
    return parser.parse_args()


def peak_bytes() -> int:
    """The most resident memory that this process has had so far."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def resident_bytes() -> int:
    """The memory that is resident now, files that are mapped into it included."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


class PeakLines:
    """A report that prints the memory beside every epoch and step."""

    def __init__(self) -> None:
        self._started = perf_counter()

    def write(self, text: str) -> None:
        """One line."""
        seconds = perf_counter() - self._started
        peak, resident = peak_bytes() / 1e9, resident_bytes() / 1e9
        sys.stdout.write(f"{seconds:7.1f} s  peak {peak:4.2f} GB, now {resident:4.2f} GB  {text}\n")
        sys.stdout.flush()

    def __call__(self, stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        """A line on an epoch; always go on."""
        self.write(f"{stage}: epoch {epoch}/{epochs}")
        return True


def configure(options: argparse.Namespace, method: str) -> EncodeNetConfig:
    """The shortest run that touches everything: `auto` fits the whole elbow sweep."""
    return build_config(
        {
            "dataset.source": options.data,
            "dataset.limit": options.images,
            "baseline.architecture": options.architecture,
            "baseline.training.epochs": options.baseline_epochs,
            "clustering.method": method,
            "clustering.n_clusters": "auto",
            "autoencoder.training.epochs": 1,
            "classifier.training.epochs": 1,
        }
    )


def run(options: argparse.Namespace, folder: Path, line: PeakLines) -> int:
    """How many images there are for training and validation, after all of them were converted."""
    from encodenet_core.baseline import obtain_baseline
    from encodenet_core.data.dataset import load_dataset
    from encodenet_core.grouping import obtain_grouping
    from encodenet_core.pipeline import convert
    from encodenet_core.stages.cache import StageCache

    cache = StageCache(folder)
    config = configure(options, options.methods[0])
    dataset = load_dataset(config.dataset, config.seed)
    line.write(f"{dataset.name} read")
    baseline = obtain_baseline(config, dataset, cache, line)
    line.write("baseline kept")
    for method in options.methods:
        config = configure(options, method)
        grouped = obtain_grouping(config, dataset, baseline, cache)
        line.write(f"{method}: {grouped.facts['n_clusters']:.0f} clusters")
        scores = convert(config, dataset, baseline, cache, Watch(line)).scores
        line.write(f"converted and measured: validation accuracy {scores.validation_accuracy:.1%}")
    return len(dataset.train.images) + len(dataset.validation.images)


if __name__ == "__main__":
    main()
