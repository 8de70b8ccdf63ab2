"""How large the models of a run are in each format, and how fast: baseline and EncodeNet side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.pixels import to_unit_range
from encodenet_core.export.formats import ExportFormat
from encodenet_core.export.handover import HandOver, Quantization, file_name
from encodenet_core.export.running import Run, open_exported
from encodenet_core.models.latency import median_milliseconds

BATCHES = (1, 32)

Model = tuple[str, ExportFormat, Quantization | None]


@dataclass(frozen=True)
class Speed:
    """One model in one format.

    Attributes:
        model: `baseline` or `encodenet`.
        size: bytes of its file or of all files in its folder.
        milliseconds: of one call, by the number of images in it; medians.
    """

    model: str
    format: ExportFormat
    quantization: Quantization | None
    size: int
    milliseconds: dict[int, float]


def measure_speeds(
    handover: HandOver,
    kinds: Sequence[tuple[ExportFormat, Quantization | None]],
    threads: int,
    tell: Callable[[str], None],
) -> list[Speed]:
    """Write every model of a run in every format to a place of its own, weigh them, and time them in turns.

    Args:
        handover: the run.
        kinds: formats and quantisations.
        threads: that one call may use; TensorFlow's are those that the process was started with.
        tell: called with one line for each model, and one for the timing.
    """
    models = [(name, *kind) for name in sorted(handover.models) for kind in kinds]
    runs, sizes = {}, {}
    with tempfile.TemporaryDirectory() as private:
        for model in models:
            path = Path(private) / file_name(*model)
            tell(f"writing {path.name} to measure it")
            handover.write(*model, path)
            runs[model], sizes[model] = open_exported(model[1], path, threads), _size(path)
        tell(f"timing {len(models)} models with {' and '.join(map(str, BATCHES))} images")
        image = to_unit_range(handover.test.images[:1])
        medians = {batch: _time(runs, image.repeat(batch, axis=0)) for batch in BATCHES}
    return [
        Speed(*model, sizes[model], {batch: times[model] for batch, times in medians.items()})
        for model in models
    ]


def _time(runs: Mapping[Model, Run], images: NDArray[np.float32]) -> dict[Model, float]:
    return median_milliseconds({model: partial(run, images) for model, run in runs.items()})


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
