"""What a worker draws for people to look at, of what a study has computed already. Loads Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from decoder_search.execution.tasks import PicturesTask
from encodenet_core.baseline import BASELINE, obtain_baseline
from encodenet_core.errors import ConfigError
from encodenet_core.figures.class_pictures import save_class_pictures
from encodenet_core.images import obtain_dataset
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import Report


def finished_baselines(root: Path) -> StageCache:
    """A cache that makes anything but a baseline: to look at a study must not take hours of training.

    It raises a ConfigError where a baseline would have to be trained.
    """

    def refuse(stage: str) -> None:
        if stage == BASELINE.name:
            raise ConfigError(
                f"the baseline of the study is no longer in {root}; "
                "`decoder-search run` trains it again, or set ENCODENET_CACHE to where it is"
            )

    return StageCache(root, on_missing=refuse)


def draw_classes(task: PicturesTask, report: Report) -> dict[str, Any]:
    """Write the pictures of a trial's clusters into its folder.

    Raises:
        EncodeNetError: data or baseline are gone, or others than those of the study.
    """
    cache = finished_baselines(task.cache)
    config = task.space.to_config(task.params)
    dataset = obtain_dataset(config, cache)
    expected = task.expected.dataset_fingerprint
    if dataset.fingerprint != expected:
        raise ConfigError(
            f"the dataset of the study changed ({expected}, now {dataset.fingerprint}); bring it back"
        )
    baseline = obtain_baseline(config, dataset, cache, report)
    save_class_pictures(config, dataset, baseline, cache, task.folder)
    return {}
