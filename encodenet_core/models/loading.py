"""The door through which Keras models come in from the disk."""

from __future__ import annotations

import re
import tempfile
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras

from encodenet_core.errors import ConfigError, reason_of
from encodenet_core.io.plain_arrays import check_sizes
from encodenet_core.io.plain_json import parse_json
from encodenet_core.models.file_kinds import REMEDIES, ModelFile, kind_of
from encodenet_core.models.foreign_code import DEEPEST_CONFIG, MOST_BYTES_OF_A_CONFIG, foreign_code
from encodenet_core.models.hdf5_files import hdf5_refusal
from encodenet_core.models.origin import origin_of

_LONGEST_REASON = 120

_CONVERT = (
    "it was saved by Keras {version}; convert it: pip install tf_keras; python -c "
    "\"import tf_keras; tf_keras.models.load_model('{path}').save('model.h5')\""
)
_OTHER_SHAPES = re.compile(
    r"object <(\w+) name=([^,>]+).*?variable\.shape=\((.*?)\), Received: value\.shape=[^(]*\(\[?(.*?)[\])]",
    re.DOTALL,
)
_UNKNOWN_CLASS = re.compile(r"(?:Unknown [\w ]+|Could not locate class): ?'([\w>.]+)'")


def load_model(path: Path) -> keras.Model:
    """The model in a `.keras` or an HDF5 file, for inference, loaded without running code from the file.

    What the file is its content says, whatever it is called.

    Raises:
        ConfigError: there is no such file, it is of another kind, it is damaged, or Keras cannot load it.
    """
    kind = model_file_kind(path)
    refuse, ending = _FORMATS[kind]
    refusal = refuse(path)
    if refusal is None:
        try:
            return _load(path, ending)
        except Exception as error:  # a bad file may be any of h5py's and Keras's errors
            refusal = _explained(error, path, kind)
    raise ConfigError(f"{str(path)!r} cannot be loaded {refusal}")


def load_structure(path: Path) -> keras.Model:
    """What `load_model` gives, to be looked at alone: its weights fit those of the file, and have no values.

    Raises:
        ConfigError: as `load_model` does.
    """
    try:
        with keras.StatelessScope(initialize_variables=False):
            return load_model(path)
    except ConfigError:  # of the file, or of a layer that cannot be built in such a scope
        return load_model(path)


def _load(path: Path, ending: str) -> keras.Model:
    """The model in a file that Keras knows by the ending of its name, which may be another."""
    if path.suffix == ending:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    with tempfile.TemporaryDirectory() as folder:
        renamed = Path(folder) / f"model{ending}"
        renamed.symlink_to(path.absolute())
        return _load(renamed, ending)


def model_file_kind(path: Path) -> ModelFile:
    """The kind of a file that a model can be in.

    Raises:
        ConfigError: there is no such file, or it is of another kind.
    """
    if not path.exists() or (path.is_dir() and kind_of(path) == "unknown"):
        raise ConfigError(f"{str(path)!r} is no file; give the path of a trained .keras or .h5 classifier")
    if not (path.is_file() or path.is_dir()):
        raise ConfigError(
            f"{str(path)!r} is a pipe or device; give the path of a trained .keras or .h5 classifier"
        )
    try:
        kind = kind_of(path)
    except OSError as error:
        raise ConfigError(f"{str(path)!r} cannot be read ({error.strerror}); make it readable") from None
    if kind == "hdf5":
        return "hdf5"
    if kind in REMEDIES:
        raise ConfigError(f"{str(path)!r} {REMEDIES[kind].format(path=path)}")
    return "keras"  # what is no archive either is refused as a damaged one


def _archive_refusal(path: Path) -> str | None:
    return _damage(path) or _foreign_code(path)


_FORMATS: dict[ModelFile, tuple[Callable[[Path], str | None], str]] = {
    "keras": (_archive_refusal, ".keras"),
    "hdf5": (hdf5_refusal, ".h5"),
}
"""Why a file of each kind may not be loaded, and the ending that Keras knows it by."""


def _damage(path: Path) -> str | None:
    """What is wrong with the file as an archive; its checksums find a single flipped bit."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_sizes(archive)
            broken = archive.testzip()
    except Exception as error:  # what is no archive may be any of zipfile's and zlib's errors
        return f"({_shortened(error)}): it is truncated, damaged or no .keras file; save or copy it again"
    return f"({broken} in it is damaged); save or copy it again" if broken else None


def _foreign_code(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("config.json").file_size > MOST_BYTES_OF_A_CONFIG:
                return f"(its config.json has more than {MOST_BYTES_OF_A_CONFIG:,} bytes); save it again"
            return foreign_code(parse_json(archive.read("config.json"), DEEPEST_CONFIG))
    except KeyError:
        return "(it holds no config.json); give a .keras file saved by Keras 3"
    except ValueError as error:
        return f"(its config.json is not what Keras writes: {_shortened(error)}); save it again"


def _explained(error: Exception, path: Path, kind: ModelFile) -> str:
    """What kept Keras from loading a file, and the remedy."""
    found = _OTHER_SHAPES.search(str(error))
    if found is not None:
        name_of_kind, name, expected, received = found.groups()
        return (
            f"(it holds weights ({received}) for {name_of_kind} {name!r}, which has ({expected})); "
            "save the model as a whole, layers and weights together"
        )
    unknown = _UNKNOWN_CLASS.search(str(error))
    if unknown is not None:
        return (
            f"(it needs the code of {unknown[1]!r}, which no file may bring); build it of Keras's own layers"
        )
    version = origin_of(path, kind).keras
    if version.startswith("2."):
        return f"({_shortened(error)}): {_CONVERT.format(version=version, path=path)}"
    return f"({_shortened(error)}); give a .keras or .h5 file that Keras {keras.__version__} loads"


def _shortened(error: Exception) -> str:
    """The beginning of a message, or of the one that Keras wraps in it, never cut inside a word."""
    cause = reason_of(error).rpartition("Exception encountered: ")[2]
    return textwrap.shorten(cause, _LONGEST_REASON, placeholder=" ...")
