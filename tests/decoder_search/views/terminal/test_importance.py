from __future__ import annotations

import io

from rich.console import Console

from decoder_search.analysis.importance import Importances
from decoder_search.views.terminal.importance import build_importances


def test_a_line_a_key_stands_in_the_order_of_what_mattered_for_accuracy() -> None:
    importances = Importances(
        study="[red]tiny",
        n_trials=12,
        active={"decoder.depth": 12, "clustering.n_clusters": 7, "clustering.method": 12},
        shares={
            "accuracy": {"decoder.depth": 0.25, "clustering.n_clusters": 0.75, "clustering.method": 0.0},
            "mse": {},
        },
        notes=("Only 12 trials.",),
    )
    console = Console(width=100, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(build_importances(importances))
    lines = [line.split() for line in capture.get().splitlines()]
    assert lines[0] == "Study [red]tiny: what mattered in 12 completed trials".split()
    keys = [line for line in lines if line and "." in line[0] and len(line) < 7 and line[0] != "Only"]
    assert keys == [
        ["clustering.n_clusters", "75", "████████", "–", "7"],
        ["decoder.depth", "25", "██", "–", "12"],
        ["clustering.method", "0", "–", "12"],
    ]
    assert lines[-1] == ["Only", "12", "trials."]
