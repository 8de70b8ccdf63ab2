"""How large the models of a run are in each format, and how fast: baseline and EncodeNet side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encodenet_core.batches import to_unit_range
from encodenet_core.export_formats import ExportFormat
from encodenet_core.exported_models import Run, open_exported
from encodenet_core.handover import HandOver, Quantization, file_name
from encodenet_core.latency import median_milliseconds

BATCHES = (1, 32)


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
) -> Iterator[Speed]:
    """Write every model of a run in every format to a place of its own, weigh it and time it.

    Args:
        handover: the run.
        kinds: formats and quantisations.
        threads: that one call may use; TensorFlow's are those that the process was started with.
        tell: called with one line for each.
    """
    with tempfile.TemporaryDirectory() as private:
        for name in sorted(handover.models):
            for format_, quantization in kinds:
                path = Path(private) / file_name(name, format_, quantization)
                tell(f"timing {path.name}")
                handover.write(name, format_, quantization, path)
                run = open_exported(format_, path, threads)
                image = to_unit_range(handover.test.images[:1])
                times = {batch: _time(run, image.repeat(batch, axis=0)) for batch in BATCHES}
                yield Speed(name, format_, quantization, _size(path), times)


def _time(run: Run, images: NDArray[np.float32]) -> float:
    return median_milliseconds(lambda: run(images))


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
