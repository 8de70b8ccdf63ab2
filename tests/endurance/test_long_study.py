"""A study of many trials takes no more memory, files and processes at its end than at its start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from watching import Place, run_watched

from decoder_search.analysis.ranking import rank_trials
from decoder_search.driver.weights import keepers
from decoder_search.execution.local import MEMORY_LIMIT
from decoder_search.records.study_record import read_study

DRIVER = """
import sys
from pathlib import Path
from rich.console import Console
from decoder_search.driver.budget import Budget
from decoder_search.engines.starting import start_engine
from decoder_search.execution.local import LocalExecutor
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal, utc_now
from decoder_search.views.terminal.live import LiveView
from decoder_search.mirror.address import MirrorAddress
from decoder_search.mirror.following import mirrored
from decoder_search.records.study_record import read_study
from decoder_search.records.settings import StudySettings
from decoder_search.space.parsing import load_space
from decoder_search.driver.study import Study

folder, n_trials = Path(sys.argv[1]), int(sys.argv[2])
space = load_space("digits").with_constants({"seed": 0})
settings = StudySettings("long", space, 0, "tpe", "mse", utc_now(), {})
address = MirrorAddress.parse(f"sqlite:///{folder.parent}/mirror.db", folder)
console = Console(force_terminal=True, width=120, height=40)
with Journal.open(folder, lambda: settings) as journal:
    journal.prepared(StudyFacts(num_classes=10))  # a mirror waits for that
    study = read_study(folder)
    engine = start_engine(study.settings, n_trials, folder, ())
    view = LiveView(console, study_name="long", n_trials=n_trials, deadline=None)
    executor = LocalExecutor(2, threads=1, log_folder=folder / "workers", module="toy_long_worker")
    with executor, view, mirrored(address, folder, view.say):
        keeping = Housekeeping(study, folder.parent / "cache", Storage(3), view.say)
        running = Study(journal, study, engine=engine, executor=executor, view=view, housekeeping=keeping)
        running.run(Budget(n_trials, None, grace=60.0), lambda: False)
"""
"""A driver as `launch_study` makes one, with live view and mirror; its workers only seem to train."""

WORKER = """
import json
import random
from pathlib import Path
from decoder_search.execution.serving import main

NAMES = ["explained_variance", "n_targets", "target_variance", "cross_entropy", "control_features_accuracy",
         "decoder_parameters", "train_accuracy", "macs", "epochs", "clusters_noise", "worker_seconds"]

def run_task(task, report):
    folder = Path(task["folder"])
    drawn = random.Random(folder.name)
    checkpoint, weights = folder / "checkpoint", folder / "weights"
    checkpoint.mkdir(parents=True)
    (checkpoint / "checkpoint.npz").write_bytes(bytes(50_000))
    for epoch in range(1, 9):
        report("autoencoder", epoch, 8, {"loss": drawn.random(), "probe_seconds": 0.01})
    report("classifier", 1, 1, {"loss": drawn.random()})
    (folder / "curves.json").write_text(json.dumps({"autoencoder": [drawn.random() for _ in range(8)]}))
    (folder / "reconstructions.png").write_bytes(bytes(13_000))
    if task["keep_weights"]:
        weights.mkdir()
        (weights / "encodenet.keras").write_bytes(bytes(100_000))
    named = {name: drawn.random() for name in NAMES}
    return {**named, "mse": drawn.random(), "retrieval": drawn.random(), "accuracy": drawn.random()}

if __name__ == "__main__":
    main(run_task)
"""


def check_disk(folder: Path, n_best: int) -> None:
    """Only those who should have kept their weights, and nothing is left that was to be temporary."""
    assert {path.name for path in (folder / "trials").glob("*/*")} == {
        *("curves.json", "reconstructions.png", "weights")
    }
    ranked = [(each.trial.number, each.layer) for each in rank_trials(read_study(folder).trials, "mse")]
    kept = {int(path.parent.name) for path in (folder / "trials").glob("*/weights")}
    assert kept == keepers(ranked, n_best)
    files = [path for path in folder.rglob("*") if path.is_file()]
    beside = sum(path.stat().st_size for path in files if path.parent.name != "weights")
    sys.stdout.write(
        f"disk: {beside / len(ranked) / 1e3:.1f} kB a trial, and weights of {len(kept)} trials, "
        f"{sum(path.stat().st_size for path in files) / 1e6 - beside / 1e6:.1f} MB\n"
    )


def run_toy(root: Path, n_trials: int, *, every: float, follow: bool) -> None:
    (root / "toy_long_worker.py").write_text(WORKER)
    (root / "driver.py").write_text(DRIVER)
    place = Place(root, "long")
    place.prepare()
    command = [sys.executable, str(root / "driver.py"), str(place.folder), str(n_trials)]
    seen = run_watched(place, command, every=every, follow=follow)
    assert place.n_finished() == n_trials
    check_disk(place.folder, 3)
    for watched in seen:
        watched.check()


@pytest.mark.slow
def test_a_driver_of_forty_trials_leaves_nothing_and_has_not_grown(tmp_path: Path) -> None:
    run_toy(tmp_path, 40, every=0.05, follow=False)


@pytest.mark.soak
def test_a_driver_of_500_trials_and_those_who_follow_it_leave_nothing_and_have_not_grown(
    tmp_path: Path,
) -> None:
    run_toy(tmp_path, 500, every=0.5, follow=True)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_workers_of_500_real_trials_stay_below_the_memory_that_they_are_replaced_at(tmp_path: Path) -> None:
    place = Place(tmp_path, "digits")
    place.prepare()
    command = [
        sys.executable,
        "-m",
        "decoder_search.cli",
        "run",
        "digits",
        "--trials",
        "500",
        "--workers",
        "2",
    ]
    command += ["--results", str(place.folder.parent)]
    for assignment in SHORT_TRIALS:
        command += ["--set", assignment]
    (driver,) = run_watched(place, command, every=2.0)
    assert place.n_finished() == 500
    check_disk(place.folder, 10)
    driver.check()
    assert driver.largest_worker < MEMORY_LIMIT


SHORT_TRIALS = (
    "dataset.limit=100",
    "baseline.training.epochs=1",
    "autoencoder.training.epochs=1",
    "classifier.training.epochs=1",
    "decoder.convolution=plain",
    "decoder.widths=halving",
    "clustering.method=kmeans",
)
"""What is searched is still the depth, the upsampling, the number of clusters and the learning rate."""
