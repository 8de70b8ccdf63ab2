"""The same seed on the same machine gives the same numbers: what the backend has to be told for that."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

VARIABLE = "TF_DETERMINISTIC_OPS"
"""Read by TensorFlow once, with its first operation."""


def settle_determinism(environment: MutableMapping[str, str], devices: Path = Path("/dev")) -> None:
    """Have TensorFlow compute the same bits every time, unless the environment says otherwise.

    On a CPU that costs next to nothing (`benchmarks/determinism.py`). On a GPU some operations are slow and
    some are refused, so that where one is in use the choice stays with the user.

    Args:
        environment: of a process that has not computed anything yet.
        devices: the folder in which the system shows its devices.
    """
    visible = environment.get("CUDA_VISIBLE_DEVICES", "all") not in ("", "-1")
    if not (visible and any(devices.glob("nvidia[0-9]*"))):
        environment.setdefault(VARIABLE, "1")
