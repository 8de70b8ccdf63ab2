from __future__ import annotations

import shlex

import pytest

from encodenet_core.config_values import parse_assignment
from encodenet_core.models.fitting_images import as_typed, fitting_options


@pytest.mark.parametrize(
    ("wanted", "image_shape", "options"),
    [
        ((28, 28, 1), (32, 32, 3), {"dataset.image_size": "[28, 28]", "dataset.color": "grey"}),
        ((32, 32, 3), (28, 28, 1), {"dataset.image_size": "[32, 32]", "dataset.color": "rgb"}),
        ((24, 32, 3), (32, 24, 3), {"dataset.image_size": "[24, 32]"}),
        ((None, None, 1), (32, 24, 3), {"dataset.color": "grey"}),
        ((None, 16, 3), (32, 24, 3), {"dataset.image_size": "[32, 16]"}),
        ((32, 24, 3), (32, 24, 3), {}),
        ((None, None, 3), (32, 24, 3), {}),
        ((32, 24, 4), (32, 24, 3), None),
        ((64,), (8, 8, 1), None),
    ],
)
def test_the_options_are_those_that_are_missing(
    wanted: tuple[int | None, ...], image_shape: tuple[int, int, int], options: dict[str, str] | None
) -> None:
    assert fitting_options(wanted, image_shape) == options


def test_they_are_written_as_a_shell_takes_them() -> None:
    options = fitting_options((28, 28, 1), (32, 32, 3))
    assert options is not None
    typed = as_typed(options)
    assert typed == "--set 'dataset.image_size=[28, 28]' --set dataset.color=grey"
    words = shlex.split(typed)
    assert dict(map(parse_assignment, words[1::2])) == {
        "dataset.image_size": [28, 28],
        "dataset.color": "grey",
    }
