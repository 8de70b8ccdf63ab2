"""`encodenet` as it is typed, in the process of the tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from encodenet_core.cli import main


class Outcome(NamedTuple):
    """What a command answered: its exit code and what it wrote."""

    code: object
    out: str
    err: str


@pytest.fixture
def type_encodenet(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Runs `encodenet` with these arguments."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["encodenet", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main()
        return Outcome(exit_.value.code, *capfd.readouterr())

    return call
