"""The shape of a decoder before anything is built: which factor and width each block has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from encodenet_core.config import DecoderConfig

Shape = tuple[int, int, int]

WIDEST_ENTRY = 512
NARROWEST_BLOCK = 8


@dataclass(frozen=True)
class Block:
    """One decoder block: enlarge by `factor` (1 keeps the size), then convolve to `width` channels."""

    factor: int
    width: int


@dataclass(frozen=True)
class DecoderPlan:
    """The blocks between the features and the image, `(height, width, channels)` each.

    `entry` is the number of channels that the blocks start from: features wider than that are first mixed
    down by a 1x1 convolution. `resized` says that the last map misses the image's size and is resized.
    """

    feature_shape: Shape
    image_shape: Shape
    entry: int
    blocks: tuple[Block, ...]
    resized: bool


def plan_decoder(
    config: DecoderConfig, feature_shape: Shape, image_shape: Shape, encoder_widths: Mapping[int, int]
) -> DecoderPlan:
    """Share out the way from the features up to the image over `config.depth` blocks.

    Args:
        config: depth and widths are used here.
        feature_shape: `(height, width, channels)` of the encoder's output.
        image_shape: `(height, width, channels)`.
        encoder_widths: height of the encoder's own maps to their channels, for mirrored widths.
    """
    height, width, channels = feature_shape
    factor = max(1, min(image_shape[0] // height, image_shape[1] // width))
    entry = min(channels, WIDEST_ENTRY)
    blocks, reached = [], height
    for position, part in enumerate(share_factor(factor, config.depth)):
        reached *= part
        if config.widths == "mirrored":
            block_width = _mirrored(reached, encoder_widths, entry)
        elif config.widths == "halving":
            block_width = max(NARROWEST_BLOCK, entry >> (position + 1))
        else:
            block_width = entry
        blocks.append(Block(part, block_width))
    resized = (height * factor, width * factor) != tuple(image_shape[:2])
    return DecoderPlan(feature_shape, image_shape, entry, tuple(blocks), resized)


def _mirrored(height: int, encoder_widths: Mapping[int, int], entry: int) -> int:
    if not encoder_widths:
        return entry
    nearest = min(encoder_widths, key=lambda known: (abs(known - height), known))
    return min(max(encoder_widths[nearest], NARROWEST_BLOCK), entry)


def share_factor(factor: int, depth: int) -> list[int]:
    """An upsampling factor as a product of `depth` whole numbers, largest first and as equal as they come.

    Left-over blocks get 1; fewer blocks than prime factors get larger factors: 8 over 2 blocks is 4, 2.
    """
    shares = [1] * depth
    for prime in prime_factors(factor):
        shares[shares.index(min(shares))] *= prime
    return sorted(shares, reverse=True)


def prime_factors(number: int) -> list[int]:
    """The prime factors of a positive number, largest first; 1 has none."""
    factors: list[int] = []
    divisor = 2
    while (rest := number // prod(factors)) > 1:
        if rest % divisor == 0:
            factors.append(divisor)
        else:
            divisor += 1
    return factors[::-1]
