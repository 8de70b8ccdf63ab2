"""The grid and the seeds; the other variants are tried by the tests of `engine.py`."""

from __future__ import annotations

from decoder_search.engines.optuna.sampler_variants import ShuffledGrid, seed_of
from decoder_search.space.parameters import ChoiceParameter, IntParameter
from decoder_search.space.search_space import SearchSpace

DEPTH = IntParameter("decoder.depth", 1, 3)
METHOD = ChoiceParameter("clustering.method", ("kmeans", "hdbscan"))


def test_a_grid_goes_through_all_free_points_in_an_order_of_its_seed() -> None:
    space = SearchSpace("tiny", (DEPTH, METHOD), {"dataset.source": "digits"}, {})
    orders = []
    for seed in (0, 0, 1):
        grid, taken = ShuffledGrid(space, seed=seed), []
        while grid.advance(taken):
            taken.append({path: grid._point[path] for path in (DEPTH.path, METHOD.path)})
        orders.append([tuple(point.values()) for point in taken])
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])
    assert len(set(orders[0])) == 6


def test_seeds_differ_with_every_part_and_fit_numpy() -> None:
    seeds = {seed_of(*parts) for parts in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, "generation", 0)]}
    assert len(seeds) == 5
    assert all(0 <= seed < 2**32 for seed in seeds)
