from __future__ import annotations

import sys
from pathlib import Path

from decoder_search.execution.executor import GRACE
from decoder_search.execution.starting import joined, local_workers


def test_workers_of_this_machine_start_with_their_first_task(tmp_path: Path) -> None:
    workers = local_workers(3, tmp_path / "workers")
    assert workers.free() == 3
    workers.close(GRACE)
    assert not (tmp_path / "workers").exists()


def test_without_a_cluster_ray_is_not_loaded() -> None:
    loaded = set(sys.modules)
    with joined(None):
        assert not [name for name in set(sys.modules) - loaded if name.startswith("ray")]
