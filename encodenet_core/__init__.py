"""The EncodeNet pipeline: (dataset, config) to a trained EncodeNet and its metrics.

The names below are the package's contents. They are resolved on first use, so that importing the package
loads neither Keras nor scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from encodenet_core.autoencoder import build_autoencoder as build_autoencoder
    from encodenet_core.autoencoder import fit_autoencoder as fit_autoencoder
    from encodenet_core.baseline import Baseline as Baseline
    from encodenet_core.baseline import obtain_baseline as obtain_baseline
    from encodenet_core.config import SELF_COUNTING_METHODS as SELF_COUNTING_METHODS
    from encodenet_core.config import EncodeNetConfig as EncodeNetConfig
    from encodenet_core.config import stable_hash as stable_hash
    from encodenet_core.config_values import CONFIG_PATHS as CONFIG_PATHS
    from encodenet_core.config_values import TRUTH_PATHS as TRUTH_PATHS
    from encodenet_core.config_values import build_config as build_config
    from encodenet_core.config_values import check_path as check_path
    from encodenet_core.config_values import dump_config as dump_config
    from encodenet_core.config_values import flatten as flatten
    from encodenet_core.config_values import load_config as load_config
    from encodenet_core.config_values import parse_assignment as parse_assignment
    from encodenet_core.config_values import with_absolute_paths as with_absolute_paths
    from encodenet_core.controls import control_features as control_features
    from encodenet_core.controls import control_training as control_training
    from encodenet_core.costs import decoder_cost as decoder_cost
    from encodenet_core.costs import encodenet_macs as encodenet_macs
    from encodenet_core.data.dataset import Dataset as Dataset
    from encodenet_core.data.dataset import load_dataset as load_dataset
    from encodenet_core.data.pixels import to_unit_range as to_unit_range
    from encodenet_core.embedding import obtain_embedding as obtain_embedding
    from encodenet_core.errors import ConfigError as ConfigError
    from encodenet_core.errors import DataError as DataError
    from encodenet_core.errors import EncodeNetError as EncodeNetError
    from encodenet_core.errors import InfeasibleConfig as InfeasibleConfig
    from encodenet_core.errors import Stopped as Stopped
    from encodenet_core.errors import remedy_for as remedy_for
    from encodenet_core.errors import with_remedy as with_remedy
    from encodenet_core.evaluation import classify_dataset as classify_dataset
    from encodenet_core.evaluation import pixel_variance as pixel_variance
    from encodenet_core.export.handover import ExportedModel as ExportedModel
    from encodenet_core.export.handover import export_model as export_model
    from encodenet_core.figures.class_pictures import save_class_pictures as save_class_pictures
    from encodenet_core.figures.look import DARK as DARK
    from encodenet_core.figures.look import LIGHT as LIGHT
    from encodenet_core.figures.look import Colours as Colours
    from encodenet_core.figures.look import house_style as house_style
    from encodenet_core.figures.look import save_page as save_page
    from encodenet_core.figures.look import style_settings as style_settings
    from encodenet_core.io.command_line import run_command_line as run_command_line
    from encodenet_core.io.html_table import html_table as html_table
    from encodenet_core.io.plain_files import read_plain_file as read_plain_file
    from encodenet_core.io.plain_json import parse_json as parse_json
    from encodenet_core.io.plain_yaml import format_yaml as format_yaml
    from encodenet_core.io.plain_yaml import read_yaml as read_yaml
    from encodenet_core.io.quantities import duration as duration
    from encodenet_core.io.quantities import format_size as format_size
    from encodenet_core.io.whole_files import append_line as append_line
    from encodenet_core.io.whole_files import copy_whole as copy_whole
    from encodenet_core.io.whole_files import make_folder as make_folder
    from encodenet_core.io.whole_files import move_into_place as move_into_place
    from encodenet_core.io.whole_files import path_below as path_below
    from encodenet_core.io.whole_files import remove_unfinished as remove_unfinished
    from encodenet_core.io.whole_files import sync_folder as sync_folder
    from encodenet_core.io.whole_files import write_text as write_text
    from encodenet_core.io.whole_files import write_whole as write_whole
    from encodenet_core.models.latency import measure_latency as measure_latency
    from encodenet_core.models.quiet import import_keras_quietly as import_keras_quietly
    from encodenet_core.pipeline import convert as convert
    from encodenet_core.pipeline import convert_in_place as convert_in_place
    from encodenet_core.pipeline import obtain_dataset as obtain_dataset
    from encodenet_core.pipeline import run_pipeline as run_pipeline
    from encodenet_core.run_result import Conversion as Conversion
    from encodenet_core.run_result import RunResult as RunResult
    from encodenet_core.runs.picture_rows import read_picture as read_picture
    from encodenet_core.runs.prediction import PredictedPicture as PredictedPicture
    from encodenet_core.runs.prediction import open_encodenet as open_encodenet
    from encodenet_core.runs.prediction import predict_images as predict_images
    from encodenet_core.runs.saving import save_result as save_result
    from encodenet_core.runs.saving import save_trial as save_trial
    from encodenet_core.runs.saving import save_trial_models as save_trial_models
    from encodenet_core.stages.cache import StageCache as StageCache
    from encodenet_core.stages.layout import default_cache_folder as default_cache_folder
    from encodenet_core.stages.transfer import install_stage as install_stage
    from encodenet_core.stages.transfer import stage_files as stage_files
    from encodenet_core.stages.upkeep import CacheEntry as CacheEntry
    from encodenet_core.stages.upkeep import prune_cache as prune_cache
    from encodenet_core.stages.upkeep import read_cache as read_cache
    from encodenet_core.training.speed import measure_training_speed as measure_training_speed
    from encodenet_core.training.watch import Watch as Watch

_HOMES = {
    "Baseline": "baseline",
    "CONFIG_PATHS": "config_values",
    "CacheEntry": "stages.upkeep",
    "Colours": "figures.look",
    "ConfigError": "errors",
    "Conversion": "run_result",
    "DARK": "figures.look",
    "DataError": "errors",
    "Dataset": "data.dataset",
    "EncodeNetConfig": "config",
    "EncodeNetError": "errors",
    "ExportedModel": "export.handover",
    "InfeasibleConfig": "errors",
    "LIGHT": "figures.look",
    "PredictedPicture": "runs.prediction",
    "RunResult": "run_result",
    "SELF_COUNTING_METHODS": "config",
    "StageCache": "stages.cache",
    "Stopped": "errors",
    "TRUTH_PATHS": "config_values",
    "Watch": "training.watch",
    "append_line": "io.whole_files",
    "build_autoencoder": "autoencoder",
    "build_config": "config_values",
    "check_path": "config_values",
    "classify_dataset": "evaluation",
    "control_features": "controls",
    "control_training": "controls",
    "convert": "pipeline",
    "convert_in_place": "pipeline",
    "copy_whole": "io.whole_files",
    "decoder_cost": "costs",
    "default_cache_folder": "stages.layout",
    "dump_config": "config_values",
    "duration": "io.quantities",
    "encodenet_macs": "costs",
    "export_model": "export.handover",
    "fit_autoencoder": "autoencoder",
    "flatten": "config_values",
    "format_size": "io.quantities",
    "format_yaml": "io.plain_yaml",
    "house_style": "figures.look",
    "html_table": "io.html_table",
    "import_keras_quietly": "models.quiet",
    "install_stage": "stages.transfer",
    "load_config": "config_values",
    "load_dataset": "data.dataset",
    "make_folder": "io.whole_files",
    "move_into_place": "io.whole_files",
    "measure_latency": "models.latency",
    "measure_training_speed": "training.speed",
    "obtain_baseline": "baseline",
    "obtain_dataset": "pipeline",
    "obtain_embedding": "embedding",
    "open_encodenet": "runs.prediction",
    "parse_assignment": "config_values",
    "parse_json": "io.plain_json",
    "path_below": "io.whole_files",
    "pixel_variance": "evaluation",
    "predict_images": "runs.prediction",
    "prune_cache": "stages.upkeep",
    "read_cache": "stages.upkeep",
    "read_picture": "runs.picture_rows",
    "read_plain_file": "io.plain_files",
    "read_yaml": "io.plain_yaml",
    "remedy_for": "errors",
    "with_remedy": "errors",
    "remove_unfinished": "io.whole_files",
    "run_command_line": "io.command_line",
    "run_pipeline": "pipeline",
    "save_class_pictures": "figures.class_pictures",
    "save_page": "figures.look",
    "save_result": "runs.saving",
    "save_trial": "runs.saving",
    "save_trial_models": "runs.saving",
    "stable_hash": "config",
    "to_unit_range": "data.pixels",
    "stage_files": "stages.transfer",
    "style_settings": "figures.look",
    "sync_folder": "io.whole_files",
    "with_absolute_paths": "config_values",
    "write_text": "io.whole_files",
    "write_whole": "io.whole_files",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
