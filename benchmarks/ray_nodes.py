"""How much faster two machines of a Ray cluster are than one: the same trials of a small network.

The claim: at least 1.6 times, on 2 cores. Each machine is a Ray node of one core on this computer, with a
stage cache of its own; each trial computes with one thread. The time is that from the start of the first
trial to the end of the last, so that the start of the workers and what travels to the machines count. Exit
code 0 where the claim holds.

    python benchmarks/ray_nodes.py --trials 12 --rounds 3
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from workers import run

from decoder_search.execution.cluster import quieten_ray
from decoder_search.versions import describe_versions

CLAIMED_RATIO = 1.6


def main() -> None:
    """Run the same study on one node and on two, in turns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--space", default="digits")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for number in range(options.rounds):
            one, two = (measure(Path(folder), options.space, options.trials, nodes) for nodes in (1, 2))
            ratios.append(one / two)
            sys.stdout.write(f"round {number}: one node {one:.1f} s, two {two:.1f} s\n")
            sys.stdout.flush()
    ratio = statistics.median(ratios)
    sys.stdout.write(
        f"{options.trials} trials of {options.space}: two nodes are {ratio:.2f} times as fast as one "
        f"({min(ratios):.2f} to {max(ratios):.2f}; claimed: {CLAIMED_RATIO})\n{describe_versions()}\n"
    )
    sys.exit(0 if ratio >= CLAIMED_RATIO else 1)


def measure(folder: Path, space: str, n_trials: int, n_nodes: int) -> float:
    """Seconds of the trials of a new study on a new cluster whose machines have empty caches."""
    quieten_ray()
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(n_nodes):
            cache = tempfile.mkdtemp(dir=folder)
            cluster.add_node(num_cpus=1, env_vars={"ENCODENET_CACHE": cache})
        return run(folder, space, n_trials, n_nodes, "--ray", cluster.address)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
