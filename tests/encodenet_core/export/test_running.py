from __future__ import annotations

from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pytest

from encodenet_core.export.deployable import deployable_copy
from encodenet_core.export.formats import EXPORT_FORMATS, ExportFormat
from encodenet_core.export.running import open_exported
from encodenet_core.export.writing import write_model
from encodenet_core.models.architectures import ARCHITECTURES

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="models are exported by Keras on TensorFlow"
)

IMAGES = np.random.default_rng(6).random((33, 8, 8, 1), np.float32)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(8)
    return ARCHITECTURES["small"]((8, 8, 1), 10, ([0.3], [0.1]))


@pytest.mark.parametrize("format_", get_args(ExportFormat))
def test_every_format_gives_the_logits_of_keras_for_any_batch_in_any_order(
    format_: ExportFormat, model: keras.Model, tmp_path: Path
) -> None:
    path = tmp_path / f"model{EXPORT_FORMATS[format_].suffix}"
    write_model(deployable_copy(model), format_, path)
    run = open_exported(format_, path, threads=1)
    expected = keras.ops.convert_to_numpy(model(IMAGES, training=False))
    for batch in (slice(0, 1), slice(1, 33), slice(32, 33), slice(0, 33)):
        np.testing.assert_allclose(run(IMAGES[batch]), expected[batch], atol=1e-4)
