from __future__ import annotations

import json
from pathlib import Path

import pytest

from encodenet_core.figures.class_file import CLASSES_FILE, read_class_pictures


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', json.dumps({"format": 2})])
def test_what_no_run_wrote_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / CLASSES_FILE).write_text(text)
    with pytest.raises(ValueError):
        read_class_pictures(tmp_path)
