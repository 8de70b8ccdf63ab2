from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.comparisons.comparison import Comparison, run_comparison
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.report import Description
from encodenet_core.comparisons.seed_run import SeedRun, Surroundings
from encodenet_core.comparisons.tables import Column, Table, percent
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, load_config
from encodenet_core.errors import ConfigError
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent

DESCRIPTION = Description("toy", "encodenet toy", "A toy", {"a": "setup a", "b": "setup b"}, ["a"])


def toy(computed: list[tuple[int, str]], killed_at: tuple[int, str] | None = None) -> Comparison:
    """Two setups whose accuracy follows from the seed alone; one of them may meet a Ctrl-C."""

    def measure(run: SeedRun) -> None:
        for setup, gain in (("a", 0.0), ("b", 0.1)):

            def compute(setup: str = setup, gain: float = gain) -> Mapping[str, Any]:
                if (run.config.seed, setup) == killed_at:
                    raise KeyboardInterrupt
                computed.append((run.config.seed, setup))
                accuracy = 0.5 + gain + run.config.seed / 100
                return {"scores": {"validation_accuracy": accuracy, "test_accuracy": accuracy}}

            run.measure(setup, run.config, compute, {"kind": setup})

    def tabulate(config: EncodeNetConfig, measured: Measured) -> list[Table]:
        rows = tuple((name, percent(measured.numbers(name, "scores.test_accuracy"))) for name in "ab")
        return [Table("Toys", (Column("setup"), Column("test\n%")), rows)]

    return Comparison(DESCRIPTION, measure, tabulate)


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    return Surroundings(StageCache(tmp_path / "cache"), keep_silent, lambda line: None)


def test_every_setup_of_every_seed_is_measured_seed_by_seed_from_the_configs_own(
    tmp_path: Path, surroundings: Surroundings
) -> None:
    computed: list[tuple[int, str]] = []
    run_comparison(toy(computed), build_config({"seed": 4}), 2, tmp_path / "out", surroundings)
    assert computed == [(4, "a"), (4, "b"), (5, "a"), (5, "b")]


def test_an_interrupted_comparison_keeps_its_tables_and_goes_on_where_it_was(
    tmp_path: Path, surroundings: Surroundings
) -> None:
    computed: list[tuple[int, str]] = []
    with pytest.raises(KeyboardInterrupt):
        run_comparison(toy(computed, (1, "b")), EncodeNetConfig(), 2, tmp_path, surroundings)
    assert "| a | 50.50 ±0.71 |\n| b | 60.00 ±- |" in (tmp_path / "tables.md").read_text()

    tables = run_comparison(toy(computed), EncodeNetConfig(), 2, tmp_path, surroundings)
    assert computed == [(0, "a"), (0, "b"), (1, "a"), (1, "b")]
    # 50 and 51 %, 60 and 61 %: the standard deviation of two numbers 1 apart is the root of 1/2.
    assert tables[0].rows == (("a", "50.50 ±0.71"), ("b", "60.50 ±0.71"))


def test_more_seeds_later_measure_only_those_that_are_new(tmp_path: Path, surroundings: Surroundings) -> None:
    computed: list[tuple[int, str]] = []
    run_comparison(toy(computed), EncodeNetConfig(), 1, tmp_path, surroundings)
    run_comparison(toy(computed), EncodeNetConfig(), 2, tmp_path, surroundings)
    assert computed == [(0, "a"), (0, "b"), (1, "a"), (1, "b")]


def test_the_folder_holds_config_page_and_numbers(tmp_path: Path, surroundings: Surroundings) -> None:
    config = build_config({"decoder.depth": 3})
    run_comparison(toy([]), config, 2, tmp_path, surroundings)
    assert load_config(tmp_path / "config.yaml") == config
    numbers = json.loads((tmp_path / "toy.json").read_text(encoding="utf-8"))
    assert numbers["seeds"] == [0, 1]
    difference = numbers["setups"]["b"]["differences"]["a"]["scores.test_accuracy"]
    assert difference["mean"] == pytest.approx(0.1)
    assert difference["standard_deviation"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("n_seeds", [0, -1])
def test_no_seeds_are_refused_before_a_folder_is_made(
    n_seeds: int, tmp_path: Path, surroundings: Surroundings
) -> None:
    with pytest.raises(ConfigError, match=f"--seeds is {n_seeds}"):
        run_comparison(toy([]), EncodeNetConfig(), n_seeds, tmp_path / "out", surroundings)
    assert not (tmp_path / "out").exists()


def test_a_seed_beyond_the_largest_is_refused(tmp_path: Path, surroundings: Surroundings) -> None:
    last = build_config({"seed": 2**31 - 1})
    with pytest.raises(ConfigError, match="seed is 2147483648"):
        run_comparison(toy([]), last, 2, tmp_path / "out", surroundings)
