from __future__ import annotations

from pathlib import Path

import pytest

from encodenet_core.stages.contents import read_facts, write_facts


def test_facts_are_read_as_they_were_written(tmp_path: Path) -> None:
    facts = {"seconds": 1.5, "losses": [0.25, 0.125], "cut": None}
    write_facts(tmp_path, facts)
    write_facts(tmp_path, [[1.0]], "inertias.json")
    assert read_facts(tmp_path) == facts
    assert read_facts(tmp_path, "inertias.json") == [[1.0]]


def test_a_number_that_no_reader_would_take_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_facts(tmp_path, {"seconds": float("nan")})
    assert list(tmp_path.iterdir()) == []
