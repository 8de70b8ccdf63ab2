"""The search spaces that come with the package."""

from __future__ import annotations

import random
from importlib import resources

import pytest

from decoder_search.space.combinations import random_params
from decoder_search.space.parameters import Scalar
from decoder_search.space.parsing import load_space, packaged_spaces
from decoder_search.space.search_space import SearchSpace
from decoder_search.worker.spending import DEAREST_PREFIXES, MOST_COMBINATIONS

SPACES = packaged_spaces()
MOST_EPOCHS_OF_A_TRIAL = dict.fromkeys(SPACES, 27) | {"cifar100": 40}
"""A whole trial of `cifar100` took 8 minutes with them, on one core."""


def text_of(name: str) -> str:
    return (resources.files("search_spaces") / f"{name}.yaml").read_text(encoding="utf-8")


def drawn(space: SearchSpace, n_trials: int) -> list[dict[str, Scalar]]:
    generator = random.Random(0)  # noqa: S311
    return [random_params(space, generator) for _ in range(n_trials)]


def test_these_spaces_are_packaged() -> None:
    assert SPACES == ("cifar10", "cifar100", "digits", "extended", "gain", "paper")


@pytest.mark.parametrize("name", SPACES)
def test_a_space_opens_with_its_purpose_cost_and_expected_result(name: str) -> None:
    lines = text_of(name).splitlines()
    opening = lines[: next(place for place, line in enumerate(lines) if not line.startswith("#"))]
    told = [line.split(":")[0] for line in opening if not line.startswith("#   ")]
    assert told == ["# Purpose", "# Cost", "# Result"]
    assert max(len(line) for line in lines) <= 120


@pytest.mark.parametrize("name", SPACES)
def test_any_params_of_a_space_are_a_config_as_searched_and_at_the_final_budget(name: str) -> None:
    space = load_space(name)
    assert space.description and space.final
    for params in drawn(space, 100):
        searched, final = space.to_config(params), space.to_config(params, final=True)
        assert searched.decoder == final.decoder
        assert searched.autoencoder.training.epochs <= MOST_EPOCHS_OF_A_TRIAL[name]
        assert final.autoencoder.training.epochs > searched.autoencoder.training.epochs
        assert final.dataset.limit is None


@pytest.mark.parametrize("name", SPACES)
def test_every_parameter_of_a_space_is_searched_in_some_trials_and_takes_all_its_values(name: str) -> None:
    space = load_space(name)
    trials = drawn(space, 300)
    for parameter in space.parameters:
        values = {params[parameter.path] for params in trials if parameter.path in params}
        if parameter.kind == "float":
            assert len(values) > 50
        else:
            assert values == set(parameter.examples())


@pytest.mark.parametrize("name", SPACES)
def test_the_dearest_trial_of_a_space_is_found_by_trying_few_enough_combinations(name: str) -> None:
    assert 0 < sum(1 for _ in load_space(name).grid(DEAREST_PREFIXES, MOST_COMBINATIONS)) <= 3000


def test_the_spaces_hold_what_they_promise() -> None:
    paper, extended = load_space("paper"), load_space("extended")
    config = paper.to_config({})
    assert (config.baseline.architecture, config.decoder.upsampling) == ("resnet20", "nearest")
    assert {config.decoder.convolution, config.decoder.widths} == {"plain", "mirrored"}
    recipes = {part.training.recipe for part in (config.baseline, config.autoencoder, config.classifier)}
    assert recipes == {"paper"}
    assert paper.with_constants({"embedding.extractor": "baseline"}).varies("clustering.")
    final = paper.to_config({}, final=True)
    assert (final.baseline.training.epochs, final.autoencoder.training.epochs) == (300, 500)
    assert same_images_and_baseline(extended, load_space("cifar10"))
    searched = {parameter.path for parameter in extended.parameters}
    assert {
        "autoencoder.training.learning_rate",
        "autoencoder.training.recipe",
        "autoencoder.encoder_init",
        "autoencoder.classification_weight",
        "autoencoder.target",
    } <= searched


def same_images_and_baseline(one: SearchSpace, other: SearchSpace) -> bool:
    first, second = one.to_config({}), other.to_config({})
    return (first.dataset, first.baseline) == (second.dataset, second.baseline)
