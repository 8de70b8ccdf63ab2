from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.search_space import SearchSpace
from encodenet_core.errors import ConfigError

MakeSpace = Callable[[], SearchSpace]
DEPTH = IntParameter("decoder.depth", 1, 3)


def space_of(*parameters: IntParameter | FloatParameter | ChoiceParameter) -> SearchSpace:
    return SearchSpace("mine", parameters, {}, {})


def test_params_win_over_defaults_and_final_wins_over_params_and_constants(make_space: MakeSpace) -> None:
    space = make_space()
    params = {"decoder.depth": 3, "clustering.method": "hdbscan"}
    searched, final = space.to_config(params), space.to_config(params, final=True)
    assert (searched.decoder.depth, searched.clustering.method, searched.seed) == (3, "hdbscan", 7)
    assert (searched.autoencoder.training.epochs, final.autoencoder.training.epochs) == (2, 30)
    assert space.values(params) == {**space.constants, **params}


def test_a_parameter_is_active_only_where_its_condition_holds(make_space: MakeSpace) -> None:
    space = make_space()
    n_clusters = space.parameters[2]
    assert space.is_active(n_clusters, {"clustering.method": "kmeans"})
    assert not space.is_active(n_clusters, {"clustering.method": "hdbscan"})
    assert not space.is_active(n_clusters, {})


def test_the_grid_holds_all_active_combinations_and_what_they_depend_on(make_space: MakeSpace) -> None:
    space = make_space()
    grid = list(space.grid(["clustering.n_clusters"], limit=5))
    kmeans = [{"clustering.method": "kmeans", "clustering.n_clusters": count} for count in (1, 2, 3, 4)]
    assert grid == [*kmeans, {"clustering.method": "hdbscan"}]
    assert len(list(space.grid(["clustering.", "decoder."], limit=15))) == 15
    assert list(space.grid(["embedding."], limit=1)) == [{}]


def test_a_grid_beyond_its_limit_is_refused(make_space: MakeSpace) -> None:
    grid = make_space().grid(["clustering."], limit=4)
    assert len([next(grid) for _ in range(4)]) == 4
    with pytest.raises(ConfigError, match="more than 4 combinations"):
        next(grid)


def test_varies_looks_at_searched_paths_only(make_space: MakeSpace) -> None:
    space = make_space()
    assert space.varies("clustering.")
    assert not space.varies("autoencoder.")


def test_an_override_makes_a_parameter_constant_and_settles_what_waits_for_it(make_space: MakeSpace) -> None:
    kmeans = make_space().with_constants({"clustering.method": "kmeans"})
    assert kmeans.parameters == (DEPTH, IntParameter("clustering.n_clusters", 1, 4))
    assert kmeans.constants["clustering.method"] == "kmeans"
    hdbscan = make_space().with_constants({"clustering.method": "hdbscan"})
    assert hdbscan.parameters == (DEPTH,)


def test_an_override_of_a_parameter_that_is_left_out_leaves_out_what_waits_for_that_one() -> None:
    method = ChoiceParameter("clustering.method", ("kmeans", "hdbscan"))
    count = IntParameter("clustering.n_clusters", 1, 4, when={"clustering.method": ("kmeans",)})
    kernel = ChoiceParameter("decoder.kernel_size", (3, 5), when={"clustering.n_clusters": (2,)})
    space = space_of(DEPTH, method, count, kernel).with_constants({"clustering.method": "hdbscan"})
    assert space.parameters == (DEPTH,)


def test_an_override_replaces_a_constant(make_space: MakeSpace) -> None:
    space = make_space().with_constants({"dataset.source": "mnist", "dataset.limit": 100})
    assert (space.constants["dataset.source"], space.constants["dataset.limit"]) == ("mnist", 100)
    assert space.parameters == make_space().parameters


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"decoder.dpeth": 1}, "did you mean 'decoder.depth'?"),
        ({"decoder.depth": 0}, "decoder.depth is 0"),
        ({"decoder.depth": {"int": [1, 2]}}, "expected is one plain value"),
        ({"decoder.depth": 1, "clustering.method": "hdbscan"}, "nothing is left to search"),
    ],
)
def test_an_override_that_no_config_takes_is_refused(
    overrides: dict[str, object], said: str, make_space: MakeSpace
) -> None:
    with pytest.raises(ConfigError) as refused:
        make_space().with_constants(overrides)
    assert said in str(refused.value)


def test_a_space_comes_back_from_json(make_space: MakeSpace) -> None:
    space = make_space()
    assert SearchSpace.from_json(json.loads(json.dumps(space.to_json()))) == space


def test_the_fingerprint_is_that_of_parameters_and_constants(make_space: MakeSpace) -> None:
    space = make_space()
    renamed = SearchSpace("other", space.parameters[::-1], space.constants, {}, "Another line.")
    assert renamed.fingerprint() == space.fingerprint()
    assert space.with_constants({"seed": 8}).fingerprint() != space.fingerprint()
    assert space_of(DEPTH).fingerprint() != space_of(IntParameter("decoder.depth", 1, 4)).fingerprint()
