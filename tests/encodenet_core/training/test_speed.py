from __future__ import annotations

import numpy as np

from encodenet_core.autoencoder import build_autoencoder
from encodenet_core.config_values import change_config
from encodenet_core.data.pixels import to_unit_range
from encodenet_core.run_result import RunResult
from encodenet_core.training.speed import measure_training_speed


def test_a_deeper_decoder_trains_fewer_steps_a_second_and_the_baseline_stays_as_it_is(
    tiny_result: RunResult,
) -> None:
    config, dataset, baseline = tiny_result.config, tiny_result.dataset, tiny_result.baseline
    before = baseline.model.get_weights()
    images = to_unit_range(dataset.train.images[:16])
    deeper = change_config(config, {"decoder.depth": 8})
    shallow, deep = (
        measure_training_speed(build_autoencoder(each, dataset, baseline).model, images, each, 0.5)
        for each in (change_config(config, {"decoder.depth": 1}), deeper)
    )
    assert shallow > deep > 0
    for own, theirs in zip(baseline.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(own, theirs)
