from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.comparing import CompareScreen, comparison_text


@pytest.fixture
def compared(study_folder: Path) -> Callable[..., tuple[Any, Any]]:
    """A study, and trials of it with their rows."""

    def choose(*numbers: int) -> tuple[Any, Any]:
        study, board = read_board(study_folder)
        rows = {row["trial"]: row for row in board.rows}
        return study, [(study.trials[number], rows[number]) for number in numbers]

    return choose


def cells(text: str) -> dict[str, list[str]]:
    """What stands behind the name of every line."""
    lines = (line.removeprefix("≠ ").strip().split("   ") for line in text.splitlines() if line.strip())
    return {line[0].strip(): [cell.strip() for cell in line[1:] if cell.strip()] for line in lines}


def test_what_differs_has_a_sign_and_what_is_best_another(compared: Callable[..., Any]) -> None:
    text = comparison_text(*compared(1, 2), only_differing=False).plain
    signed = {line[2:].split()[0] for line in text.splitlines() if line.startswith("≠ ")}
    assert signed == {"decoder.depth", "mse", "accuracy", "autoencoder_seconds", "classifier_seconds"} | {
        "worker_seconds"
    }
    table = cells(text)
    assert table["decoder.depth"] == ["3", "2"]
    assert table["clustering.method"] == ["kmeans", "kmeans"]
    assert table["mse"] == ["0.02 ◂", "0.06"]
    assert table["accuracy"] == ["0.94 ◂", "0.9"]
    assert table["worker_seconds"] == ["8", "–"]
    assert text.splitlines()[1].split() == ["rank", "2", "★", "rank", "3"]


def test_only_what_differs_can_be_asked_for(compared: Callable[..., Any]) -> None:
    study, trials = compared(1, 2)
    table = cells(comparison_text(study, trials, only_differing=True).plain)
    assert "decoder.depth" in table and "clustering.method" not in table
    assert "params" in table and "trial 1" in table


def test_a_trial_without_measurements_stands_beside_others(compared: Callable[..., Any]) -> None:
    table = cells(comparison_text(*compared(0, 3, 4), only_differing=False).plain)
    assert table["mse"] == ["0.05", "0.04 ◂", "–"]
    assert table["clustering.n_clusters"] == ["–", "–", "–"]


def test_the_screen_shows_only_what_differs_when_asked_and_goes_back(
    compared: Callable[..., Any], play: Callable[..., Any], text_of: Callable[[Pilot[Any]], str]
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        assert "2 trials of study tiny" in text_of(pilot)
        assert "  clustering.method" in text_of(pilot)
        await pilot.press("d")
        await pilot.pause()
        assert "  clustering.method" not in text_of(pilot)
        await pilot.press("d", "escape")
        assert not isinstance(pilot.app.screen, CompareScreen)

    play([CompareScreen(*compared(1, 2))], steps)
