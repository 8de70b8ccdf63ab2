"""A study in a process of its own, and how long its trials took all together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from decoder_search.records.study_record import read_study


def run_study(cache: Path, options: Sequence[str]) -> tuple[float, list[str]]:
    """Seconds from the start of the first trial to the end of the last of a new study; params and states."""
    with tempfile.TemporaryDirectory() as results:
        command = [sys.executable, "-m", "decoder_search.cli", "run", *options]
        command += ["--sampler", "random", "--pruner", "none", "--results", results]
        environment = {**os.environ, "ENCODENET_CACHE": str(cache)}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603
        (log,) = Path(results).glob("*/trials.jsonl")
        events = [json.loads(line) for line in log.read_text().splitlines()]
        trials = read_study(log.parent).trials
    times = {
        kind: [datetime.fromisoformat(event["time"]) for event in events if event["event"] == kind]
        for kind in ("started", "finished")
    }
    seconds = (max(times["finished"]) - min(times["started"])).total_seconds()
    return seconds, [f"{trial.state} {dict(trial.params)}" for trial in trials]
