"""Who runs the tasks of a study: workers of this machine, or of a cluster, for which alone Ray is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from decoder_search.execution.cluster import Cluster, Shared, prepare_ray
from decoder_search.execution.executor import Executor
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.process import fair_threads
from encodenet_core.io.versions import check_backend


def local_workers(
    n_workers: int, log_folder: Path, devices: Sequence[Mapping[str, str]] = ({},)
) -> LocalExecutor:
    """Workers of this machine that share out its cores among themselves.

    Args:
        n_workers: how many tasks run at the same time.
        log_folder: takes what they print.
        devices: environment variables of worker 1, 2, ..., in turns.

    Raises:
        ConfigError: Keras has no such backend as `KERAS_BACKEND` says, or it is not installed.
    """
    check_backend(os.environ.get("KERAS_BACKEND", "tensorflow"))
    threads = fair_threads(n_workers)
    return LocalExecutor(n_workers, threads=threads, log_folder=log_folder, environments=devices)


def joined(cluster: Cluster | None) -> AbstractContextManager[None]:
    """Be a driver of the cluster while a block runs, if there is one.

    Raises:
        ConfigError: it cannot be joined.
    """
    if cluster is None:
        return nullcontext()
    prepare_ray(cluster.address)
    from decoder_search.execution.ray.connection import connected  # an optional extra

    return connected(cluster.address)


def cluster_workers(
    cluster: Cluster,
    n_workers: int | None,
    n_tasks: int,
    *,
    shared: Shared,
    log_folder: Path,
    say: Callable[[str], None],
) -> Executor:
    """Workers on the machines of a cluster that this process has joined.

    Args:
        cluster: what each may take.
        n_workers: tasks at the same time; None is as many as the machines have room for.
        n_tasks: more workers are never needed.
        shared: what their caches must hold before a task starts.
        log_folder: takes what they print.
        say: is told in lines which machines come and go.
    """
    from decoder_search.execution.ray.connection import n_gpus
    from decoder_search.execution.ray.executor import RayExecutor, pool_spec

    if not cluster.gpus and n_gpus():
        say(f"no trial uses the {n_gpus():g} GPUs of the cluster; --gpus-per-trial 1 changes that")
    spec = pool_spec(cluster, n_workers, n_tasks)
    return RayExecutor(spec, shared=shared, log_folder=log_folder, say=say)
