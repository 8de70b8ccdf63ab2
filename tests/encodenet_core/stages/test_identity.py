from __future__ import annotations

import hashlib
import os
from pathlib import Path

from encodenet_core.stages.identity import content_hash, modification_time


def test_files_of_equal_content_have_equal_hashes_and_the_name_of_none_is_not_that_of_a_missing_one(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / name for name in ("first", "second", "third")]
    for path, content in zip(paths, ("same", "same", "other"), strict=True):
        path.write_text(content)
    first, second, third = (content_hash(str(path)) for path in paths)
    assert first == second == hashlib.sha256(b"same").hexdigest()[:16]
    assert third != first
    assert (content_hash(None), content_hash(str(tmp_path / "absent"))) == (None, "")
    assert content_hash(str(tmp_path)) == ""


def test_a_file_that_is_not_there_was_never_modified(tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    assert (modification_time(None), modification_time(str(path))) == (0, 0)
    path.write_text("weights")
    os.utime(path, ns=(5, 7_000_000_000))
    assert modification_time(str(path)) == 7_000_000_000
