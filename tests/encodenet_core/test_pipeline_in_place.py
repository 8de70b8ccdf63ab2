from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from encodenet_core.autoencoder import build_autoencoder
from encodenet_core.errors import Stopped
from encodenet_core.pipeline import convert
from encodenet_core.run_result import Conversion, RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import UNWATCHED, Report, Watch


def convert_in_place(result: RunResult, cache: StageCache, watch: Watch = UNWATCHED) -> Conversion:
    config, dataset, baseline = result.config, result.dataset, result.baseline
    built = build_autoencoder(config, dataset, baseline)
    conversion = convert(config, dataset, baseline, cache, watch, built)
    assert conversion.autoencoder.model is built.model
    return conversion


def test_a_conversion_in_place_is_the_same_and_leaves_nothing_of_itself_in_the_cache(
    tiny_result: RunResult, tiny_cache: StageCache
) -> None:
    kept = set(tiny_cache.root.iterdir())
    conversion = convert_in_place(tiny_result, tiny_cache)
    assert conversion.reconstruction == tiny_result.conversion.reconstruction
    assert conversion.scores == tiny_result.conversion.scores
    assert set(tiny_cache.root.iterdir()) == kept


def epochs_until(epochs: list[tuple[str, int]], last: tuple[str, int]) -> Report:
    def report(stage: str, epoch: int, of: int, values: Mapping[str, float]) -> bool:
        epochs.append((stage, epoch))
        return (stage, epoch) != last

    return report


def test_a_conversion_in_place_that_was_stopped_in_either_stage_goes_on_there(
    tiny_result: RunResult, tiny_cache: StageCache, tmp_path: Path
) -> None:
    epochs: list[tuple[str, int]] = []
    for last in (("autoencoder", 1), ("classifier", 1)):
        with pytest.raises(Stopped):
            convert_in_place(tiny_result, tiny_cache, Watch(epochs_until(epochs, last), checkpoint=tmp_path))
    watch = Watch(epochs_until(epochs, ("", 0)), checkpoint=tmp_path)
    conversion = convert_in_place(tiny_result, tiny_cache, watch)
    assert epochs == sorted(set(epochs)), "no epoch was trained twice"
    assert conversion.scores == tiny_result.conversion.scores
