"""A password in the address of a mirror is in no output, in no file and in no worker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from decoder_search.execution.process import worker_environment

SECRET = "s3cr3t-p4ss"  # noqa: S105 - nobody's


def run(folder: Path, *arguments: object, **environment: str) -> str:
    """What a command printed, and every byte that it left in its folder."""
    done = subprocess.run(
        [sys.executable, "-m", "decoder_search.cli", *map(str, arguments)],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    written = [file.read_bytes().decode(errors="replace") for file in folder.rglob("*") if file.is_file()]
    return "\n".join([done.stdout, done.stderr, *written])


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://user:{SECRET}",
        f"postgresql:/user:{SECRET}@127.0.0.1/x",
        f"postgresql//user:{SECRET}@127.0.0.1/x",
        f"user:{SECRET}@127.0.0.1",
        f"mirror.db?password={SECRET}",
    ],
)
def test_an_address_with_a_slip_is_refused_without_its_password(address: str, tmp_path: Path) -> None:
    said = run(tmp_path, "run", "--mirror", address)
    assert "error: --mirror is no address of an Optuna storage" in said
    assert SECRET not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:9/x",
        f"mysql+nodriver://user:{SECRET}@127.0.0.1/x?ssl_password={SECRET}",
        f"redis://:{SECRET}@127.0.0.1:9/0",
    ],
)
def test_a_study_with_a_mirror_that_cannot_be_reached_says_so_without_the_password(
    address: str, tiny_space: Path
) -> None:
    options = ("--trials", 1, "--workers", 1, "--sampler", "random", "--pruner", "none")
    said = run(tiny_space.parent, "run", tiny_space, *options, DECODER_SEARCH_MIRROR=address)
    assert "is not up to date" in said and "the study goes on without it" in said
    assert SECRET not in said


def test_workers_do_not_inherit_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECODER_SEARCH_MIRROR", f"postgresql://user:{SECRET}@host/x")
    assert SECRET not in str(worker_environment(1, {}))
