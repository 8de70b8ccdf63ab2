from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from decoder_search.engines.starting import ENGINES, check_engine, describe_proposer, start_engine
from decoder_search.records.settings import SAMPLERS, EngineName, StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord
from encodenet_core import ConfigError

MakeSettings = Callable[..., StudySettings]


def test_every_engine_has_its_kind() -> None:
    assert set(ENGINES) == set(get_args(EngineName))


@pytest.mark.parametrize(
    ("engine", "sampler"), [(engine, sampler) for engine in SAMPLERS for sampler in SAMPLERS[engine]]
)
def test_who_proposes_is_described_by_plain_values(
    make_settings: MakeSettings, engine: EngineName, sampler: str
) -> None:
    settings = replace(make_settings(), engine=engine, sampler=sampler, objective="accuracy")
    described = describe_proposer(settings, 48)
    assert json.loads(json.dumps(described)) == described
    assert described["name"] == sampler
    assert set(described) == {"name", "arguments", "seed"}


def test_a_sampler_that_does_not_fit_is_refused_at_once(make_settings: MakeSettings) -> None:
    check_engine(make_settings())
    with pytest.raises(ConfigError, match="sampler grid"):
        check_engine(replace(make_settings(), sampler="grid"))


def test_nothing_is_proposed_that_a_study_of_the_same_has_measured(
    make_settings: MakeSettings, make_trial: Callable[..., TrialRecord], tmp_path: Path
) -> None:
    settings = replace(make_settings(), sampler="random")
    # One of three depths with HDBSCAN, or with k-means and one of four numbers of clusters.
    elsewhere = [make_trial(n, {"decoder.depth": n + 1, "clustering.method": "hdbscan"}) for n in range(3)]
    engine = start_engine(settings, 20, tmp_path, elsewhere)
    proposed = [engine.ask(number) for number in range(13)]
    assert proposed[12] is None
    params = [proposal.params for proposal in proposed[:12] if isinstance(proposal, Proposal)]
    assert {each["clustering.method"] for each in params} == {"kmeans"}
    engine.close()
