from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from decoder_search.space.combinations import random_params
from decoder_search.space.constraints import parse_constraints
from decoder_search.space.parameters import ChoiceParameter, IntParameter
from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace
from decoder_search.worker.spending import dearest_macs
from encodenet_core import (
    Baseline,
    ConfigError,
    InfeasibleConfig,
    StageCache,
    decoder_cost,
    encodenet_macs,
    obtain_baseline,
    obtain_dataset,
)

SPACE = SearchSpace(
    name="tiny",
    parameters=(
        IntParameter("decoder.depth", 1, 2),
        ChoiceParameter("decoder.widths", ("mirrored", "halving")),
    ),
    constants={
        "dataset.source": "digits",
        "dataset.limit": 120,
        "baseline.training.epochs": 1,
        "autoencoder.training.epochs": 2,
        "classifier.training.epochs": 1,
        "seed": 2,
    },
    final={},
)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    cache, config = StageCache(Path(tmp_path_factory.mktemp("cache"))), SPACE.to_config({})
    dataset = obtain_dataset(config, cache)
    return obtain_baseline(config, dataset, cache, lambda *report: True)


def test_no_combination_of_decoders_spends_more_than_the_control_may(baseline: Baseline) -> None:
    spent = [
        encodenet_macs(SPACE.to_config({"decoder.depth": depth, "decoder.widths": widths}), baseline, 100)
        for depth in (1, 2)
        for widths in ("mirrored", "halving")
    ]
    assert len(set(spent)) > 1
    assert dearest_macs(SPACE, baseline, 100) == max(spent)

    longer = replace(SPACE, parameters=(IntParameter("autoencoder.training.epochs", 1, 100),))
    for epochs in (1, 37, 100):
        config = longer.to_config({"autoencoder.training.epochs": epochs})
        assert encodenet_macs(config, baseline, 100) <= dearest_macs(longer, baseline, 100)


def test_the_dearest_trial_takes_the_most_epochs_and_leaves_room_for_the_dearest_decoder(
    baseline: Baseline,
) -> None:
    space = replace(
        SPACE,
        parameters=(
            IntParameter("decoder.depth", 1, 2),
            ChoiceParameter("decoder.convolution", ("separable", "inverted_residual")),
            ChoiceParameter("autoencoder.training.epochs", (5, 40, 10)),
            IntParameter("classifier.training.epochs", 1, 60),
            ChoiceParameter("autoencoder.training.batch_size", (65_536, 16, 64)),
        ),
        constants={"dataset.source": "digits", "dataset.limit": 120, "seed": 2},
    )
    spent, too_large = {}, 0
    for params in space.grid([""], 1000):
        try:
            spent[encodenet_macs(space.to_config(params), baseline, 100)] = params
        except InfeasibleConfig:
            too_large += 1
    assert len(spent) > 10 and too_large
    dearest = spent[max(spent)]
    assert dearest_macs(space, baseline, 100) == max(spent)
    assert dearest["autoencoder.training.epochs"] == 40
    assert dearest["classifier.training.epochs"] == 60
    assert dearest["decoder.convolution"] == "inverted_residual"
    assert dearest["autoencoder.training.batch_size"] != 65_536


def test_limits_of_a_space_lower_the_most_that_a_trial_can_spend(baseline: Baseline) -> None:
    configs = [SPACE.to_config(params) for params in SPACE.grid([""], 10)]
    sizes = {
        decoder_cost(config, baseline).parameters: encodenet_macs(config, baseline, 100) for config in configs
    }
    smallest, largest = min(sizes), max(sizes)
    assert sizes[smallest] < sizes[largest]

    small = replace(SPACE, constraints=parse_constraints({"decoder_parameters": {"max": smallest}}))
    assert dearest_macs(small, baseline, 100) == sizes[smallest]
    cheap = replace(SPACE, constraints=parse_constraints({"macs": {"max": sizes[smallest] + 1}}))
    assert dearest_macs(cheap, baseline, 100) == sizes[smallest] + 1
    tiny = replace(SPACE, constraints=parse_constraints({"decoder_parameters": {"max": 1}}))
    with pytest.raises(ConfigError, match="no decoder of space 'tiny' can run: decoder_parameters is"):
        dearest_macs(tiny, baseline, 100)


def test_a_teacher_and_the_decoder_that_conversion_needs_are_paid_for(baseline: Baseline) -> None:
    space = replace(
        SPACE,
        parameters=(
            ChoiceParameter("autoencoder.reconstruction_weight", (0.0, 1.0)),
            ChoiceParameter("autoencoder.classification_target", ("labels", "teacher")),
            ChoiceParameter("distillation.teacher", ("baseline", "resnet20")),
        ),
        constants={**SPACE.constants, "autoencoder.classification_weight": 1.0},
    )
    spent = {
        encodenet_macs(space.to_config(params), baseline, 100): params for params in space.grid([""], 10)
    }
    assert dearest_macs(space, baseline, 100) == max(spent)
    assert spent[max(spent)] == {
        "autoencoder.reconstruction_weight": 1.0,
        "autoencoder.classification_target": "teacher",
        "distillation.teacher": "resnet20",
    }


def test_no_trial_of_the_space_gain_spends_more_than_its_control(baseline: Baseline) -> None:
    space, generator = load_space("gain"), random.Random(0)  # noqa: S311
    most = dearest_macs(space, baseline, 100)
    spent = [
        encodenet_macs(space.to_config(random_params(space, generator)), baseline, 100) for _ in range(60)
    ]
    assert max(spent) == most
