"""Draw the pictures of the README: the live view, the leaderboard and the browser, of a study run for them.

    python docs/captures.py [--trials 16] [--workers 2]

A study on scikit-learn's digits runs in a terminal that `tmux` keeps; its live view is taken when half of the
trials are done, the leaderboard and the browser when all are. It takes some minutes. Look at what came out
before you keep it.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from decoder_search.records.study_record import read_study
from decoder_search.views.browser.app import Browser
from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.studies_screen import StudiesScreen
from decoder_search.views.browser.trials_screen import TrialsScreen
from decoder_search.views.terminal.leaderboard import build_leaderboard

IMAGES = Path(__file__).parent / "images"
STUDY = "digits"
WIDTH, HEIGHT = 100, 20
TMUX = ("tmux", "-L", "captures")
POLL_SECONDS = 0.5

BROWSED = {"browse": ((150, 44), ()), "browse-compare": ((90, 34), ("space", "space", "space", "v"))}
"""Pictures of the browser, the size of the terminal, and the keys to press before each."""


def main() -> None:
    """Run the study and draw all pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        save("live", f"decoder-search run {STUDY}", run_study(results, options.trials, options.workers))
        study = read_study(results / STUDY)
        save("leaderboard", f"decoder-search leaderboard {STUDY}", build_leaderboard(study))
        for name, (size, keys) in BROWSED.items():
            write(name, asyncio.run(browse(results, size, keys)))


def run_study(results: Path, n_trials: int, n_workers: int) -> Text:
    """Run a study to its end; returns its live view as it was when half of its trials were done."""
    words = ["run", STUDY, "--trials", str(n_trials), "--workers", str(n_workers), "--results", str(results)]
    command = shlex.join([sys.executable, "-m", "decoder_search.cli", *words])
    tmux("new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), f"{command}; sleep 600")
    taken = Text()
    try:
        while True:
            time.sleep(POLL_SECONDS)
            shown = tmux("capture-pane", "-e", "-p").rstrip("\n")
            done = re.search(rf"(\d+) of {n_trials} trials", shown)
            if done and n_trials // 2 <= int(done[1]) < n_trials and shown.count("autoencoder") >= n_workers:
                taken = Text.from_ansi(shown)
            if "Next: " in shown:
                return live_area(taken)
    finally:
        tmux("kill-server")


def live_area(shown: Text) -> Text:
    """The panel, without the news above it."""
    lines = shown.split("\n")
    start = next(place for place, line in enumerate(lines) if line.plain.startswith("╭"))
    return Text("\n").join(lines[start:])


def tmux(*words: str) -> str:
    """What a command to tmux prints."""
    return subprocess.run([*TMUX, *words], check=True, capture_output=True, text=True).stdout  # noqa: S603


async def browse(results: Path, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """The browser after these keys, with the pane filled."""
    relative = Path("results")
    app = Browser([StudiesScreen(relative), TrialsScreen(*read_board(results / STUDY), relative)])
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.0)
        await pilot.press(*keys)
        await pilot.pause(1.0)
        return app.export_screenshot(title=f"decoder-search browse {STUDY}")


def save(name: str, title: str, drawn: object) -> None:
    """Draw what Rich prints."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(drawn)
    write(name, console.export_svg(title=title))


def write(name: str, svg: str) -> None:
    """Write a picture that asks no other machine for its letters, and has the same names inside each time."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\bterminal-\d+-", f"{name}-", svg)
    (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")
    sys.stdout.write(f"{IMAGES / name}.svg, {len(svg) / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
