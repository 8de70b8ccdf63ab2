from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.runs.representatives import (
    FILE_NAME,
    Representatives,
    load_representatives,
    save_representatives,
)


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3)).astype(np.uint8)
    save_representatives(Representatives(images, np.array([0, 0, 1, 1, 2, 2])), tmp_path)
    loaded = load_representatives(tmp_path)
    np.testing.assert_array_equal(loaded.images, images)
    assert loaded.classes.tolist() == [0, 0, 1, 1, 2, 2]


def test_a_run_without_representatives_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no representatives.npz; train its config.yaml again"):
        load_representatives(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"])
def test_a_damaged_file_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(ConfigError, match=r"^cannot read [^\n]*; train the run again$"):
        load_representatives(tmp_path)
