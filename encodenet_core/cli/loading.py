"""The dataset of a command: from the cache where it was decoded before, else with a bar for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from encodenet_core.cli.progress import followed
from encodenet_core.stages.layout import default_cache_folder

if TYPE_CHECKING:
    from encodenet_core.runs.opening import LoadDataset


@contextmanager
def loading(*, err: bool = False) -> Iterator[LoadDataset]:
    """What gives the dataset of a config and a seed while the block runs.

    Args:
        err: whether progress is shown on standard error, since the answer itself goes to standard output.
    """
    from encodenet_core.images import obtain_whole_dataset
    from encodenet_core.stages.cache import StageCache

    with followed(err=err) as (report, _):
        yield partial(obtain_whole_dataset, cache=StageCache(default_cache_folder()), report=report)
