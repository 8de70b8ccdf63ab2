"""What a trained EncodeNet says of images that it has never seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import Resize
from encodenet_core.config_values import load_config
from encodenet_core.data.new_images import list_pictures, read_new_image
from encodenet_core.errors import ConfigError, DataError
from encodenet_core.models.inference import predict
from encodenet_core.models.loading import load_model
from encodenet_core.representatives import entropy_from_logits
from encodenet_core.runs.folder import read_class_names

PICTURES_AT_ONCE = 256


@dataclass(frozen=True)
class Prediction:
    """The classes that an image may be of.

    Attributes:
        label: index of the most probable class.
        top: names and probabilities, most probable first.
        entropy: Shannon entropy of all probabilities in nats, from 0 (certain) to log(num_classes).
    """

    label: int
    top: tuple[tuple[str, float], ...]
    entropy: float

    @property
    def class_name(self) -> str:
        """The most probable class."""
        return self.top[0][0]

    @property
    def probability(self) -> float:
        """That of the most probable class."""
        return self.top[0][1]


@dataclass(frozen=True, eq=False)
class PredictedPicture:
    """A picture file with its prediction, or with the one line that says why it has none.

    Attributes:
        image: `(height, width, channels)` as the network saw it; None for an unreadable picture.
    """

    path: Path
    image: NDArray[np.uint8] | None = None
    prediction: Prediction | None = None
    refusal: str | None = None


@dataclass(frozen=True, eq=False)
class TrainedEncodeNet:
    """A finished run, opened for new images.

    `resize` says how pictures of another size are brought to that of the model: as in its training.
    """

    model: keras.Model
    class_names: tuple[str, ...]
    resize: Resize = "stretch"

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` of what the model takes."""
        height, width, channels = self.model.inputs[0].shape[1:]
        return height, width, channels

    def predict(self, images: NDArray[np.generic], top: int = 3) -> list[Prediction]:
        """The `top` most probable classes of images `(n, height, width, channels)`.

        Pixels are uint8, or floats in [0, 1].
        """
        logits = np.asarray(predict(self.model, images), np.float64)
        others = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = others / others.sum(axis=1, keepdims=True)
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        return [
            Prediction(
                int(best[0]), tuple((self.class_names[i], float(shares[i])) for i in best), float(entropy)
            )
            for best, shares, entropy in zip(order, probabilities, entropy_from_logits(logits), strict=True)
        ]

    def predict_files(self, files: Sequence[Path], top: int = 3) -> Iterator[PredictedPicture]:
        """Predict picture files in their order, a block at a time; one that cannot be read says so."""
        for start in range(0, len(files), PICTURES_AT_ONCE):
            block = files[start : start + PICTURES_AT_ONCE]
            read = [self._read(file) for file in block]
            images = [picture.image for picture in read if picture.image is not None]
            predictions = iter(self.predict(np.stack(images), top) if images else ())
            for picture in read:
                if picture.image is None:
                    yield picture
                else:
                    yield PredictedPicture(picture.path, picture.image, next(predictions))

    def _read(self, file: Path) -> PredictedPicture:
        try:
            return PredictedPicture(file, read_new_image(file, self.image_shape, self.resize))
        except DataError as error:
            return PredictedPicture(file, refusal=str(error))


def open_encodenet(folder: Path) -> TrainedEncodeNet:
    """The EncodeNet in the output folder of `encodenet train`.

    Raises:
        ConfigError: the folder holds no finished run, or its model is damaged or of other classes.
    """
    class_names = read_class_names(folder)
    model = load_model(folder / "encodenet.keras")
    known = model.outputs[0].shape[-1]
    if known != len(class_names):
        raise ConfigError(
            f"the model in {folder} knows {known} classes, but metrics.json names {len(class_names)}; "
            "train the run again"
        )
    return TrainedEncodeNet(model, class_names, load_config(folder / "config.yaml").dataset.how_to_resize)


def predict_images(folder: Path, places: Sequence[Path], top: int = 3) -> list[PredictedPicture]:
    """What a finished run says of pictures: `encodenet predict` from Python.

    Args:
        folder: the output folder of `encodenet train`.
        places: picture files of any size, and folders of them.
        top: how many classes to give for each.

    Raises:
        ConfigError: the folder holds no finished run.
        DataError: a place does not exist, or a folder holds no picture.
    """
    files = list_pictures(places)
    return list(open_encodenet(folder).predict_files(files, top))
