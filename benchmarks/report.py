"""How long the report of a study takes, and how large it becomes.

The claim: of 200 trials with 100 pictures (98 classes, and what the best and the worst autoencoder make of
images), `decoder-search report` makes a page of less than 5 MB in less than 20 seconds, start of Python
included.

    python benchmarks/report.py

The study is made up, from the packaged space `digits`; its images are noise in colour, of the size of
CIFAR's, which compresses worse than any photograph. A worker that draws the clusters of a study for the first
time takes its own time, which depends on the data: here they were drawn before. The exit code is 0 where the
claim holds and 1 where it does not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
from leaderboard import FACTS, events_of, made_up_trial

from decoder_search.analysis.ranking import rank_study
from decoder_search.records.journal import Journal, utc_now
from decoder_search.records.settings import Pruning, StudySettings
from decoder_search.records.study_record import TRIALS_FILE, StudyRecord, read_study
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace
from encodenet_core.figures.class_pictures import draw_class
from encodenet_core.figures.cluster_rows import ClusterRow
from encodenet_core.runs.picture import draw_rows

MOST_SECONDS, MOST_MEGABYTES = 20.0, 5.0
N_TRIALS, N_CLASSES, N_CLUSTERS = 200, 98, 3
NOISE = np.random.default_rng(0).integers(0, 256, (100, 32, 32, 3), np.uint8)


def main() -> None:
    """Make a study up, write its report in a process of its own, and print what that took."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder)
        study = write_study(results / "made-up")
        page = results / "report.html"
        started = perf_counter()
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "decoder_search.cli", "report", study.settings.name]
            + ["--results", str(results), "--output", str(page)],
            check=True,
            env={**os.environ, "ENCODENET_CACHE": str(results / "no-cache")},
        )
        seconds, megabytes = perf_counter() - started, page.stat().st_size / 1e6
        n_pictures = len(re.findall(r"data:image/png;base64,", page.read_text(encoding="utf-8")))
    sys.stdout.write(
        f"{N_TRIALS} trials, {n_pictures} pictures: {megabytes:.2f} MB (claimed: under {MOST_MEGABYTES:g}) "
        f"in {seconds:.1f} s (claimed: under {MOST_SECONDS:g})\n"
    )
    holds = seconds < MOST_SECONDS and megabytes < MOST_MEGABYTES and n_pictures == N_CLASSES + 2
    sys.stdout.write("the claim holds\n" if holds else "the claim does not hold\n")
    sys.exit(0 if holds else 1)


def write_study(folder: Path) -> StudyRecord:
    """A study on disk with the pictures of its best and its worst trial, and of the best one's clusters."""
    space, draw = load_space("digits"), random.Random(0)  # noqa: S311  # made-up numbers
    settings = StudySettings(folder.name, space, 0, "tpe", "mse", utc_now(), {}, pruning=Pruning())
    point = {"mse": 0.1, "retrieval": 0.0, "accuracy": 0.1}
    with Journal.open(folder, lambda: settings) as journal:
        journal.prepared(replace(FACTS, n_train=40_000, dataset_name="made-up", reference_point=point))
    with (folder / TRIALS_FILE).open("a", encoding="utf-8") as file:
        for number in range(N_TRIALS):
            for event in events_of(made_up_trial(number, space, draw)):
                file.write(json.dumps({"time": utc_now(), **event}) + "\n")
    study = read_study(folder)
    ranked = [each.trial for each in rank_study(study)]
    for trial in (ranked[0], ranked[-1]):
        place = folder / "trials" / str(trial.number)
        place.mkdir(parents=True, exist_ok=True)
        rows = {name: NOISE[:12] for name in ("input", "reconstruction", "target")}
        draw_rows(rows, place / "reconstructions.png")
    write_classes(folder / "trials" / str(ranked[0].number), space, ranked[0])
    return study


def write_classes(folder: Path, space: SearchSpace, trial: TrialRecord) -> None:
    """What a worker leaves of the clusters of a trial."""
    cluster = {"n_images": 130, "n_noise": 0, "entropy": 0.1, "correct": True}
    classes = []
    for label in range(N_CLASSES):
        rows = [
            ClusterRow(image, np.array([image + 1]), np.zeros(1, bool), 130, 0) for image in range(N_CLUSTERS)
        ]
        draw_class(NOISE, rows, members=1).save(folder / f"class-{label}.png", optimize=True)
        told = {"label": label, "name": f"class {label}", "file": f"class-{label}.png", "n_images": 400}
        classes.append({**told, "n_clusters": N_CLUSTERS, "clusters": [cluster] * N_CLUSTERS})
    curve = [1000.0 / count for count in range(1, 11)]
    elbow = {"inertias": [curve] * N_CLASSES, "median": curve, "elbow": 3, "configured": 3}
    told = {
        "format": 1,
        "config": space.to_config(trial.params).stable_hash(),
        "num_classes": N_CLASSES,
        "shown_members": 1,
        "classes": classes,
        "elbow": {**elbow, "method": "kmeans", "extractor": "baseline"},
    }
    (folder / "classes.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
