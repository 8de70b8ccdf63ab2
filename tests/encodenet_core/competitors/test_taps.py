"""Where a method looks into a network."""

from __future__ import annotations

import pytest

from encodenet_core.competitors.taps import Tapped
from encodenet_core.errors import ConfigError
from encodenet_core.models.architectures import ARCHITECTURES


def tapped(name: str, hint: str | None = None, role: str = "student") -> Tapped:
    channels = [0.5] * 3, [0.2] * 3
    return Tapped(ARCHITECTURES[name]((32, 32, 3), 4, channels), None, hint, role)  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "features", "hint"),
    [
        ("vgg8", (4, 4, 512), (8, 8, 256)),
        ("resnet20", (8, 8, 64), (16, 16, 32)),
        ("resnet9", (4, 4, 128), (8, 8, 64)),
    ],
)
def test_the_taps_are_those_of_mdistiller(
    name: str, features: tuple[int, int, int], hint: tuple[int, int, int]
) -> None:
    network = tapped(name)
    assert network.logits.shape == (None, 4)
    assert network.features.shape == (None, *features)
    assert network.pooled.shape == (None, features[-1])
    assert network.hinted.shape == (None, *hint)


@pytest.mark.parametrize("role", ["student", "teacher"])
def test_a_hint_that_is_no_layer_with_a_map_is_refused_with_those_that_are(role: str) -> None:
    expected = rf"distillation.{role}_hint is 'nowhere', but .*maps come out of .*features"
    with pytest.raises(ConfigError, match=expected):
        _ = tapped("small", "nowhere", role).hinted
    with pytest.raises(ConfigError, match="did you mean 'features'"):
        _ = tapped("small", "feature", role).hinted


def test_a_hint_that_is_named_is_taken() -> None:
    network = tapped("small", "features")
    assert network.hinted is network.features
