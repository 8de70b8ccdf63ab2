from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from decoder_search.analysis.export import export_trials, export_yaml
from decoder_search.views.browser.actions import write_configs
from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.trials_screen import TrialsScreen
from encodenet_core.config_values import load_config
from encodenet_core.errors import ConfigError

Play = Callable[..., Any]
TextOf = Callable[[Pilot[Any]], str]


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_config_is_written_as_export_writes_it(
    trials_screen: TrialsScreen, study_folder: Path, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("down", "e")
        await pilot.pause()
        assert "decoder-search export tiny --trial 1 --output trial-1.yaml" in " ".join(
            text_of(pilot).split()
        )
        await pilot.press("enter")
        await pilot.pause()
        assert "trial-1.yaml; train it: encodenet train FILE" in " ".join(text_of(pilot).split())

    play([trials_screen], steps, size=(120, 30))
    study, _ = read_board(study_folder)
    (trial,) = export_trials(study, "1")
    assert Path("trial-1.yaml").read_text() == export_yaml(study, trial)
    assert load_config(Path("trial-1.yaml")).decoder.depth == 3


def test_marked_trials_are_written_into_a_file_each_but_for_those_that_did_not_complete(
    trials_screen: TrialsScreen, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("space", "down", "space", "space", "e")
        await pilot.pause()
        assert "export 2 trials, a file each" in text_of(pilot)
        await pilot.press("enter")

    play([trials_screen], steps)
    assert sorted(path.name for path in Path().glob("*.yaml")) == ["trial-0.yaml", "trial-2.yaml"]


def test_a_trial_without_a_config_worth_training_says_so(
    trials_screen: TrialsScreen, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("end", "e")
        await pilot.pause()
        assert "Only completed trials have a config" in text_of(pilot)
        await pilot.press("x")
        await pilot.pause()
        assert "Only completed trials have a rank" in text_of(pilot)
        assert pilot.app.screen is trials_screen

    play([trials_screen], steps)


def test_a_file_that_cannot_be_written_is_told(
    trials_screen: TrialsScreen, working_folder: Path, play: Play, text_of: TextOf
) -> None:
    (working_folder / "taken").write_text("")

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("e", "home", *"taken", "slash", "enter")
        await pilot.pause()
        assert "cannot write taken/trial-0.yaml" in " ".join(text_of(pilot).split())

    play([trials_screen], steps, size=(120, 30))


def test_a_command_is_copied_and_kept_for_the_end(
    trials_screen: TrialsScreen, study_folder: Path, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("down", "x", "enter", "y", "enter", "y", "enter")
        await pilot.pause()
        assert "Copied; printed when you quit, too" in text_of(pilot)
        assert pilot.app.clipboard == f"decoder-search show tiny 1 --results {study_folder.parent}"

    browser = play([trials_screen], steps, size=(120, 30))
    results = f"--results {study_folder.parent}"
    assert browser.copied == [
        f"decoder-search confirm tiny --top 2 --seeds 3 {results}",
        f"decoder-search show tiny 1 {results}",
    ]


def test_only_completed_trials_can_be_written(study_folder: Path) -> None:
    study, _ = read_board(study_folder)
    with pytest.raises(ConfigError, match="trial 4 of study 'tiny' is failed"):
        write_configs(study, [4], Path("x.yaml"))
