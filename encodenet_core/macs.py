"""Multiply-accumulates: the currency in which EncodeNet and its controls spend the same."""

from __future__ import annotations

from math import prod

import keras

BACKWARD_SHARE = 2
"""A backward pass computes the gradients of the inputs and of the weights: twice the forward pass."""


def count_macs(model: keras.Model) -> int:
    """Multiply-accumulates of one image's forward pass through convolutions and dense layers."""
    return sum(_layer_macs(layer) for layer in model.layers)


def training_macs(forward: int, n_samples: int, epochs: int) -> int:
    """Multiply-accumulates of a fit whose forward pass takes `forward` for each sample."""
    return forward * (1 + BACKWARD_SHARE) * n_samples * epochs


def _layer_macs(layer: keras.layers.Layer) -> int:
    if isinstance(layer, keras.Model):
        return count_macs(layer)
    if isinstance(layer, keras.layers.Conv2DTranspose):
        _, height, width, _ = layer.input.shape
    elif isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        _, height, width, _ = layer.output.shape
    elif isinstance(layer, keras.layers.Dense):
        height, width = 1, prod(layer.output.shape[1:-1])
    elif isinstance(layer, keras.layers.SeparableConv2D):
        _, height, width, _ = layer.output.shape
        return int(height * width * (prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape)))
    else:
        return 0
    return int(height * width * prod(layer.kernel.shape))
