from __future__ import annotations

from encodenet_core.autoencoder import build_autoencoder
from encodenet_core.pipeline import convert_in_place
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache


def test_a_conversion_in_place_is_the_same_and_leaves_nothing_of_itself_in_the_cache(
    tiny_result: RunResult, tiny_cache: StageCache
) -> None:
    config, dataset, baseline = tiny_result.config, tiny_result.dataset, tiny_result.baseline
    kept = set(tiny_cache.root.iterdir())
    untrained = build_autoencoder(config, dataset, baseline)
    conversion = convert_in_place(untrained, config, dataset, baseline, tiny_cache)
    assert conversion.autoencoder.model is untrained.model
    assert conversion.reconstruction == tiny_result.conversion.reconstruction
    ours, theirs = conversion.scores, tiny_result.conversion.scores
    assert ours.validation_cross_entropy == theirs.validation_cross_entropy
    assert set(tiny_cache.root.iterdir()) == kept
