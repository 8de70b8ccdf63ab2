from __future__ import annotations

import numpy as np

from encodenet_core.config_values import change_config
from encodenet_core.pipeline import RunResult
from encodenet_core.training_speed import measure_training_speed


def test_a_deeper_decoder_trains_fewer_steps_a_second_and_the_baseline_stays_as_it_is(
    tiny_result: RunResult,
) -> None:
    config, dataset, baseline = tiny_result.config, tiny_result.dataset, tiny_result.baseline
    before = baseline.model.get_weights()
    shallow, deep = (
        measure_training_speed(change_config(config, {"decoder.depth": depth}), dataset, baseline, 0.5)
        for depth in (1, 8)
    )
    assert shallow > deep > 0
    for own, theirs in zip(baseline.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(own, theirs)
