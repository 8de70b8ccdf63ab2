from __future__ import annotations

import math
from random import Random

import pytest

from decoder_search.records.trial_record import identity
from decoder_search.space.combinations import all_values, combinations, random_params
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter, Parameter
from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace

METHOD = ChoiceParameter("clustering.method", ("kmeans", "hdbscan"))
CLUSTERS = IntParameter("clustering.n_clusters", 1, 4, when={"clustering.method": ("kmeans",)})
DEPTH = IntParameter("decoder.depth", 1, 3)
RATE = FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2, log=True)


def space(*parameters: Parameter) -> SearchSpace:
    return SearchSpace("tiny", parameters, {"dataset.source": "digits"}, {})


def test_values_stand_in_order_and_real_numbers_have_none_to_list() -> None:
    assert list(all_values(IntParameter("decoder.kernel_size", 1, 7, step=2)) or ()) == [1, 3, 5, 7]
    assert all_values(METHOD) == ("kmeans", "hdbscan")
    assert all_values(RATE) is None
    assert all_values(FloatParameter(RATE.path, 0.5, 0.5)) == (0.5,)


def test_what_is_inactive_makes_no_combinations() -> None:
    listed = combinations(space(DEPTH, METHOD, CLUSTERS))
    assert listed is not None
    assert len(listed) == 3 * (4 + 1) == len({identity(params) for params in listed})
    assert {"decoder.depth": 2, "clustering.method": "hdbscan"} in listed
    assert {"decoder.depth": 2, "clustering.method": "kmeans", "clustering.n_clusters": 4} in listed


@pytest.mark.parametrize(
    ("parameters", "limit"),
    [((DEPTH, RATE), 100), ((DEPTH, METHOD), 5), ((IntParameter("seed", 1, 10**12), DEPTH), 1000)],
)
def test_more_combinations_than_the_limit_are_not_listed(
    parameters: tuple[Parameter, ...], limit: int
) -> None:
    assert combinations(space(*parameters), limit) is None


def test_as_many_combinations_as_the_limit_are_listed() -> None:
    assert len(combinations(space(DEPTH, METHOD), 6) or ()) == 6


@pytest.mark.parametrize("name", ["digits", "cifar10"])
def test_random_params_make_a_config_of_the_space(name: str) -> None:
    packaged = load_space(name)
    generator = Random(0)  # noqa: S311
    for _ in range(50):
        params = random_params(packaged, generator)
        active = [each.path for each in packaged.parameters if packaged.is_active(each, params)]
        assert list(params) == active
        assert packaged.to_config(params)


def test_random_params_reach_every_combination() -> None:
    tiny = space(DEPTH, METHOD, CLUSTERS)
    generator = Random(0)  # noqa: S311
    drawn = {identity(random_params(tiny, generator)) for _ in range(400)}
    assert drawn == {identity(params) for params in combinations(tiny) or ()}


def test_a_logarithmic_range_is_drawn_evenly_on_its_scale() -> None:
    generator = Random(0)  # noqa: S311
    tiny = space(RATE, IntParameter("autoencoder.training.batch_size", 1, 256, log=True))
    drawn = [random_params(tiny, generator) for _ in range(2000)]
    rates = [math.log10(float(params[RATE.path] or 0)) for params in drawn]
    assert -4 <= min(rates) and max(rates) <= -2
    assert sum(rates) / len(rates) == pytest.approx(-3, abs=0.06)
    sizes = [int(params["autoencoder.training.batch_size"] or 0) for params in drawn]
    assert {1, 256} <= set(sizes) <= set(range(1, 257))
    assert sum(size <= 16 for size in sizes) / len(sizes) == pytest.approx(0.56, abs=0.05)
