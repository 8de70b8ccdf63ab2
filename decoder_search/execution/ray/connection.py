"""This process as a driver of a Ray cluster, and what the cluster has room for."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

import ray
from ray.exceptions import RayError

from decoder_search.execution.ray.address import check_address
from encodenet_core.errors import ConfigError, EncodeNetError
from encodenet_core.io.machine import available_cores

SHOW_IT = "set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN to what `ray get-auth-token` prints on its head"

PATIENCE = 20.0
"""How long the head of a cluster may not answer; after a minute of asking in vain, Ray ends the process."""

HEAD = "node:__internal_head__"
"""The resource that the head of every cluster has."""


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Be a driver of the cluster at an address for the time of a block; `local` is a cluster of its own.

    Ray's messages stay out of the terminal, and its handler of SIGTERM out of ours.

    Raises:
        ConfigError: there is no cluster, or one of other versions or with another token.
    """
    check_address(address)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    own: dict[str, Any] = {}
    if address == "local":
        own = {"num_cpus": available_cores(), "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    with _errors_kept_back() as errors:
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL, **own)
        except (RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise _refused(address, f"{error} {_read(errors)}") from None
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    try:
        yield
    finally:
        ray.shutdown()


def room(cpus: int, gpus: float) -> int:
    """How many trials of this size all machines of the cluster could hold at a time, were they empty."""
    total = 0
    for machine in _machines():
        resources = machine["Resources"]
        fits = [resources.get("CPU", 0.0) / cpus]
        fits += [resources.get("GPU", 0.0) / gpus] if gpus else []
        total += int(min(fits) + 1e-9)
    return total


def n_gpus() -> float:
    """How many GPUs the cluster has, whether or not they are in use."""
    return sum(float(machine["Resources"].get("GPU", 0.0)) for machine in _machines())


def is_alive(node: str) -> bool:
    """Whether the machine of this id is still a part of the cluster."""
    return any(machine["NodeID"] == node for machine in _machines())


def _machines() -> list[Mapping[str, Any]]:
    """The machines that belong to the cluster.

    Raises:
        EncodeNetError: its head is gone.
    """
    start = time.monotonic()
    while not _head_answers():
        if time.monotonic() - start > PATIENCE:
            raise EncodeNetError(
                f"the head of the cluster has not answered for {PATIENCE:.0f} s; run again once there is one"
            )
        time.sleep(0.5)
    return [machine for machine in ray.nodes() if machine["Alive"]]


def _head_answers() -> bool:
    if ray.util.client.ray.is_connected():  # by a proxy, whose own errors say so
        return True
    host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
    host = host.strip("[]")  # around an IPv6 address
    try:
        socket.create_connection((host, int(port)), 1.0).close()
    except OSError:
        return False
    return True


@contextmanager
def _errors_kept_back() -> Iterator[IO[bytes]]:
    """Where the error stream goes for the time of a block: Ray repeats there every second why it waits."""
    with tempfile.TemporaryFile() as errors, warnings.catch_warnings(action="ignore"):
        sys.stderr.flush()
        terminal = os.dup(2)
        os.dup2(errors.fileno(), 2)
        try:
            yield errors
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)


def _read(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode(errors="replace")


def _refused(address: str, message: str) -> ConfigError:
    reason = " ".join(message.split())
    if "AuthToken" in reason or "authentication" in reason:
        return ConfigError(f"the cluster at {address} asks for another token; {SHOW_IT}")
    if "Version mismatch" in reason:
        return ConfigError(f"the cluster at {address} runs other versions than this machine: {reason[:300]}")
    if address == "auto":
        return ConfigError(
            "--ray auto finds no cluster on this machine; start one with `ray start --head`, "
            "or give the address of one, host:port"
        )
    if "Method not found" in reason:
        return ConfigError(
            f"what answers at {address} is not the head of a cluster; where it answers clients, "
            f"give ray://{address}"
        )
    hint = ""
    if address.startswith("ray://"):
        hint = f"; its port is that for clients, 10001 if none was chosen; if it asks for a token, {SHOW_IT}"
    return ConfigError(f"cannot join the cluster at {address}: {reason[:300]}{hint}")
