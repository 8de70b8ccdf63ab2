"""What a command has loaded by its end: the driver computes nothing, a look needs no sampler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

COMPUTING = {"keras", "keras_tuner", "tensorflow", "sklearn", "torch", "jax"}
"""What the driver of a study leaves to its workers."""


READERS = [
    ["leaderboard", "tiny"],
    ["leaderboard", "tiny", "--format", "json"],
    ["leaderboard", "tiny", "--format", "csv"],
    ["leaderboard", "tiny", "--format", "markdown"],
    ["leaderboard", "tiny", "--by", "clustering"],
    ["leaderboard", "absent"],
    ["leaderboard", "--sort", "beauty"],
    ["compare", "tiny", "tiny"],
    ["compare", "tiny", "tiny", "--json"],
    ["compare", "tiny", "absent"],
    ["browse", "absent"],
    ["browse", "tiny"],
    ["show", "tiny", "0"],
    ["show", "tiny", "99"],
    ["export", "tiny"],
    ["export", "tiny", "--trial", "99"],
    ["export", "tiny", "--weights", "winner"],
    ["plot", "absent", "--kind", "pareto", "--output", "chart.png"],
    ["plot", "tiny", "--kind", "beauty", "--output", "chart.png"],
    ["report", "absent"],
    ["repair", "absent"],
    ["repair", "tiny", "--dry-run"],
]
"""Commands that look at a study; some of them in vain."""


OTHERS = [
    ["--help"],
    ["run", "--help"],
    ["spaces"],
    ["spaces", "--schema"],
    ["run", "absent"],
    ["confirm", "absent"],
    ["importance", "absent"],
    ["dashboard", "absent"],
    ["run", "--mirror", "postgresql://"],
    ["run", "--trials", "0"],
    ["run", "--set", "decoder.depth=99"],
]


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_a_look_at_a_study_loads_neither_keras_nor_optuna(
    arguments: list[str], decoder_search: Callable[..., Any], real_study: Any
) -> None:
    run = decoder_search(*arguments, "--results", real_study.results)
    in_vain = not {"absent", "beauty", "99", "browse"}.isdisjoint(arguments)  # a test is no terminal
    assert run.exit_code == (2 if in_vain else 0), run.errors
    assert not (COMPUTING | {"optuna"}).intersection(run.loaded)


@pytest.mark.parametrize("arguments", OTHERS, ids=" ".join)
def test_help_spaces_and_refusals_load_neither_keras_nor_optuna(
    arguments: list[str], decoder_search: Callable[..., Any]
) -> None:
    run = decoder_search(*arguments)
    assert "typer" in run.loaded
    assert not (COMPUTING | {"optuna"}).intersection(run.loaded)


def test_the_driver_of_a_whole_study_loads_optuna_and_no_keras(real_study: Any) -> None:
    assert real_study.command.exit_code == 0
    assert "optuna" in real_study.command.loaded
    assert not COMPUTING.intersection(real_study.command.loaded)


@pytest.mark.parametrize("suffix", ["png", "html"])
def test_a_chart_of_a_study_loads_optuna_and_no_keras(
    suffix: str, decoder_search: Callable[..., Any], real_study: Any
) -> None:
    run = decoder_search(
        "plot", "tiny", "--kind", "pareto", "--output", f"chart.{suffix}", "--results", real_study.results
    )
    assert run.exit_code == 0, run.errors
    assert "optuna" in run.loaded
    assert not COMPUTING.intersection(run.loaded)


def test_a_help_page_loads_no_checks_of_values(decoder_search: Callable[..., Any]) -> None:
    assert {"pydantic", "numpy", "yaml"}.isdisjoint(decoder_search("--help").loaded)
