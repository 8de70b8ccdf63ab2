"""The EncodeNet pipeline: (dataset, config) to a trained EncodeNet and its metrics.

The names below are the package's contents. They are resolved on first use, so that importing the package
loads neither Keras nor scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from encodenet_core.autoencoder import build_autoencoder as build_autoencoder
    from encodenet_core.baseline import Baseline as Baseline
    from encodenet_core.baseline import obtain_baseline as obtain_baseline
    from encodenet_core.config import EncodeNetConfig as EncodeNetConfig
    from encodenet_core.config_values import build_config as build_config
    from encodenet_core.config_values import dump_config as dump_config
    from encodenet_core.config_values import load_config as load_config
    from encodenet_core.controls import control_features as control_features
    from encodenet_core.controls import control_training as control_training
    from encodenet_core.costs import decoder_cost as decoder_cost
    from encodenet_core.costs import encodenet_macs as encodenet_macs
    from encodenet_core.data.dataset import Dataset as Dataset
    from encodenet_core.data.dataset import load_dataset as load_dataset
    from encodenet_core.embedding import obtain_embedding as obtain_embedding
    from encodenet_core.errors import ConfigError as ConfigError
    from encodenet_core.errors import DataError as DataError
    from encodenet_core.errors import EncodeNetError as EncodeNetError
    from encodenet_core.errors import InfeasibleConfig as InfeasibleConfig
    from encodenet_core.errors import Stopped as Stopped
    from encodenet_core.evaluation import classify_dataset as classify_dataset
    from encodenet_core.export.handover import ExportedModel as ExportedModel
    from encodenet_core.export.handover import export_model as export_model
    from encodenet_core.images import obtain_dataset as obtain_dataset
    from encodenet_core.models.latency import measure_latency as measure_latency
    from encodenet_core.models.quiet import import_keras_quietly as import_keras_quietly
    from encodenet_core.pipeline import convert as convert
    from encodenet_core.pipeline import run_pipeline as run_pipeline
    from encodenet_core.run_result import Conversion as Conversion
    from encodenet_core.run_result import RunResult as RunResult
    from encodenet_core.runs.prediction import PredictedPicture as PredictedPicture
    from encodenet_core.runs.prediction import open_encodenet as open_encodenet
    from encodenet_core.runs.prediction import predict_images as predict_images
    from encodenet_core.runs.saving import save_result as save_result
    from encodenet_core.stages.cache import StageCache as StageCache
    from encodenet_core.stages.layout import default_cache_folder as default_cache_folder
    from encodenet_core.stages.upkeep import CacheEntry as CacheEntry
    from encodenet_core.stages.upkeep import prune_cache as prune_cache
    from encodenet_core.stages.upkeep import read_cache as read_cache
    from encodenet_core.training.watch import Watch as Watch

_HOMES = {
    "Baseline": "baseline",
    "CacheEntry": "stages.upkeep",
    "ConfigError": "errors",
    "Conversion": "run_result",
    "DataError": "errors",
    "Dataset": "data.dataset",
    "EncodeNetConfig": "config",
    "EncodeNetError": "errors",
    "ExportedModel": "export.handover",
    "InfeasibleConfig": "errors",
    "PredictedPicture": "runs.prediction",
    "RunResult": "run_result",
    "StageCache": "stages.cache",
    "Stopped": "errors",
    "Watch": "training.watch",
    "build_autoencoder": "autoencoder",
    "build_config": "config_values",
    "classify_dataset": "evaluation",
    "control_features": "controls",
    "control_training": "controls",
    "convert": "pipeline",
    "decoder_cost": "costs",
    "default_cache_folder": "stages.layout",
    "dump_config": "config_values",
    "encodenet_macs": "costs",
    "export_model": "export.handover",
    "import_keras_quietly": "models.quiet",
    "load_config": "config_values",
    "load_dataset": "data.dataset",
    "measure_latency": "models.latency",
    "obtain_baseline": "baseline",
    "obtain_dataset": "images",
    "obtain_embedding": "embedding",
    "open_encodenet": "runs.prediction",
    "predict_images": "runs.prediction",
    "prune_cache": "stages.upkeep",
    "read_cache": "stages.upkeep",
    "run_pipeline": "pipeline",
    "save_result": "runs.saving",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
