from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import get_args

import pytest

from decoder_search.engines.optuna.samplers import (
    SAMPLERS,
    Seeds,
    check_sampler,
    describe_sampler,
    new_sampler,
)
from decoder_search.records.settings import Sampler
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter, Parameter
from decoder_search.space.search_space import SearchSpace
from encodenet_core import ConfigError

DEPTH = IntParameter("decoder.depth", 1, 3)
METHOD = ChoiceParameter("clustering.method", ("kmeans", "hdbscan"))


def space(*parameters: Parameter) -> SearchSpace:
    return SearchSpace("tiny", parameters, {"dataset.source": "digits"}, {})


def test_every_sampler_has_its_implementation() -> None:
    assert set(SAMPLERS) == set(get_args(Sampler))


@pytest.mark.parametrize("name", get_args(Sampler))
def test_a_sampler_is_described_by_plain_values_with_which_it_is_made(name: Sampler) -> None:
    described = describe_sampler(name, 240)
    assert json.loads(json.dumps(described)) == described
    assert described["name"] == name
    if name == "gp" and find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    made = vars(new_sampler(name, space(DEPTH, METHOD), 240, Seeds(1, 2)))
    for argument, value in described["arguments"].items():
        assert made[f"_{argument}"] == value


@pytest.mark.parametrize(("n_trials", "population"), [(1, 8), (64, 8), (240, 30)])
def test_a_population_fits_the_budget(n_trials: int, population: int) -> None:
    for name in ("nsga2", "nsga3"):
        assert describe_sampler(name, n_trials)["arguments"] == {"population_size": population}


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        (FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2), "a range of real numbers"),
        (IntParameter("clustering.n_clusters", 1, 4, when={METHOD.path: ("kmeans",)}), "depends on another"),
        (IntParameter("autoencoder.training.epochs", 1, 100_000), "more; narrow a range"),
    ],
)
def test_a_grid_is_refused_in_one_line_where_it_does_not_fit(parameter: Parameter, reason: str) -> None:
    wanted = space(METHOD, DEPTH, parameter)
    with pytest.raises(ConfigError, match=reason) as caught:
        check_sampler("grid", wanted)
    assert "\n" not in str(caught.value)
    assert "--sampler qmc" in str(caught.value)
    check_sampler("qmc", wanted)


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed")
def test_gp_without_pytorch_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match=r"pip install 'decoder-search\[gp\]'"):
        check_sampler("gp", space(DEPTH))


def test_samplers_load_no_library_that_trains_models() -> None:
    script = (
        "import sys\n"
        "from decoder_search.engines.optuna.samplers import *\n"
        "from decoder_search.space.parameters import ChoiceParameter\n"
        "from decoder_search.space.search_space import SearchSpace\n"
        "space = SearchSpace('tiny', (ChoiceParameter('decoder.depth', (1, 2)),), {}, {})\n"
        "for name in SAMPLERS.keys() - {'gp'}: new_sampler(name, space, 12, Seeds(0, 0))\n"
        "print(*{'keras', 'keras_tuner', 'tensorflow', 'sklearn', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
    assert done.stderr == ""
