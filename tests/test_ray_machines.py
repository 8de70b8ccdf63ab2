"""A study on a cluster whose machines come and go, each with a cache of its own."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from decoder_search.driver.budget import Budget
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.study import Study
from decoder_search.engines.starting import start_engine
from decoder_search.execution.cluster import Cluster, Shared, WorkerSetup
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import read_study
from decoder_search.records.trial_record import identity
from decoder_search.space.parameters import ChoiceParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.views.terminal.live import LiveView

pytestmark = pytest.mark.slow

STUDY_WORKER = """
import os, time
from pathlib import Path
from decoder_search.execution.serving import main

METRICS = ["mse", "retrieval", "explained_variance", "n_targets", "target_variance", "accuracy",
           "cross_entropy", "control_features_accuracy", "decoder_parameters"]

def run_task(task, report):
    Path(os.environ["STARTED"], str(os.getpid())).touch()
    if task["kind"] == "control":
        for epoch in range(1, 16):
            report("control_training", epoch, 15, {"accuracy": 0.5})
            time.sleep(0.2)
        return {"control_training_accuracy": 0.875, "control_training_epochs": 15}
    for epoch in range(1, 6):
        report("autoencoder", epoch, 5, {"loss": 1 / epoch})
        time.sleep(0.2)
    Path(task["folder"]).mkdir(parents=True)
    Path(task["folder"], "curves.json").write_text("{}")
    return dict.fromkeys(METRICS, 1 / task["params"]["decoder.depth"])

if __name__ == "__main__":
    main(run_task)
"""

DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_ray_machines import run_study

from decoder_search.execution.ray.connection import connected

with connected(sys.argv[4]):
    run_study(Path(sys.argv[2]), Path(sys.argv[3]), 6, lambda _: None)
"""


def run_study(
    folder: Path,
    module: Path,
    n_trials: int,
    watch: Callable[[Path], None],
    cluster: Cluster = Cluster("auto"),  # noqa: B008 - frozen
    facts: StudyFacts = StudyFacts(),  # noqa: B008 - frozen
) -> io.StringIO:
    """Run a study of toy trials on the cluster, or go on with it; `watch` looks on. Returns what was said."""
    from decoder_search.execution.ray.executor import RayExecutor, pool_spec

    space = SearchSpace("toy", (ChoiceParameter("decoder.depth", tuple(range(1, 60))),), {"seed": 0}, {})
    settings = StudySettings("toy", space, 0, "random", "mse", "2024-05-06T07:08:09+00:00", {})
    news = io.StringIO()
    view = LiveView(Console(file=news, width=300), study_name="toy", n_trials=n_trials, deadline=None)
    environment = {"PYTHONPATH": str(module), "STARTED": str(module / "started")}
    setup = WorkerSetup(module="toy_study_worker", environment=environment)

    def look() -> bool:
        watch(folder)
        return False

    with Journal.open(folder, lambda: settings) as journal:
        if facts.is_prepared:
            journal.prepared(facts)
        recorded = read_study(folder)
        engine = start_engine(recorded.settings, n_trials, folder)
        spec = pool_spec(cluster, None, n_trials, setup)
        executor = RayExecutor(spec, shared=Shared(module), log_folder=folder / "workers", say=view.say)
        with executor:
            keeping = Housekeeping(recorded, module, Storage(), view.say)
            study = Study(
                journal, recorded, engine=engine, executor=executor, view=view, housekeeping=keeping
            )
            study.run(Budget(n_trials), look)
    return news


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """Where the workers of the toy study find what they run, and note that they have started."""
    (tmp_path / "toy_study_worker.py").write_text(STUDY_WORKER)
    (tmp_path / "started").mkdir()
    return tmp_path


def happened(folder: Path, kind: str) -> list[int]:
    """The numbers of the trials that started, reported or finished, in that order."""
    path = folder / "trials.jsonl"
    events = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [
        event["trial"]["number"] if "trial" in event else event["number"]
        for event in events
        if event["event"] == kind
    ]


