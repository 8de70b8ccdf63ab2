"""Images need not be square: everything from the reader to the picture keeps height and width apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from encodenet_core.config_values import build_config
from encodenet_core.data.dataset import load_dataset
from encodenet_core.models.inference import predict
from encodenet_core.pipeline import run_pipeline
from encodenet_core.runs.opening import evaluate_folder
from encodenet_core.runs.saving import save_result
from encodenet_core.stages.cache import StageCache

PER_CLASS = 15


def coloured(height: int, width: int) -> NDArray[np.uint8]:
    """15 noisy images of each of two classes: one is bright at the left, one at the top."""
    noise = np.random.default_rng(0).integers(0, 120, (2 * PER_CLASS, height, width, 3))
    noise[:PER_CLASS, :, : width // 4] += 130
    noise[PER_CLASS:, : height // 4] += 130
    return noise.astype(np.uint8)


def write_archive(images: NDArray[np.uint8], place: Path) -> Path:
    path = place / "images.npz"
    np.savez(path, x_train=images, y_train=np.arange(len(images)) // PER_CLASS)
    return path


def write_folder(images: NDArray[np.uint8], place: Path) -> Path:
    for number, image in enumerate(images):
        path = place / "images" / ("left", "top")[number // PER_CLASS] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return place / "images"


@pytest.mark.parametrize(
    ("write", "image_shape", "settings"),
    [
        pytest.param(write_folder, (8, 12, 3), {}, id="8x12 in a folder"),
        pytest.param(
            write_archive,
            (40, 24, 3),
            {
                "embedding.extractor": "pixels",
                "clustering.method": "cosine",
                "decoder.depth": 3,
                "decoder.upsampling": "pixel_shuffle",
                "decoder.widths": "halving",
            },
            id="40x24 in an archive",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_whole_run_from_the_reader_to_the_picture(
    write: Callable[[NDArray[np.uint8], Path], Path],
    image_shape: tuple[int, int, int],
    settings: dict[str, Any],
    tmp_path: Path,
) -> None:
    height, width, _ = image_shape
    images = coloured(height, width)
    config = build_config(
        {
            "dataset.source": str(write(images, tmp_path)),
            "clustering.n_clusters": 2,
            **{f"{stage}.training.epochs": 1 for stage in ("baseline", "autoencoder", "classifier")},
            **settings,
        }
    )
    dataset = load_dataset(config.dataset, config.seed)
    assert dataset.image_shape == image_shape
    read = {image.tobytes() for split in (dataset.train, dataset.validation) for image in split.images}
    assert read < {image.tobytes() for image in images}, "no image was turned or mixed up"

    result = run_pipeline(config, dataset, StageCache(tmp_path / "cache"))
    features = result.baseline.parts.feature_extractor.output_shape[1:]
    assert features == ((4, 6, 64) if height == 8 else (10, 6, 64))
    reconstructed = predict(result.conversion.autoencoder.model, dataset.validation.images)
    assert reconstructed.shape == dataset.validation.images.shape

    save_result(result, tmp_path / "out")
    scale, n_images = 64 // max(height, width), len(dataset.validation.images)
    with Image.open(tmp_path / "out" / "reconstructions.png") as picture:
        assert picture.size == (110 + n_images * (width * scale + 4), 4 + 3 * (height * scale + 4))
    assert evaluate_folder(tmp_path / "out")["test_accuracy"] == result.conversion.scores.test_accuracy
