"""A search space as a Keras Tuner hypermodel, for people who run Keras Tuner themselves."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from decoder_search.engines.keras_tuner.hyperparameters import describe_hyperparameters, to_params
from decoder_search.engines.keras_tuner.packages import check_packages
from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace
from encodenet_core.autoencoder import build_autoencoder
from encodenet_core.baseline import Baseline, obtain_baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import EncodeNetError, InfeasibleConfig, Stopped
from encodenet_core.images import obtain_dataset
from encodenet_core.pipeline import convert
from encodenet_core.run_result import Conversion
from encodenet_core.runs.saving import check_finite
from encodenet_core.stages.cache import StageCache
from encodenet_core.stages.layout import default_cache_folder
from encodenet_core.training.watch import Watch

MOST_CHECKPOINTS = 16
"""Of fits that a later rung may go on from, the last so many are kept; others are trained again up to there,
and they are the short ones."""


class DecoderHyperModel(keras_tuner.HyperModel):
    """The converting autoencoders of a search space, with the accuracy of the EncodeNet that each leads to.

    Give it to any tuner, with `keras_tuner.Objective("val_accuracy", "max")`, and call `search()` without
    data: the images are those of the space's `dataset.source`. What trials share (images, baseline,
    embedding, clusters) is computed once and kept in the stage cache.
    """

    def __init__(
        self,
        space: str | SearchSpace,
        cache: str | Path | None = None,
        *,
        constants: Mapping[str, Any] | None = None,
        name: str | None = None,
        tunable: bool = True,
    ) -> None:
        """Read the space; images and baseline are obtained when the first model is built.

        Args:
            space: the name of a packaged space, the path of a `.yaml` file, or a loaded space.
            cache: folder of the stage cache; None is the usual one.
            constants: config keys with values that take the place of those in the space, as `--set` gives.
            name: see `keras_tuner.HyperModel`.
            tunable: see `keras_tuner.HyperModel`.

        Raises:
            ConfigError: there is no such space, a constant does not suit it, or tensorboard is missing,
                without which Keras Tuner fails every trial.
        """
        super().__init__(name=name, tunable=tunable)
        check_packages()
        loaded = load_space(space) if isinstance(space, str) else space
        self.space = loaded.with_constants(constants) if constants else loaded
        self._cache = StageCache(default_cache_folder() if cache is None else Path(cache))
        self._shared: tuple[Dataset, Baseline] | None = None
        self._checkpoints = Path(tempfile.mkdtemp(prefix="decoder-search-"))
        weakref.finalize(self, shutil.rmtree, self._checkpoints, ignore_errors=True)

    def config(self, hp: keras_tuner.HyperParameters, *, final: bool = False) -> EncodeNetConfig:
        """The config of a trial, or of the real training of it, as `encodenet train` takes it."""
        return self.space.to_config(to_params(self.space, hp.values), final=final)

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        """Add the parameters of the space, but for those that are there already."""
        described = {"space": describe_hyperparameters(self.space), "values": {}}
        hp.merge(keras_tuner.HyperParameters.from_config(described).space, overwrite=False)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """The converting autoencoder: images to images, before its training.

        A decoder that is too large is not built: its model gives back the images, and `fit` refuses it. So
        a tuner can look at any point of the space.
        """
        self.declare_hyperparameters(hp)
        with _refusals():
            config = self.config(hp)
            dataset, baseline = self._obtain_shared()
            try:
                return build_autoencoder(config, dataset, baseline).model
            except InfeasibleConfig:
                images = keras.Input(dataset.image_shape)
                return keras.Model(images, keras.layers.Identity()(images))

    def fit(
        self,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        *args: Any,
        epochs: int | None = None,
        initial_epoch: int = 0,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        **kwargs: Any,
    ) -> dict[str, float]:
        """Train the autoencoder, then a classifier on its encoder, and measure both on validation images.

        Args:
            hp: of the trial.
            model: what `build` made of it; afterwards it has the weights of the trained autoencoder.
            *args: none; the images are those of the space.
            epochs: after which the autoencoder is measured as it is, in the middle of the schedule of its
                `autoencoder.training.epochs`; None is the last of these.
            initial_epoch: 0 starts anew; otherwise the fit of the same config goes on where it stands.
            callbacks: hear of every epoch of the autoencoder with its `loss`, of the last with all below.
            **kwargs: `verbose`, which changes nothing.

        Returns:
            `val_accuracy` of EncodeNet, `val_mse` and `val_retrieval` of the autoencoder, and its `loss`.

        Raises:
            keras_tuner.errors.FailedTrialError: the config cannot run; others may.
            keras_tuner.errors.FatalValueError: the arguments or the data are unusable.
        """
        _check_arguments(args, kwargs)
        with _refusals():
            config = self.config(hp)
            whole = config.autoencoder.training.epochs
            if epochs is not None:
                _check_epochs(epochs, whole)
            folder = self._checkpoint(config, anew=initial_epoch == 0)
            return self._train(config, folder, _Callbacks(model, callbacks, until=epochs or whole))

    def _train(self, config: EncodeNetConfig, folder: Path, heard: _Callbacks) -> dict[str, float]:
        dataset, baseline = self._obtain_shared()
        untrained = build_autoencoder(config, dataset, baseline)

        def report(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
            return stage != "autoencoder" or heard.epoch_ended(epoch, values["loss"], untrained.model)

        def conversion(until: int) -> Conversion:
            watch = Watch(report, until=until, checkpoint=folder)
            return convert(config, dataset, baseline, self._cache, watch, untrained)

        try:
            done = conversion(heard.until)
        except Stopped:  # by a callback, after the last epoch that it heard of
            done = conversion(heard.last_epoch)
        if heard.until == config.autoencoder.training.epochs:
            shutil.rmtree(folder, ignore_errors=True)
        return heard.training_ended(_measurements(done), untrained.model)

    def _obtain_shared(self) -> tuple[Dataset, Baseline]:
        if self._shared is None:
            config = self.space.to_config({})
            dataset = obtain_dataset(config, self._cache)
            self._shared = dataset, obtain_baseline(config, dataset, self._cache)
        return self._shared

    def _checkpoint(self, config: EncodeNetConfig, *, anew: bool) -> Path:
        """Where the fit of a config stands, with room for it."""
        folder = self._checkpoints / config.stable_hash()
        if anew:
            shutil.rmtree(folder, ignore_errors=True)
        others = [each for each in self._checkpoints.iterdir() if each != folder]
        others.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
        for oldest in others[MOST_CHECKPOINTS - 1 :]:
            shutil.rmtree(oldest)
        return folder


class _Callbacks:
    """Keras callbacks that hear of the fit of another model with the same weights."""

    def __init__(self, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback], until: int) -> None:
        self.until = until
        self.last_epoch = 0
        self._model = model
        self._told = 0
        self._callbacks = keras.callbacks.CallbackList(list(callbacks), model=model, epochs=until, verbose=0)
        model.stop_training = False
        self._callbacks.on_train_begin()

    def epoch_ended(self, epoch: int, loss: float, trained: keras.Model) -> bool:
        """Tell of an epoch, but of the last only once it is measured; whether to go on."""
        self.last_epoch = epoch
        if epoch < self.until:
            self._tell(epoch, {"loss": loss}, trained)
        return not self._model.stop_training

    def training_ended(self, logs: dict[str, float], trained: keras.Model) -> dict[str, float]:
        """Tell of the end, and of the last epoch if it is still unheard of; returns what was measured."""
        last = self.last_epoch if self._model.stop_training else self.until
        if self._told < last:
            self._tell(last, logs, trained)
        self._callbacks.on_train_end(dict(logs))
        return logs

    def _tell(self, epoch: int, logs: dict[str, float], trained: keras.Model) -> None:
        self._told = epoch
        self._model.set_weights(trained.get_weights())
        self._callbacks.on_epoch_begin(epoch - 1)
        self._callbacks.on_epoch_end(epoch - 1, dict(logs))


def _measurements(done: Conversion) -> dict[str, float]:
    measured = {
        "loss": done.autoencoder.losses[-1],
        "val_accuracy": done.scores.validation_accuracy,
        "val_mse": done.reconstruction.mse,
        "val_retrieval": done.reconstruction.retrieval,
    }
    check_finite(measured)
    return measured


def _check_epochs(epochs: int, whole: int) -> None:
    if epochs > whole:
        raise keras_tuner.errors.FatalValueError(
            f"{epochs} epochs are wanted, but autoencoder.training.epochs of the space is {whole}; "
            f"lower max_epochs, or give constants={{'autoencoder.training.epochs': {epochs}}}"
        )


def _check_arguments(args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Refuse data, which Keras would train on, and options that the config gives."""
    unused = ["data"] * bool(args) + [name for name in kwargs if name != "verbose"]
    if unused:
        raise keras_tuner.errors.FatalTypeError(
            f"search() was given {', '.join(unused)}, but images and training are those of the search space; "
            "call it with callbacks, epochs and verbose alone"
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """Let Keras Tuner go on after a config that cannot run, and end where no other could run either."""
    try:
        yield
    except InfeasibleConfig as error:
        raise keras_tuner.errors.FailedTrialError(str(error)) from error
    except EncodeNetError as error:
        raise keras_tuner.errors.FatalValueError(str(error)) from error
