"""Names in a cache, and a cache that cannot be written to."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.stages.layout import (
    check_cache,
    default_cache_folder,
    key_in,
    lock_file,
    partial_folder,
    removed_folder,
    writing_to,
)

KEY = "control_training-0123456789abcdef"


def test_a_key_is_found_in_the_names_made_from_it(tmp_path: Path) -> None:
    assert key_in(KEY) == KEY
    assert key_in(partial_folder(tmp_path, KEY).name, ".", ".partial") == KEY
    assert key_in(removed_folder(tmp_path, KEY).name, ".", ".removed") == KEY
    assert key_in(lock_file(tmp_path, KEY).name, after=".lock") == KEY


@pytest.mark.parametrize(
    "name",
    ["", "models", "resnet-50", "dataset-0123", f"{KEY}0", f"{KEY}.lock", f".{KEY}", KEY.upper(), f"{KEY}\n"],
)
def test_other_names_are_not_taken_for_stages(name: str) -> None:
    assert key_in(name) is None


def test_a_cache_that_can_be_written_to_is_made_and_left_empty(tmp_path: Path) -> None:
    check_cache(tmp_path / "new" / "cache")
    assert list((tmp_path / "new" / "cache").iterdir()) == []


@pytest.mark.parametrize("root", ["file", "file/below", "/proc/nowhere"])
def test_one_that_cannot_is_refused_with_the_remedy(root: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(
        ConfigError, match=r"^cannot write to the stage cache [^\n]*; .* set ENCODENET_CACHE to"
    ):
        check_cache(tmp_path / root)
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError("100 requested and 0 written"),
        OSError(errno.EROFS, os.strerror(errno.EROFS), "/cache/some/file.npy"),
        OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), "/cache"),
    ],
    ids=str,
)
def test_an_error_that_concerns_the_cache_becomes_one_line(error: OSError) -> None:
    with pytest.raises(ConfigError, match=r"^cannot write to the stage cache /cache: .*ENCODENET_CACHE"):
        with writing_to(Path("/cache")):
            raise error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EROFS, os.strerror(errno.EROFS), "/images/file.npy"),
        OSError(errno.ENOENT, os.strerror(errno.ENOENT), "/cache/file.npy"),
        OSError(errno.EPIPE, os.strerror(errno.EPIPE)),
        OSError(errno.EBADF, os.strerror(errno.EBADF), 7),
    ],
    ids=str,
)
def test_any_other_error_stays_what_it_is(error: OSError) -> None:
    with pytest.raises(type(error)) as caught, writing_to(Path("/cache")):
        raise error
    assert caught.value is error


def test_the_environment_names_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENCODENET_CACHE", str(tmp_path / "elsewhere"))
    assert default_cache_folder() == tmp_path / "elsewhere"
    monkeypatch.delenv("ENCODENET_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / ".cache" / "encodenet"
