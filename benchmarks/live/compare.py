"""How long this tool takes to what a plain Keras Tuner script and a plain Optuna script reach: wall-clock.

The same space, images, models, recipes and cores. Each plain script runs a number of trials; what counts is
the time until this tool's completed trials have the hypervolume that the script's have at its end, or
95 % of it. All starts from nothing: the imports, the baseline, all stages and, of this tool alone, control A
are a part of every time. A tool that is not there in the time of the slower script is stopped: infinite.

    python benchmarks/live/compare.py --seeds 5 --trials 12

Results are appended to a JSON Lines file; a seed that it holds is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import sleep, time
from typing import Any

from decoder_search.analysis.ranking import hypervolume
from decoder_search.execution.versions import describe_versions

HERE = Path(__file__).parent
SPACE = HERE.parent / "replay" / "digits.yaml"
CLAIMED_RATIO = 3.0
LEVELS = {"all": 1.0, "95 %": 0.95}
PLAIN = ("keras_tuner", "optuna")

Point = tuple[float, tuple[float, float]]
"""The time of day at which a trial ended, and its mean squared error and share of wrong images."""


def main() -> None:
    """Run what is missing, print the table."""
    options = parse_arguments()
    done = [json.loads(line) for line in options.log.read_text().splitlines()] if options.log.exists() else []
    for seed in range(options.seeds):
        if not any(each["seed"] == seed for each in done):
            done.append(run_seed(options.space, seed, options.trials))
            with options.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(done[-1]) + "\n")
            sys.stdout.write(f"{done[-1]}\n")
    sys.stdout.write(f"{format_table(done)}{describe_versions()}\n")
    ratios = [statistics.median(each[name] / each["tool"][name]["all"] for each in done) for name in PLAIN]
    sys.exit(0 if min(ratios) >= CLAIMED_RATIO else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=12, help="of each plain script")
    parser.add_argument("--space", type=Path, default=SPACE, help="YAML file of a finite space")
    parser.add_argument("--log", type=Path, default=HERE / "times.jsonl", help="where results are kept")
    return parser.parse_args()


def run_seed(space: Path, seed: int, n_trials: int) -> dict[str, Any]:
    """Seconds of both scripts, and of this tool until it has what each of them found."""
    plain = {name: run_plain(name, space, seed, n_trials) for name in PLAIN}
    every = [point for _, points in plain.values() for _, point in points]
    worst = tuple(1.001 * max(axis) for axis in zip(*every, strict=True))
    wanted = {name: hypervolume([point for _, point in points], worst) for name, (_, points) in plain.items()}
    seconds = {name: round(points[-1][0] - begun, 1) for name, (begun, points) in plain.items()}
    started, tool, profile = run_tool(space, seed, max(wanted.values()), worst, max(seconds.values()))
    reached = {
        name: {
            level: round(reached_at(tool, share * volume, worst) - started, 1)
            for level, share in LEVELS.items()
        }
        for name, volume in wanted.items()
    }
    return {"seed": seed, "trials": n_trials, **seconds, "tool": reached, "profile": profile}


def run_plain(name: str, space: Path, seed: int, n_trials: int) -> tuple[float, list[Point]]:
    """When the script of this name started, and when each of its trials ended with which losses."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log.jsonl")
        script = str(HERE / f"plain_{name}.py")
        begun = time()
        subprocess.run(  # noqa: S603
            [sys.executable, script, str(space), str(seed), str(n_trials), str(log)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    return begun, [(line["ended"], (line["mse"], 1.0 - line["accuracy"])) for line in lines]


def run_tool(
    space: Path, seed: int, wanted: float, worst: Sequence[float], most_seconds: float
) -> tuple[float, list[Point], dict[str, Any]]:
    """The same of `decoder-search run`, until it has this hypervolume or the time is up; and its profile."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "decoder_search.cli", "run", str(space), "--trials", "144"]
        begun = time()
        tool = subprocess.Popen(  # noqa: S603
            [*command, "--seed", str(seed), "--workers", "2", "--results", folder],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "ENCODENET_CACHE": str(Path(folder, "cache"))},
        )
        while True:
            ended = tool.poll() is not None
            points = completed(Path(folder))
            late = time() - begun > most_seconds
            if ended or late or reached_at(points, wanted, worst) < float("inf"):
                break
            sleep(0.5)
        tool.send_signal(signal.SIGINT)
        tool.wait()
        return begun, points, profile_of(Path(folder), begun)


def events_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    """What the study below a folder has recorded of a kind."""
    lines = [
        line for file in folder.glob("*/trials.jsonl") for line in file.read_text().splitlines(keepends=True)
    ]
    return [json.loads(line) for line in lines if line.endswith("\n") and f'"event": "{kind}"' in line]


def profile_of(folder: Path, begun: float) -> dict[str, Any]:
    """Where the time went: seconds until the first trial, and by state how many trials took how many."""
    prepared = [datetime.fromisoformat(event["time"]) for event in events_of(folder, "prepared")]
    trials = [event["trial"] for event in events_of(folder, "finished")]
    by_state = {
        state: [round(trial["seconds"], 1) for trial in trials if trial["state"] == state]
        for state in ("completed", "pruned")
    }
    return {
        "until the first trial": round(prepared[0].timestamp() - begun, 1) if prepared else None,
        **{f"{state} trials": len(seconds) for state, seconds in by_state.items()},
        **{f"seconds of {state} trials": round(sum(seconds), 1) for state, seconds in by_state.items()},
    }


def completed(folder: Path) -> list[Point]:
    """When each trial of the study below a folder completed, and with which losses."""
    events = events_of(folder, "finished")
    return [
        (
            datetime.fromisoformat(event["time"]).timestamp(),
            (event["trial"]["metrics"]["mse"], 1.0 - event["trial"]["metrics"]["accuracy"]),
        )
        for event in events
        if event["trial"]["state"] == "completed"
    ]


def reached_at(points: Sequence[Point], wanted: float, worst: Sequence[float]) -> float:
    """The time at which the hypervolume is as large as wanted; infinite if it never is."""
    for count, (ended, _) in enumerate(points, start=1):
        if hypervolume([point for _, point in points[:count]], worst) >= wanted:
            return ended
    return float("inf")


def format_table(done: Sequence[dict[str, Any]]) -> str:
    """Medians and ranges as a Markdown table."""
    lines = [
        "| script | its seconds | of its hypervolume | this tool's seconds | times as fast |",
        "|---|---|---|---|---|",
    ]
    for name in PLAIN:
        its = [each[name] for each in done]
        for level in LEVELS:
            ours = [each["tool"][name][level] for each in done]
            ratios = [one / other for one, other in zip(its, ours, strict=True)]
            cells = [_spread(its), level, _spread(ours), _spread(ratios)]
            lines.append(f"| plain_{name}.py | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


if __name__ == "__main__":
    main()
