"""The EncodeNet pipeline: (dataset, config) to a trained EncodeNet and its metrics.

The names below are the package's contents. They are resolved on first use, so that importing the package
loads neither Keras nor scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from encodenet_core.baseline import Baseline as Baseline
    from encodenet_core.baseline import obtain_baseline as obtain_baseline
    from encodenet_core.config import EncodeNetConfig as EncodeNetConfig
    from encodenet_core.config import build_config as build_config
    from encodenet_core.config import load_config as load_config
    from encodenet_core.controls import control_features as control_features
    from encodenet_core.controls import control_training as control_training
    from encodenet_core.controls import encodenet_macs as encodenet_macs
    from encodenet_core.data import Dataset as Dataset
    from encodenet_core.data import load_dataset as load_dataset
    from encodenet_core.errors import ConfigError as ConfigError
    from encodenet_core.errors import DataError as DataError
    from encodenet_core.errors import EncodeNetError as EncodeNetError
    from encodenet_core.errors import InfeasibleConfig as InfeasibleConfig
    from encodenet_core.errors import Stopped as Stopped
    from encodenet_core.evaluation import classify_dataset as classify_dataset
    from encodenet_core.evaluation import pixel_variance as pixel_variance
    from encodenet_core.grouping import obtain_embedding as obtain_embedding
    from encodenet_core.pipeline import RunResult as RunResult
    from encodenet_core.pipeline import convert as convert
    from encodenet_core.pipeline import obtain_dataset as obtain_dataset
    from encodenet_core.pipeline import run_pipeline as run_pipeline
    from encodenet_core.results import save_result as save_result
    from encodenet_core.results import save_trial as save_trial
    from encodenet_core.stages import StageCache as StageCache
    from encodenet_core.stages import default_cache_folder as default_cache_folder

_HOMES = {
    "Baseline": "baseline",
    "ConfigError": "errors",
    "DataError": "errors",
    "Dataset": "data",
    "EncodeNetConfig": "config",
    "EncodeNetError": "errors",
    "InfeasibleConfig": "errors",
    "RunResult": "pipeline",
    "StageCache": "stages",
    "Stopped": "errors",
    "build_config": "config",
    "classify_dataset": "evaluation",
    "control_features": "controls",
    "control_training": "controls",
    "convert": "pipeline",
    "default_cache_folder": "stages",
    "encodenet_macs": "controls",
    "load_config": "config",
    "load_dataset": "data",
    "obtain_baseline": "baseline",
    "obtain_dataset": "pipeline",
    "obtain_embedding": "grouping",
    "pixel_variance": "evaluation",
    "run_pipeline": "pipeline",
    "save_result": "results",
    "save_trial": "results",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
