"""`encodenet` as it is typed, in the process of the tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from encodenet_core.cli import main
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache


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


@pytest.fixture
def encodenet(
    type_encodenet: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, tiny_cache: StageCache
) -> Callable[..., Outcome]:
    """The command `encodenet` with its arguments, in this process, with the stages of the tiny run."""
    monkeypatch.setenv("ENCODENET_CACHE", str(tiny_cache.root))
    return type_encodenet


@pytest.fixture(scope="session")
def trained(
    tiny_result: RunResult,
    tiny_cache: StageCache,
    tiny_settings: Sequence[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The output folder of `encodenet train`."""
    folder = tmp_path_factory.mktemp("trained") / "out"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as exit_:
        patch.setenv("ENCODENET_CACHE", str(tiny_cache.root))
        patch.setattr(sys, "argv", ["encodenet", "train", *tiny_settings, "--output", str(folder)])
        main()
    assert not exit_.value.code
    return folder
