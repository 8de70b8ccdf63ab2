from __future__ import annotations

import threading

import pytest
import sklearn.cluster  # noqa: F401  loads a library with OpenMP
from threadpoolctl import threadpool_info, threadpool_limits

from encodenet_core.clustering import allowed_threads, map_alone


def widest_pool() -> int:
    return max(pool["num_threads"] for pool in threadpool_info())


@pytest.mark.parametrize("at_once", [1, 2])
def test_results_come_in_the_order_of_the_pieces(at_once: int) -> None:
    assert map_alone(lambda number: number**2, range(20), at_once) == [number**2 for number in range(20)]


def test_pieces_are_computed_side_by_side() -> None:
    both_there = threading.Barrier(2, timeout=30)
    assert sorted(map_alone(lambda _: both_there.wait(), range(2), at_once=2)) == [0, 1]


@pytest.mark.parametrize("at_once", [1, 2])
def test_native_libraries_have_one_thread_inside_a_piece_and_their_threads_back_afterwards(
    at_once: int,
) -> None:
    with threadpool_limits(3):
        before = widest_pool()
        assert before == 3
        assert map_alone(lambda _: widest_pool(), range(6), at_once) == [1] * 6
        assert widest_pool() == before


def test_an_error_in_a_piece_reaches_the_caller_and_leaves_no_limit_behind() -> None:
    with threadpool_limits(2):
        with pytest.raises(ZeroDivisionError):
            map_alone(lambda number: 1 // number, [1, 0], at_once=2)
        assert widest_pool() == 2


def test_as_many_threads_are_allowed_as_openmp_was_told() -> None:
    for n_threads in (1, 2):
        with threadpool_limits(n_threads, user_api="openmp"):
            assert allowed_threads() == n_threads
