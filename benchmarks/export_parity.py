"""How far the logits of exported models are from those of Keras.

The claim: less than 1e-4 in ONNX and LiteRT. Each architecture is trained for some epochs, exported in every
format, and given 100 test images in the runtime of that format.

    python benchmarks/export_parity.py --data cifar10.npz --architectures resnet20 vgg8
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any, get_args

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import Architecture
from encodenet_core.config_values import build_config
from encodenet_core.export.formats import EXPORT_FORMATS, ExportFormat
from encodenet_core.stages.layout import default_cache_folder

CLAIMED_DIFFERENCE = 1e-4


def main() -> None:
    """Train, export and compare; exit code 1 where a difference reaches the claimed limit."""
    options = parse_arguments()
    prepare_environment()
    worst = 0.0
    for architecture in options.architectures:
        model, test = train(options, architecture)
        for format_ in get_args(ExportFormat):
            parity = compare(model, test, format_)
            worst = max(worst, parity.max_difference)
            sys.stdout.write(
                f"{architecture:12} {format_:12} {parity.max_difference:.1e} on {parity.n_images} images\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"worst {worst:.1e} (claimed: less than {CLAIMED_DIFFERENCE:.0e})\n")
    sys.exit(0 if worst < CLAIMED_DIFFERENCE else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits", help="dataset name, .npz file or image folder")
    parser.add_argument("--limit", type=int, default=1000, help="images for training and validation together")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--architectures", nargs="+", choices=get_args(Architecture), default=["small"])
    return parser.parse_args()


def train(options: argparse.Namespace, architecture: str) -> tuple[Any, Any]:
    """A baseline and the test split."""
    from encodenet_core.baseline import obtain_baseline
    from encodenet_core.data.dataset import load_dataset
    from encodenet_core.stages.cache import StageCache
    from encodenet_core.training.watch import keep_silent

    config = build_config(
        {
            "dataset.source": options.data,
            "dataset.limit": options.limit,
            "baseline.architecture": architecture,
            "baseline.training.epochs": options.epochs,
        }
    )
    dataset = load_dataset(config.dataset, config.seed)
    baseline = obtain_baseline(config, dataset, StageCache(default_cache_folder()), keep_silent)
    return baseline.model, dataset.test


def compare(model: Any, test: Any, format_: ExportFormat) -> Any:
    """The parity of a model in a format."""
    from encodenet_core.export.deployable import deployable_copy
    from encodenet_core.export.parity import compare_with_keras
    from encodenet_core.export.running import open_exported
    from encodenet_core.export.writing import write_model

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{EXPORT_FORMATS[format_].suffix}"
        write_model(deployable_copy(model), format_, path)
        return compare_with_keras(model, open_exported(format_, path, threads=1), test, whole=False)


if __name__ == "__main__":
    main()
