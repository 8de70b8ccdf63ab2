"""What a cluster does beside running tasks: stages go there, checkpoints come home, GPUs are shared."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from decoder_search.execution.cluster import Cluster, Shared, WorkerSetup
from decoder_search.execution.messages import Event
from decoder_search.execution.tasks import TrialTask
from decoder_search.records.facts import StudyFacts
from decoder_search.space.search_space import SearchSpace
from encodenet_core.config import stable_hash
from encodenet_core.errors import ConfigError
from encodenet_core.stages.manifest import write_manifest

pytestmark = pytest.mark.slow


def test_trials_that_share_a_gpu_are_given_the_same_one(
    ray_cluster: Any, toy: dict[str, str], tmp_path: Path
) -> None:
    from decoder_search.execution.ray.executor import RayExecutor, pool_spec

    node = ray_cluster.add_node(num_cpus=3, num_gpus=1)  # as Ray counts them; there need not be one
    try:
        setup = WorkerSetup(module="toy_worker", environment=toy)
        spec = pool_spec(Cluster("auto", gpus=0.5), None, 9, setup)
        with RayExecutor(spec, shared=Shared(tmp_path), log_folder=tmp_path, say=lambda _: None) as executor:
            deadline = time.monotonic() + 60
            while executor.free() < 2:
                assert time.monotonic() < deadline
                executor.events(0.2)
            time.sleep(1.0)
            executor.events(0.2)
            assert executor.free() == 2
            for key in (0, 1):
                executor.submit(key, toy_task("environment"))
            results: list[Event] = []
            while len(results) < 2:
                assert time.monotonic() < deadline
                results += executor.events(1.0)
    finally:
        ray_cluster.remove_node(node, allow_graceful=False)
    assert [result.payload["CUDA_VISIBLE_DEVICES"] for result in results] == ["0", "0"]


def stage_in(cache: Path) -> str:
    """A finished stage of two files; its key."""
    inputs, environment = {"of": "toys"}, {"version": 1}
    key = f"dataset-{stable_hash({'inputs': inputs, 'environment': environment})}"
    (cache / key).mkdir(parents=True)
    (cache / key / "images.npy").write_bytes(os.urandom(200_000))
    (cache / key / "dataset.json").write_text("{}")
    write_manifest(cache / key, {"stage": "dataset", "inputs": inputs, "environment": environment}, "")
    return key


def test_what_trials_share_is_in_the_cache_of_the_machine_before_one_starts(
    ray_cluster: Any, toy: dict[str, str], tmp_path: Path
) -> None:
    from decoder_search.execution.ray.executor import RayExecutor, pool_spec

    key, there = stage_in(tmp_path / "here"), tmp_path / "there"
    setup = WorkerSetup(cache=str(there), module="toy_worker", environment=toy)
    shared = Shared(tmp_path / "here", (key,), {"dataset.source=/my/images": {"size": 3}})
    spec = pool_spec(Cluster("auto"), 1, 1, setup)
    said: list[str] = []
    with RayExecutor(spec, shared=shared, log_folder=tmp_path, say=said.append) as executor:
        result = outcome(executor, toy_task("write", tmp_path / "trials" / "0"))
    assert result.payload["cache"] == str(there)
    assert result.payload["identities"] == {"dataset.source=/my/images": {"size": 3}}
    for name in ("images.npy", "dataset.json", "manifest.json"):
        assert (there / key / name).read_bytes() == (tmp_path / "here" / key / name).read_bytes()
    assert sorted(path.name for path in there.iterdir()) == [key]
    assert len(said) == 1 and said[0].endswith("takes trials")


def test_the_checkpoint_of_a_running_trial_comes_home_and_its_links_do_not(
    ray_cluster: Any, toy: dict[str, str], tmp_path: Path
) -> None:
    from decoder_search.execution.ray.executor import RayExecutor, pool_spec

    setup = WorkerSetup(module="toy_worker", environment=toy, checkpoint_seconds=0.0)
    spec, folder = pool_spec(Cluster("auto"), 1, 1, setup), tmp_path / "trials" / "0"
    with RayExecutor(spec, shared=Shared(tmp_path), log_folder=tmp_path, say=lambda _: None) as executor:
        submit(executor, toy_task("write", folder))
        assert next_event(executor).kind == "report"
        assert (folder / "checkpoint" / "state").read_text() == "epoch 3"
        executor.answer(0, True)
        assert next_event(executor).kind == "result"
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint", "curves.json"]


def test_a_machine_with_other_libraries_is_refused(
    ray_cluster: Any, toy: dict[str, str], tmp_path: Path
) -> None:
    from decoder_search.execution.ray.executor import RayExecutor, pool_spec

    setup = WorkerSetup(module="toy_worker", environment=toy, versions={"keras": "9.9", "no-such": "1"})
    spec = pool_spec(Cluster("auto"), 1, 1, setup)
    with (
        RayExecutor(spec, shared=Shared(tmp_path), log_folder=tmp_path, say=lambda _: None) as executor,
        pytest.raises(ConfigError, match=r"of the cluster has keras \d.* but the driver has 9.9"),
    ):
        submit(executor, toy_task("echo"))


def toy_task(do: str, folder: Path = Path("trial")) -> TrialTask:
    """What the toy worker is to do is told by the params."""
    space = SearchSpace("toys", (), {}, {})
    return TrialTask(
        space=space, cache=Path("cache"), expected=StudyFacts(), params={"do": do}, folder=folder
    )


def submit(executor: Any, task: TrialTask) -> None:
    deadline = time.monotonic() + 60
    while not executor.free():
        assert time.monotonic() < deadline
        executor.events(0.2)
    executor.submit(0, task)


def next_event(executor: Any) -> Event:
    deadline = time.monotonic() + 60
    while not (events := executor.events(1.0)):
        assert time.monotonic() < deadline
    [event] = events
    assert isinstance(event, Event)
    return event


def outcome(executor: Any, task: TrialTask) -> Event:
    """How a task ends that reports once."""
    submit(executor, task)
    assert next_event(executor).kind == "report"
    executor.answer(0, True)
    return next_event(executor)
