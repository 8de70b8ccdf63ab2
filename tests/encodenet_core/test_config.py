"""The config is frozen, its recipes bring their own numbers, and its hash is the same everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from encodenet_core import config as choices
from encodenet_core.config import SELF_COUNTING_METHODS, EncodeNetConfig, stable_hash
from encodenet_core.config_values import build_config
from encodenet_core.errors import ConfigError


def test_methods_that_count_their_clusters_are_methods() -> None:
    assert set(get_args(choices.ClusteringMethod)) > SELF_COUNTING_METHODS > set()


def test_milestones_within_the_epochs_are_taken() -> None:
    values = {"recipe": "paper", "epochs": 100, "milestones": [50, 99]}
    config = build_config({f"baseline.training.{name}": value for name, value in values.items()})
    assert config.baseline.training.milestones == (50, 99)


def test_an_encoder_is_unfrozen_before_the_last_epoch_or_never() -> None:
    values = {"classifier.training.epochs": 5, "classifier.unfreeze_after": 4}
    assert build_config(values).classifier.unfreeze_after == 4
    with pytest.raises(
        ConfigError, match=r"^classifier.unfreeze_after is 5, but .* less than .* 5, or null$"
    ):
        build_config({**values, "classifier.unfreeze_after": 5})


def test_a_number_beside_a_recipe_wins_over_its_default() -> None:
    config = build_config({"baseline.training.recipe": "paper", "baseline.training.epochs": 7})
    assert config.baseline.training.epochs == 7
    assert config.baseline.training.batch_size == 128


def test_a_given_model_may_have_a_cut_and_a_pixel_range() -> None:
    values = {"baseline.model": "m.keras", "baseline.cut": "last", "baseline.pixel_range": [-1, 255]}
    section = build_config(values).baseline
    assert (section.cut, section.pixel_range) == ("last", (-1.0, 255.0))
    assert (EncodeNetConfig().baseline.cut, EncodeNetConfig().baseline.pixel_range) == (None, (0.0, 1.0))


@pytest.mark.parametrize("name", ["auto", "tf", "torch", "caffe"])
def test_a_pixel_range_may_have_a_name(name: str) -> None:
    values = {"baseline.model": "m.keras", "baseline.pixel_range": name}
    assert build_config(values).baseline.pixel_range == name


def test_the_order_of_channels_changes_no_key_where_it_is_the_usual_one() -> None:
    usual = build_config({"baseline.model": "m.keras", "baseline.channel_order": "rgb"}).baseline
    other = build_config({"baseline.model": "m.keras", "baseline.channel_order": "bgr"}).baseline
    assert "channel_order" not in usual.identity()
    assert other.identity()["channel_order"] == "bgr"


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"baseline.channel_order": "bgr"}, "'rgb' without a baseline.model"),
        ({"baseline.pixel_range": "auto"}, "[0, 1] without a baseline.model"),
        ({"baseline.model": "m.keras", "baseline.pixel_range": "tv"}, "or auto, tf, torch, caffe"),
        (
            {"baseline.model": "m.keras", "baseline.pixel_range": "auto", "baseline.channel_order": "bgr"},
            "'rgb' beside baseline.pixel_range: auto, which finds out the order too",
        ),
        ({"baseline.cut": "last"}, "baseline.cut is 'last', but expected is: nothing"),
        ({"baseline.pixel_range": [0, 255]}, "expected is: [0, 1] without a baseline.model"),
        ({"baseline.model": "m.keras", "baseline.cut": ""}, "baseline.cut is ''"),
        ({"baseline.model": "m.keras", "baseline.pixel_range": [255, 0]}, "low < high, such as [0, 255]"),
        ({"baseline.model": "m.keras", "baseline.pixel_range": [3, 3]}, "low < high, such as [0, 255]"),
        ({"baseline.model": "m.keras", "baseline.pixel_range": [0, float("inf")]}, "a finite number"),
        ({"baseline.model": "m.keras", "baseline.pixel_range": [False, True]}, "baseline.pixel_range is"),
        ({"baseline.model": "m.keras", "baseline.pixel_range": [0, 1, 2]}, "baseline.pixel_range is"),
        ({"baseline.model": "m.keras", "baseline.pixel_range": 255}, "baseline.pixel_range is 255"),
    ],
)
def test_a_cut_or_pixel_range_that_makes_no_sense_is_refused(values: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(part)) as refusal:
        build_config(values)
    assert "\n" not in str(refusal.value)


def test_a_config_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        EncodeNetConfig().decoder.depth = 3


def test_the_hash_is_the_same_in_another_process() -> None:
    config = build_config({"decoder.depth": 4, "dataset.source": "ümlaut.npz", "seed": 5})
    program = (
        "from encodenet_core.config_values import build_config\n"
        "print(build_config({'seed': 5, 'dataset.source': '\\u00fcmlaut.npz', 'decoder.depth': 4})"
        ".stable_hash())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    other = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == config.stable_hash()


def test_the_hash_depends_on_values_and_not_on_the_order_of_keys() -> None:
    assert stable_hash({"a": 1, "b": 2}) == stable_hash({"b": 2, "a": 1})
    assert stable_hash({"a": 1, "b": 2}) != stable_hash({"a": 2, "b": 1})
    assert EncodeNetConfig().stable_hash() != build_config({"seed": 1}).stable_hash()
    # The first 16 digits of `printf '{"a":1}' | sha256sum`: a cache must outlive this version.
    assert stable_hash({"a": 1}) == "015abd7f5cc57a2d"


def test_an_option_that_came_later_changes_no_hash_while_it_is_at_its_default() -> None:
    plain = EncodeNetConfig()
    assert "image_size" not in plain.dataset.identity()
    assert plain.identity()["dataset"] == plain.dataset.identity()
    sized = EncodeNetConfig.model_validate({"dataset": {"image_size": [8, 9], "resize": "pad"}})
    assert sized.dataset.identity()["image_size"] == [8, 9]
    assert sized.identity()["dataset"]["resize"] == "pad"
    assert sized.stable_hash() != plain.stable_hash()


def test_the_hash_of_the_defaults_is_the_one_that_studies_hold() -> None:
    assert EncodeNetConfig().stable_hash() == "c5eca794dd97c8e1"
