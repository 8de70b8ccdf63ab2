from __future__ import annotations

import os

from encodenet_core.io.machine import available_cores, memory_of_this_machine


def test_this_machine_has_cores_and_memory() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
    assert memory_of_this_machine() > 10**8
