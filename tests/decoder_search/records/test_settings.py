from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from typing import Any, get_args

import pytest

from decoder_search.cli.run import run
from decoder_search.records.settings import SAMPLERS, EngineName, Pruning, StudySettings, without_replicate
from encodenet_core.io.types import read_as


@pytest.mark.parametrize(
    ("pruning", "epochs", "rungs"),
    [
        (Pruning(), 23, [3, 6]),
        (Pruning(), 24, [3, 6, 12]),
        (Pruning(), 47, [3, 6, 12]),
        (Pruning(), 4, [3]),
        (Pruning(first_rung=9), 12, [9]),
        (Pruning(3, 3), 27, [3, 9]),
        (Pruning(1, 3), 9, [1, 3]),
        (Pruning(first_rung=1), 1, []),
        (Pruning(first_rung=2, reduction_factor=4), 64, [2, 8, 32]),
    ],
)
def test_rungs_grow_by_the_factor_and_end_in_the_middle_of_the_fit(
    pruning: Pruning, epochs: int, rungs: list[int]
) -> None:
    assert list(pruning.rungs(epochs)) == rungs


def test_the_command_line_has_the_same_defaults() -> None:
    options = signature(run).parameters
    assert Pruning(options["first_rung"].default, options["reduction_factor"].default) == Pruning()


@pytest.mark.parametrize("pruning", [None, Pruning(2, 4)])
def test_settings_come_back_as_they_were_recorded(
    make_settings: Callable[..., StudySettings], pruning: Pruning | None
) -> None:
    settings = replace(make_settings(), pruning=pruning, objective="accuracy", warm_start_from="old")
    recorded = json.loads(json.dumps(settings.to_json()))
    assert recorded["teacher"] == "old" and "warm_start_from" not in recorded
    assert read_as(StudySettings, recorded, "settings") == settings


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sampler": "best"}, "no sampler of optuna is 'best'"),
        ({"engine": "nobody"}, "engine is 'nobody'"),
        ({"pruning": {"first_rung": 0, "reduction_factor": 3}}, "pruning.first_rung is 0"),
        ({"pruning": {"first_rung": 1, "reduction_factor": 1}}, "pruning.reduction_factor is 1"),
        ({"seed": True}, "seed is True"),
        ({"versions": {"keras": "\x1b[31m"}}, "versions.keras is "),
        ({"warm_start_from": "old"}, "warm_start_from is 'old'"),
    ],
)
def test_what_no_study_was_started_with_is_refused(
    make_settings: Callable[..., StudySettings], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        read_as(StudySettings, make_settings().to_json() | changes, "settings")


def test_settings_are_read_without_whether_params_might_come_again(
    make_settings: Callable[..., StudySettings],
) -> None:
    recorded = without_replicate({**make_settings().to_json(), "replicate": True})
    assert read_as(StudySettings, recorded, "settings") == make_settings()


def test_every_engine_has_its_samplers() -> None:
    assert set(SAMPLERS) == set(get_args(EngineName))
    assert all(SAMPLERS.values())
