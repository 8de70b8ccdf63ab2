from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerCancelled

from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.browser.app import Browser
from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.trials_screen import TrialsScreen
from encodenet_core.runs.picture import draw_rows

Steps = Callable[[Pilot[Any]], Awaitable[None]]


class PatientPilot(Pilot[Any]):
    """Waits for what the browser reads in the background, however busy the machine is."""

    async def pause(self, delay: float | None = None) -> None:
        """Pause, and until nothing is being read and all is drawn."""
        await super().pause(delay)
        with suppress(WorkerCancelled):  # one that a later look took the place of
            await self.app.workers.wait_for_complete()
        await super().pause()


SECONDS = {"autoencoder_seconds": 6.0, "classifier_seconds": 2.0, "worker_seconds": 8.0}


@pytest.fixture
def trials(
    make_trial: Callable[..., TrialRecord], make_pruned: Callable[..., TrialRecord]
) -> list[TrialRecord]:
    """In the order of their ranks 0, 1 (both on the front), 2; then 3 pruned, 4 failed."""
    kmeans = {"decoder.depth": 3, "clustering.method": "kmeans", "clustering.n_clusters": 2}
    failed = replace(make_trial(4, state="failed"), reason="[b]no <layer>[/b]")
    return [
        make_trial(0, accuracy=0.97, mse=0.05, **SECONDS),
        make_trial(1, kmeans, accuracy=0.94, mse=0.02, **SECONDS),
        make_trial(2, kmeans | {"decoder.depth": 2}, accuracy=0.90, mse=0.06),
        make_pruned(3),
        failed,
    ]


@pytest.fixture
def study_folder(
    tmp_path: Path,
    trials: list[TrialRecord],
    make_study: Callable[..., StudyRecord],
    write_study: Callable[..., Path],
) -> Path:
    """The study `tiny` of these trials; trial 0 has curves and pictures, and 3 has reported."""
    folder = write_study(make_study([]), tmp_path / "results")
    with Journal.open(folder, lambda: pytest.fail("there is one")) as journal:
        for step in (1, 2, 3):
            journal.reported(3, step, {"loss": 0.3 / step, "probe_accuracy": 0.2 * step})
        for trial in trials:
            journal.finished(trial)
    (folder / "trials" / "0").mkdir(parents=True)
    (folder / "trials" / "0" / "curves.json").write_text(
        '{"autoencoder": [0.3, 0.2, 0.1], "classifier": [2, 1]}'
    )
    images = np.linspace(0, 255, 4 * 8 * 8).reshape(4, 8, 8, 1).astype(np.uint8)
    rows = {"input": images, "reconstruction": 255 - images, "target": images}
    draw_rows(rows, folder / "trials" / "0" / "reconstructions.png")
    return folder


@pytest.fixture
def trials_screen(study_folder: Path) -> TrialsScreen:
    """The screen of that study."""
    return TrialsScreen(*read_board(study_folder), study_folder.parent)


@pytest.fixture
def play() -> Callable[..., Browser]:
    """Runs a browser of these screens, takes steps in it, and returns it with its end."""

    def run(
        screens: Sequence[Screen[None]], steps: Steps, size: tuple[int, int] = (80, 24), light: bool = False
    ) -> Browser:
        browser = Browser(screens, light=light)

        async def session() -> None:
            async with browser.run_test(size=size, notifications=True) as started:
                pilot = PatientPilot(started.app)
                await pilot.pause()
                await steps(pilot)

        asyncio.run(session())
        return browser

    return run


@pytest.fixture
def text_of() -> Callable[[Pilot[Any]], str]:
    """What stands on the whole screen, line by line."""

    def read(pilot: Pilot[Any]) -> str:
        screen = pilot.app.screen
        width, height = pilot.app.size
        lines = screen._compositor.render_strips(pilot.app.size)[:height]
        return "\n".join(line.text[:width].rstrip() for line in lines)

    return read
