"""How much faster two machines of a Ray cluster are than one: the same real trials, a core for each machine.

The claim: at least 1.6 times, on 2 cores. Each cluster is new, and each of its machines has a new stage cache
of its own: what trials share travels to both, and clusterings are computed on both. The driver's cache holds
what trials share from the start. The time is that from the start of the first trial to the end of
the last, so that the start of the workers counts. Exit code 0 where the claim holds.

    python benchmarks/ray_nodes.py --trials 10

With the options as they are, about two minutes on 2 cores with nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from timed_study import run_study

from decoder_search.execution.cluster import prepare_ray
from decoder_search.execution.versions import describe_versions

CLAIMED_RATIO = 1.6


def main() -> None:
    """Run the same study on one machine and on two, in turns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--space", default="digits")
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], help="as of `decoder-search run`")
    options = parser.parse_args()
    study = [options.space, *(part for text in options.set for part in ("--set", text))]
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "driver"
        run_study(cache, [*study, "--trials", "1", "--workers", "1"])
        for number in range(options.rounds):
            load = os.getloadavg()[0]
            (one, trials), (two, same) = (measure(cache, n, study, options.trials) for n in (1, 2))
            if trials != same:
                sys.exit(f"one machine ran {trials}, two ran {same}: not the same trials")
            ratios.append(one / two)
            sys.stdout.write(f"round {number}: one {one:.1f} s, two {two:.1f} s; load before {load:.1f}\n")
    ratio = statistics.median(ratios)
    sys.stdout.write(
        f"{options.trials} trials of {options.space}: two machines are {ratio:.2f} times as fast as one "
        f"({min(ratios):.2f} to {max(ratios):.2f}; claimed: {CLAIMED_RATIO})\n{describe_versions()}\n"
    )
    sys.exit(0 if ratio >= CLAIMED_RATIO else 1)


def measure(cache: Path, n_nodes: int, study: Sequence[str], n_trials: int) -> tuple[float, list[str]]:
    """Seconds and the trials of a new study on a new cluster, as in `run_study`."""
    with cluster_of(n_nodes) as address:
        return run_study(cache, [*study, "--trials", str(n_trials), "--ray", address])


@contextmanager
def cluster_of(n_nodes: int) -> Iterator[str]:
    """The address of a head that computes nothing and of machines with a core and a cache of its own each."""
    prepare_ray("auto")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    with tempfile.TemporaryDirectory() as folder:
        try:
            for number in range(n_nodes):
                cluster.add_node(num_cpus=1, env_vars={"ENCODENET_CACHE": f"{folder}/{number}"})
            yield cluster.address
        finally:
            cluster.shutdown()


if __name__ == "__main__":
    main()
