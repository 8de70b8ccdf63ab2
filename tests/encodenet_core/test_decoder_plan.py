"""How the way from features to image is shared out over the blocks of a decoder."""

from __future__ import annotations

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encodenet_core.config import DecoderConfig
from encodenet_core.decoder_plan import Block, DecoderPlan, Shape, plan_decoder, prime_factors, share_factor


def plan(
    feature_shape: Shape, image_shape: Shape, encoder_widths: dict[int, int] | None = None, **decoder: object
) -> DecoderPlan:
    return plan_decoder(DecoderConfig(**decoder), feature_shape, image_shape, encoder_widths or {})


@pytest.mark.parametrize(
    ("factor", "depth", "shares"),
    [
        (8, 1, [8]),
        (8, 2, [4, 2]),
        (8, 3, [2, 2, 2]),
        (8, 4, [2, 2, 2, 1]),
        (12, 1, [12]),
        (12, 2, [4, 3]),
        (12, 3, [3, 2, 2]),
        (32, 1, [32]),
        (32, 2, [8, 4]),
        (32, 3, [4, 4, 2]),
        (7, 2, [7, 1]),
        (30, 2, [6, 5]),
        (1, 3, [1, 1, 1]),
    ],
)
def test_a_factor_is_shared_out_largest_first(factor: int, depth: int, shares: list[int]) -> None:
    assert share_factor(factor, depth) == shares


@given(factor=st.integers(1, 512), depth=st.integers(1, 12))
def test_the_shares_multiply_to_the_factor_and_fall(factor: int, depth: int) -> None:
    shares = share_factor(factor, depth)
    assert len(shares) == depth
    assert prod(shares) == factor
    assert shares == sorted(shares, reverse=True)


@given(factor=st.integers(2, 512), depth=st.integers(1, 12))
def test_no_block_idles_while_another_has_several_primes(factor: int, depth: int) -> None:
    shares = share_factor(factor, depth)
    if 1 in shares:
        assert all(len(prime_factors(share)) <= 1 for share in shares)


@pytest.mark.parametrize(
    ("number", "factors"), [(1, []), (2, [2]), (12, [3, 2, 2]), (49, [7, 7]), (97, [97]), (210, [7, 5, 3, 2])]
)
def test_prime_factors_come_largest_first(number: int, factors: list[int]) -> None:
    assert prime_factors(number) == factors


@given(st.integers(1, 5000))
def test_prime_factors_are_prime_and_multiply_to_the_number(number: int) -> None:
    factors = prime_factors(number)
    assert prod(factors) == number
    assert factors == sorted(factors, reverse=True)
    assert all(factor % divisor for factor in factors for divisor in range(2, factor))


def test_mirrored_widths_are_the_encoders_own_at_every_height() -> None:
    received = plan((4, 4, 64), (32, 32, 3), {32: 16, 16: 32, 8: 48, 4: 64}, depth=3, widths="mirrored")
    assert received.blocks == (Block(2, 48), Block(2, 32), Block(2, 16))
    assert received.entry == 64
    assert not received.resized


def test_a_mirrored_width_between_two_heights_is_that_of_the_nearer_one() -> None:
    received = plan((4, 4, 64), (24, 24, 3), {24: 16, 14: 32, 4: 64}, depth=2, widths="mirrored")
    assert received.blocks == (Block(3, 32), Block(2, 16))


def test_a_mirrored_width_is_never_wider_than_the_entry() -> None:
    received = plan((4, 4, 8), (8, 8, 1), {8: 100, 4: 8}, depth=1, widths="mirrored")
    assert received.blocks == (Block(2, 8),)


def test_a_mirrored_width_is_never_narrower_than_the_narrowest_block_unless_the_entry_is() -> None:
    encoder_widths = {16: 3, 8: 9, 4: 64}
    received = plan((4, 4, 64), (16, 16, 3), encoder_widths, depth=2, widths="mirrored")
    assert received.blocks == (Block(2, 9), Block(2, 8))
    narrow = plan((4, 4, 6), (16, 16, 3), encoder_widths, depth=2, widths="mirrored")
    assert narrow.blocks == (Block(2, 6), Block(2, 6))


def test_halving_stops_at_the_narrowest_block() -> None:
    received = plan((4, 4, 64), (64, 64, 3), depth=5, widths="halving")
    assert [block.width for block in received.blocks] == [32, 16, 8, 8, 8]


def test_constant_widths_are_those_of_the_entry() -> None:
    received = plan((4, 4, 20), (8, 8, 3), {8: 4}, depth=2, widths="constant")
    assert [block.width for block in received.blocks] == [20, 20]


def test_very_wide_features_enter_through_512_channels() -> None:
    received = plan((4, 4, 2048), (32, 32, 3), depth=1, widths="constant")
    assert received.entry == 512
    assert received.blocks == (Block(8, 512),)


def test_a_single_pixel_grows_to_the_image_in_one_block() -> None:
    received = plan((1, 1, 512), (32, 32, 3), depth=1, widths="halving")
    assert received.blocks == (Block(32, 256),)
    assert not received.resized


def test_a_rectangular_image_has_one_factor() -> None:
    received = plan((2, 3, 8), (8, 12, 1), depth=2)
    assert [block.factor for block in received.blocks] == [2, 2]
    assert not received.resized


@pytest.mark.parametrize(
    ("feature_shape", "image_shape", "factor"),
    [
        ((2, 2, 8), (7, 7, 1), 3),
        ((3, 3, 8), (5, 9, 1), 1),
        ((2, 4, 8), (8, 8, 1), 2),
        ((9, 9, 8), (8, 8, 1), 1),
    ],
)
def test_what_no_whole_factor_reaches_is_resized(
    feature_shape: Shape, image_shape: Shape, factor: int
) -> None:
    received = plan(feature_shape, image_shape, depth=1)
    assert received.blocks[0].factor == factor
    assert received.resized
