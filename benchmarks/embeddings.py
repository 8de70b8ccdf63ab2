"""Write the vectors to cluster of all training images of a dataset, for `benchmarks/clustering.py`.

The file holds `embeddings` (n_samples, embedding_dim) float32 and `labels` (n_samples,), in the order of the
source. For `--extractor baseline` the network is trained first, for as many epochs as `--epochs` says.

    python benchmarks/embeddings.py --data cifar10.npz --architecture resnet20 resnet20.npz
    python benchmarks/embeddings.py --data cifar10.npz --extractor vgg16 --weights vgg16.weights.h5 vgg16.npz
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any, get_args

from encodenet_core.cli.progress import ProgressLines
from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import Architecture, EncodeNetConfig, Extractor
from encodenet_core.config_values import build_config


def main() -> None:
    """Embed the training images and write them beside their labels."""
    options = parse_arguments()
    prepare_environment()
    import numpy as np

    from encodenet_core.data.sources import read_source
    from encodenet_core.embedding import embed
    from encodenet_core.io.whole_files import write_whole

    config = build_config(
        {
            "dataset.source": options.data,
            "baseline.architecture": options.architecture,
            "baseline.training.epochs": options.epochs,
            "embedding.extractor": options.extractor,
            "embedding.weights": options.weights,
            "seed": options.seed,
        }
    )
    feature_extractor = train_extractor(config) if options.extractor == "baseline" else None
    raw = read_source(options.data)
    started = perf_counter()
    (embeddings,) = embed(config.embedding, [raw.x_train], feature_extractor, options.seed)
    write_whole(options.output, lambda path: np.savez(path, embeddings=embeddings, labels=raw.y_train))
    sys.stdout.write(f"{options.output}: {embeddings.shape} in {perf_counter() - started:.0f} s\n")


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path, help=".npz file")
    parser.add_argument("--data", default="digits", help="dataset name, .npz file or image folder")
    parser.add_argument("--extractor", choices=get_args(Extractor), default="baseline")
    parser.add_argument("--weights", help="of VGG16: a Keras weights file")
    parser.add_argument("--architecture", choices=get_args(Architecture), default="small")
    parser.add_argument("--epochs", type=int, default=1, help="of the baseline")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def train_extractor(config: EncodeNetConfig) -> Any:
    """The feature extractor of a baseline that has seen the training images."""
    from encodenet_core.baseline import obtain_baseline
    from encodenet_core.data.dataset import load_dataset
    from encodenet_core.stages.cache import StageCache

    dataset = load_dataset(config.dataset, config.seed).without_test()
    with tempfile.TemporaryDirectory() as folder:
        return obtain_baseline(config, dataset, StageCache(Path(folder)), ProgressLines()).parts[0]


if __name__ == "__main__":
    main()
