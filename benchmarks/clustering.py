"""How long intraclass clustering takes once the embeddings are there.

The claim: for the 50,000 training images of CIFAR-10, `cluster_classes` takes less than three minutes on two
cores to sweep 1 to 10 clusters in each of the 10 classes, ten starts of k-means each (`n_init=10`), and to
cluster each class at the elbow; by HDBSCAN it takes less than one.

    python benchmarks/clustering.py resnet20.npz vgg16.npz

The files are those of `benchmarks/embeddings.py`. Where other work runs on the machine, the seconds of a core
that are printed too come nearer to what clustering takes than the seconds that passed. The exit code is 0
where the claim holds for every file and 1 where it does not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from encodenet_core.clustering import cluster_classes
from encodenet_core.config import ClusteringConfig

CLAIMED_SECONDS = {"kmeans": 180.0, "hdbscan": 60.0}
FULL_SIZE = 50_000


def main() -> None:
    """Cluster every file by both methods and print what came out."""
    options = parse_arguments()
    holds = True
    for path in options.embeddings:
        with np.load(path, allow_pickle=False) as archive:
            embeddings, labels = archive["embeddings"], archive["labels"]
        sys.stdout.write(f"{path.name}: {len(embeddings):,} vectors of {embeddings.shape[1]} numbers\n")
        holds &= len(embeddings) >= FULL_SIZE
        for method in options.methods:
            holds &= measure(method, embeddings, labels) < CLAIMED_SECONDS[method]
    sys.stdout.write("the claim holds\n" if holds else "the claim does not hold\n")
    sys.exit(0 if holds else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("embeddings", type=Path, nargs="+", help=".npz file")
    parser.add_argument("--methods", nargs="+", choices=list(CLAIMED_SECONDS), default=list(CLAIMED_SECONDS))
    return parser.parse_args()


def measure(method: str, embeddings: np.ndarray, labels: np.ndarray) -> float:
    """Seconds that one method takes; a line says what it found."""
    config = ClusteringConfig(method=method, n_clusters="auto")
    started, computed = perf_counter(), process_time()
    clusters = cluster_classes(embeddings, labels, config, seed=0)
    seconds, computed = perf_counter() - started, process_time() - computed
    facts = ", ".join(f"{name} {value:.4g}" for name, value in clusters.facts.items())
    sys.stdout.write(
        f"  {method:8} {seconds:7.1f} s (claimed: under {CLAIMED_SECONDS[method]:g}), "
        f"{computed:.1f} s of a core  {facts}\n"
    )
    sys.stdout.flush()
    return seconds


if __name__ == "__main__":
    main()
