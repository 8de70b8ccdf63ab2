"""What a study is told about a Ray cluster, and what the machines of the cluster are told about a study.

Loads no Ray, which is an optional extra.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from decoder_search.execution.local import MEMORY_LIMIT
from decoder_search.execution.versions import library_versions

CARRIED = ("KERAS_BACKEND", "TF_DETERMINISTIC_OPS", "TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS")
"""Variables of the driver that decide numbers: workers elsewhere compute with them too."""

QUIET = {"RAY_DEDUP_LOGS_SKIP_REGEX": ".", "RAY_USAGE_STATS_ENABLED": "0"}
"""Ray prints a line for every worker that ends, through a live view, and tells its makers of its use."""

ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""A cluster that Ray starts listens on 127.0.0.1 alone where it can have no other machines, as on a Mac."""


def prepare_ray(address: str) -> None:
    """Keep Ray from these, unless the environment says otherwise; only before Ray is imported.

    Args:
        address: `local` starts a cluster that nobody else is to reach.
    """
    for name, value in {**QUIET, **(ALONE if address == "local" else {})}.items():
        os.environ.setdefault(name, value)


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster and what each trial may take of it.

    Attributes:
        address: `auto`, `local`, `host:port` or `ray://host:port`.
        cpus: whole cores of a trial, which are its threads too.
        gpus: of a trial; a fraction shares one.
        cache: folder of the stage cache on each machine, such as one that they share; None is the machine's
            own (`ENCODENET_CACHE`, or `~/.cache/encodenet`).
    """

    address: str
    cpus: int = 1
    gpus: float = 0.0
    cache: str | None = None


@dataclass(frozen=True)
class Shared:
    """What the preparation of a study computed for all of its trials.

    Attributes:
        cache: the driver's stage cache.
        stages: their keys in it.
        identities: what the driver's machine found out about files that others need not have.
    """

    cache: Path
    stages: tuple[str, ...] = ()
    identities: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkerSetup:
    """How a machine of the cluster runs trials.

    Attributes:
        threads: of a worker.
        cache: folder of the machine's stage cache; None is the usual one.
        module: what a worker runs as its main.
        environment: variables of a worker that win over those of the machine.
        memory_limit: bytes; a worker that holds more after a task is replaced.
        checkpoint_seconds: how often the checkpoint of a running trial is sent home.
        versions: of the libraries that decide numbers, as the driver has them.
    """

    threads: int = 1
    cache: str | None = None
    module: str = "decoder_search.worker.main"
    environment: Mapping[str, str] = field(default_factory=dict)
    memory_limit: int = MEMORY_LIMIT
    checkpoint_seconds: float = 30.0
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, cluster: Cluster) -> WorkerSetup:
        """The setup for a cluster, with what the driver's environment says."""
        environment = {name: os.environ[name] for name in CARRIED if name in os.environ}
        return cls(cluster.cpus, cluster.cache, environment=environment, versions=library_versions())
