"""What a stage tells of itself beside its arrays and models: facts, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from encodenet_core.io.plain_json import read_json


def write_facts(folder: Path, facts: object, name: str = "facts.json") -> None:
    """Write what a stage that is in the making found out: JSON values, all of them finite."""
    (folder / name).write_text(json.dumps(facts, allow_nan=False), encoding="utf-8")


def read_facts(folder: Path, name: str = "facts.json") -> Any:
    """What a finished stage found out."""
    return read_json(folder / name)
