"""Independent pieces of work side by side, each on one thread, so that results do not depend on timing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_info, threadpool_limits

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def allowed_threads() -> int:
    """How many threads this process may compute with: what OpenMP was told, or else finds.

    Where no library with OpenMP is loaded, it is 1.
    """
    pools = threadpool_info()
    return max((int(pool["num_threads"]) for pool in pools if pool["user_api"] == "openmp"), default=1)


def map_alone(compute: Callable[[Piece], Result], pieces: Iterable[Piece], at_once: int) -> list[Result]:
    """What `compute` gives for every piece, in order; native libraries get one thread inside each.

    Several threads that add up parts of one sum give another sum in another order; and on small pieces they
    wait for each other far longer than they compute.

    Args:
        compute: must not depend on the other pieces.
        pieces: what it is called with.
        at_once: how many pieces may be computed at the same time.
    """

    def compute_alone(piece: Piece) -> Result:
        with threadpool_limits(1):  # OpenMP keeps a limit of its own in every thread
            return compute(piece)

    with threadpool_limits(1), ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(compute_alone, pieces))