def check_nothing_is_lost(folder: Path, n_trials: int) -> None:
    """Every trial is finished once, whatever happened, and has left its files here."""
    assert Counter(happened(folder, "finished")) == Counter(range(n_trials))
    trials = read_study(folder).trials
    assert {trial.state for trial in trials} == {"completed"}
    assert len({identity(trial.params) for trial in trials}) == n_trials
    assert all((folder / "trials" / str(number) / "curves.json").exists() for number in range(n_trials))


def wait_until_gone(process_ids: list[int]) -> None:
    deadline = time.monotonic() + 30
    while running := [each for each in process_ids if Path(f"/proc/{each}/status").exists()]:
        assert time.monotonic() < deadline, f"{running} still run"
        time.sleep(0.1)


@contextmanager
def another_machine(cluster: Any, cache: Path, cores: int = 1) -> Iterator[Callable[[], None]]:
    """A machine joins the cluster; what is yielded kills it, which the end does in any case."""
    node = cluster.add_node(num_cpus=cores, env_vars={"ENCODENET_CACHE": str(cache)})
    killed: list[bool] = []

    def kill() -> None:
        if not killed:
            killed.append(True)
            cluster.remove_node(node, allow_graceful=False)

    try:
        yield kill
    finally:
        kill()


def test_a_machine_that_dies_costs_no_trial_and_one_that_joins_takes_some(
    ray_cluster: Any, module: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "toy"
    with another_machine(ray_cluster, tmp_path / "cache") as kill, another_later(ray_cluster) as join:

        def watch(folder: Path) -> None:
            if len(happened(folder, "finished")) >= 4:
                kill()
                join()

        news = run_study(folder, module, 24, watch).getvalue()
    check_nothing_is_lost(folder, 24)
    assert "its worker died (its machine " in news
    assert "); it is tried again" in news
    assert (
        news.count("takes trials") == 3
    )  # the machine of the cluster, the one that died, the one that joined
    assert {trial.attempts for trial in read_study(folder).trials} == {1}  # no trial is blamed for that
    wait_until_gone([int(path.name) for path in (module / "started").iterdir()])


@contextmanager
def another_later(cluster: Any, cores: int = 1) -> Iterator[Callable[[], None]]:
    """What is yielded lets a machine join, once."""
    nodes: list[Any] = []

    def join() -> None:
        if not nodes:
            nodes.append(cluster.add_node(num_cpus=cores))

    try:
        yield join
    finally:
        for node in nodes:
            cluster.remove_node(node, allow_graceful=False)


def test_a_machine_that_dies_under_control_a_costs_it_nothing_but_time(
    ray_cluster: Any, module: Path, tmp_path: Path
) -> None:
    folder, size = tmp_path / "toy", Cluster("auto", cpus=4)  # more than the machine of all tests has
    with another_machine(ray_cluster, tmp_path / "cache", 4) as kill, another_later(ray_cluster, 4) as join:

        def watch(folder: Path) -> None:
            if list((module / "started").iterdir()):
                kill()
                join()

        news = run_study(folder, module, 1, watch, size, StudyFacts(spend_macs=700)).getvalue()
    assert "control A: its worker died (its machine " in news
    check_nothing_is_lost(folder, 1)
    assert read_study(folder).facts == StudyFacts(
        spend_macs=700, control_training_accuracy=0.875, control_training_epochs=15
    )


def test_a_killed_driver_leaves_no_worker_and_started_again_it_goes_on(
    ray_cluster: Any, module: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "toy"
    command = [sys.executable, "-c", DRIVER, Path(__file__).parent, folder, module, ray_cluster.address]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL) as driver:
        deadline = time.monotonic() + 90
        while len(happened(folder, "reported")) < 8 or not happened(folder, "finished"):
            assert driver.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        driver.send_signal(signal.SIGKILL)
    finished_before = happened(folder, "finished")
    wait_until_gone([int(path.name) for path in (module / "started").iterdir()])
    assert 0 < len(finished_before) < 6
    run_study(folder, module, 6, lambda _: None)
    check_nothing_is_lost(folder, 6)
