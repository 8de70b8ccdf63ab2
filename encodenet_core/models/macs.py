"""Multiply-accumulates: the currency in which EncodeNet and its controls spend the same."""

from __future__ import annotations

from math import prod

import keras

from encodenet_core.models.graph import Call, calls_of_layers

BACKWARD_SHARE = 2
"""A backward pass computes the gradients of the inputs and of the weights: twice the forward pass."""


def count_macs(model: keras.Model) -> int:
    """Multiply-accumulates of one image's forward pass through convolutions and dense layers.

    A layer that is used twice counts twice.
    """
    return sum(_call_macs(call) for call in calls_of_layers(model.outputs))


def training_macs(forward: int, n_samples: int, epochs: int) -> int:
    """Multiply-accumulates of a fit whose forward pass takes `forward` for each sample."""
    return forward * (1 + BACKWARD_SHARE) * n_samples * epochs


def _call_macs(call: Call) -> int:
    layer = call.operation
    if isinstance(layer, keras.layers.Conv2DTranspose):
        _, height, width, _ = call.input_tensors[0].shape
    elif isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        _, height, width, _ = call.output_tensors[0].shape
    elif isinstance(layer, keras.layers.Dense):
        height, width = 1, prod(call.output_tensors[0].shape[1:-1])
    elif isinstance(layer, keras.layers.SeparableConv2D):
        _, height, width, _ = call.output_tensors[0].shape
        return int(height * width * (prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape)))
    else:
        return 0
    return int(height * width * prod(layer.kernel.shape))
