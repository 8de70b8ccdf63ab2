"""What the trials of a study measured while they ran."""

from __future__ import annotations

import json
from pathlib import Path

from decoder_search.records import TRIALS_FILE, whole_lines

Curve = dict[int, dict[str, float]]
"""Epoch of the autoencoder, from 1, to what was measured after it."""

REPORTED = b'"event": "reported"'


def read_reports(folder: Path) -> dict[int, Curve]:
    """The curve of every trial of the study in a folder, as the latest attempt measured it."""
    curves: dict[int, Curve] = {}
    for line in whole_lines((folder / TRIALS_FILE).read_bytes()).splitlines():
        if REPORTED in line[:80]:
            event = json.loads(line)
            curves.setdefault(event["number"], {})[event["step"]] = event["values"]
    return curves
