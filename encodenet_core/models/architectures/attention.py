"""Attention in residual networks (table 5): maps that are weighted by what the network finds important.

Each takes a map `(batch, height, width, channels)` to one of the same shape. Reduced by `REDUCTION`, with
biases and normalisation where the counts of table 5 want them: SE as in senet.pytorch, BAM and CBAM as in
their authors' attention-module, GAM as in its paper, whose own code gives another size.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras

from encodenet_core.config import Attention
from encodenet_core.errors import ConfigError
from encodenet_core.models.architectures.layers import (
    Tensor,
    convolve,
    normalize,
    rectify,
)

REDUCTION = 16
"""The channels of a map to those that its weights are computed by."""

GROUPS = 4
"""Of the convolutions of `gam_groups`."""


def squeeze_and_excite(x: Tensor) -> Tensor:
    """SE (Hu et al. 2018): a weight a channel, from the means of all channels."""
    means = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    return _weigh(x, _expand(_squeeze(means, bias=False), x, bias=False))


def bottleneck_attention(x: Tensor) -> Tensor:
    """BAM (Park et al. 2018): the map, and once more weighted by a branch of channels times one of places.

    The authors' code multiplies the branches, where their paper adds them.
    """
    squeezed = keras.layers.Dense(_reduced(x))(keras.layers.GlobalAveragePooling2D(keepdims=True)(x))
    channels = _expand(rectify(normalize(squeezed)), x, bias=True)
    places = rectify(normalize(convolve(x, _reduced(x), 1, bias=True)))
    for _ in range(2):
        places = rectify(normalize(convolve(places, _reduced(x), bias=True, dilation_rate=4)))
    logits = keras.layers.Multiply()([channels, convolve(places, 1, 1, bias=True)])
    return keras.layers.Add()([x, _weigh(x, logits)])


def convolutional_block_attention(x: Tensor) -> Tensor:
    """CBAM (Woo et al. 2018): a weight a channel, from mean and maximum; then one a place, by both again."""
    squeeze = keras.layers.Dense(_reduced(x), activation="relu")
    expand = keras.layers.Dense(x.shape[-1])
    pools = keras.layers.GlobalAveragePooling2D(keepdims=True), keras.layers.GlobalMaxPooling2D(keepdims=True)
    channels = keras.layers.Add()([expand(squeeze(pool(x))) for pool in pools])
    x = _weigh(x, channels)
    summed_up = [keras.ops.max(x, axis=-1, keepdims=True), keras.ops.mean(x, axis=-1, keepdims=True)]
    places = convolve(keras.layers.Concatenate()(summed_up), 1, 7)
    # Without a say at first, as its authors have it.
    places = keras.layers.BatchNormalization(momentum=0.99, epsilon=1e-5, gamma_initializer="zeros")(places)
    return _weigh(x, places)


def global_attention(x: Tensor, groups: int = 1) -> Tensor:
    """GAM (Liu et al. 2021): a weight a number, by channels at every place, then by 7x7 places.

    Args:
        x: the map.
        groups: of the two convolutions; with more than one, channels are shuffled between them.

    Raises:
        ConfigError: the groups do not divide the channels.
    """
    if _reduced(x) % groups or x.shape[-1] % groups:
        raise ConfigError(
            f"gam_groups makes {groups} groups of {_reduced(x)} channels, a {REDUCTION}th of a block's "
            f"{x.shape[-1]}; raise baseline.width, or take gam"
        )
    x = _weigh(x, _expand(_squeeze(x, bias=True), x, bias=True))
    places = rectify(normalize(convolve_in_groups(x, _reduced(x), groups)))
    if groups > 1:
        places = _shuffle(places, groups)
    return _weigh(x, convolve_in_groups(places, x.shape[-1], groups))


ATTENTIONS: dict[Attention, Callable[[Tensor], Tensor]] = {
    "se": squeeze_and_excite,
    "bam": bottleneck_attention,
    "cbam": convolutional_block_attention,
    "gam": global_attention,
    "gam_groups": partial(global_attention, groups=GROUPS),
}

BETWEEN_STAGES: frozenset[Attention] = frozenset({"bam"})
"""Those that follow every stage but the last; the others end every block, before the shortcut is added."""


def _reduced(x: Tensor) -> int:
    return max(1, int(x.shape[-1]) // REDUCTION)


def _squeeze(x: Tensor, *, bias: bool) -> Tensor:
    return keras.layers.Dense(_reduced(x), activation="relu", use_bias=bias)(x)


def _expand(squeezed: Tensor, x: Tensor, *, bias: bool) -> Tensor:
    return keras.layers.Dense(x.shape[-1], use_bias=bias)(squeezed)


def _weigh(x: Tensor, logits: Tensor) -> Tensor:
    return keras.layers.Multiply()([x, keras.layers.Activation("sigmoid")(logits)])


def convolve_in_groups(x: Tensor, filters: int, groups: int) -> Tensor:
    """A 7x7 convolution a group, of the group's own channels.

    Not `groups` of Keras, which takes some 70 times as long on TensorFlow's CPU.
    """
    if groups == 1:
        return convolve(x, filters, 7)
    parts = keras.ops.split(x, groups, axis=-1)
    return keras.layers.Concatenate()([convolve(part, filters // groups, 7) for part in parts])


def _shuffle(x: Tensor, groups: int) -> Tensor:
    """Channels in another order, so that every group of the next convolution sees all groups of the last."""
    height, width, channels = x.shape[1:]
    x = keras.layers.Reshape((height, width, groups, channels // groups))(x)
    x = keras.layers.Permute((1, 2, 4, 3))(x)
    return keras.layers.Reshape((height, width, channels))(x)
