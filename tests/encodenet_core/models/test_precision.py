"""Layers compute in the precision that is asked for, logits and pixels in float32, and nothing stays set."""

from __future__ import annotations

from typing import get_args

import keras
import numpy as np
import pytest

from encodenet_core.baseline import build_architecture
from encodenet_core.config import ComputeConfig, Precision
from encodenet_core.config_values import build_config
from encodenet_core.data.dataset import Dataset
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.precision import layers_in
from encodenet_core.pipeline import run_pipeline
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache


def test_the_policy_is_put_back_even_after_an_error() -> None:
    before = keras.config.dtype_policy().name
    with pytest.raises(RuntimeError), layers_in("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        raise RuntimeError
    assert keras.config.dtype_policy().name == before


@pytest.mark.parametrize("architecture", ["small", "resnet9", "vgg8", "vgg16_keras", "resnet20"])
def test_an_architecture_in_bfloat16_has_float32_weights_and_logits(architecture: str) -> None:
    with layers_in("mixed_bfloat16"):
        model = ARCHITECTURES[architecture]((32, 32, 3), 4, ([0.5] * 3, [0.2] * 3))  # type: ignore[index]
    assert {weight.dtype for weight in model.weights} == {"float32"}
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert {layer.compute_dtype for layer in convolutions} == {"bfloat16"}
    assert model.outputs[0].dtype == "float32"


@pytest.mark.parametrize("precision", get_args(Precision))
def test_the_dataset_decides_the_statistics_whatever_the_precision(
    precision: Precision, tiny_dataset: Dataset
) -> None:
    model = build_architecture(build_config({}).baseline, tiny_dataset, 0, precision)
    expected = tiny_dataset.train.images.mean() / 255
    mean = keras.ops.convert_to_numpy(keras.ops.cast(model.get_layer("normalization").mean, "float32"))
    np.testing.assert_allclose(mean.ravel(), expected, rtol=1e-3)


@pytest.mark.slow
def test_a_whole_run_in_bfloat16_compiled_by_xla_learns_like_one_in_float32(
    tiny_result: RunResult, tiny_dataset: Dataset, tiny_cache: StageCache
) -> None:
    compute = {"precision": "mixed_bfloat16", "jit_compile": True}
    config = tiny_result.config.model_copy(update={"compute": ComputeConfig(**compute)})
    result = run_pipeline(config, tiny_dataset, tiny_cache)
    assert result.conversion.reconstruction.mse < 0.3
    received = result.conversion.scores.train_accuracy
    assert received > tiny_result.conversion.scores.train_accuracy - 0.2
    assert result.conversion.scores.parameters == tiny_result.conversion.scores.parameters
