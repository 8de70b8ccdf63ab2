"""`encodenet export`: a trained EncodeNet as files that run elsewhere, without this project."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from encodenet_core.cli.loading import loading
from encodenet_core.cli.session import JsonOption, check_output, prepare_environment
from encodenet_core.errors import ConfigError
from encodenet_core.export.formats import ExportFormat, check_format, find_format
from encodenet_core.io.quantities import format_size
from encodenet_core.io.shell_paths import shell_paths
from encodenet_core.io.whole_files import write_json
from encodenet_core.runs.folder import read_class_names

if TYPE_CHECKING:
    from encodenet_core.export.handover import ExportedModel, Quantization
    from encodenet_core.export.speed import Speed

THREAD_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


def export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Output folder of `encodenet train`.", callback=shell_paths)
    ],
    formats: Annotated[
        list[str],
        typer.Option(
            "--format", metavar="|".join(get_args(ExportFormat)), help="Can be given several times."
        ),
    ],
    quantize: Annotated[
        str | None, typer.Option(metavar="int8", help="Also write LiteRT in 8-bit integers.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the models; else DIR/export.", callback=shell_paths)
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Another dataset to compare on.", callback=shell_paths)
    ] = None,
    tolerance: Annotated[float, typer.Option(help="Refuse a larger difference from Keras.")] = 1e-4,
    threads: Annotated[int, typer.Option(min=1, help="For the timing.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Write EncodeNet in other formats, compare each with Keras, measure size and latency."""
    kinds = _kinds(formats, quantize)
    place = output or folder / "export"
    for format_, _ in kinds:
        check_format(format_, os.environ.get("KERAS_BACKEND", "tensorflow"))
    read_class_names(folder)
    check_output(place)
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    prepare_environment()
    from encodenet_core.export.handover import export_opened, open_handover
    from encodenet_core.export.speed import measure_speeds

    tell = partial(typer.echo, err=as_json)
    with loading(err=as_json) as load:
        handover = open_handover(folder, data, load)
    exported = []
    for kind in kinds:
        exported.append(export_opened(handover, kind, place, tolerance))
        tell(exported_line(exported[-1]))
    with_keras = list(dict.fromkeys([("keras", None), *kinds]))
    speeds = measure_speeds(handover, with_keras, threads, tell)
    measured = {"threads": threads, "cpu": _cpu(), "speeds": [asdict(speed) for speed in speeds]}
    write_json(place / "speeds.json", measured)
    if as_json:
        models = [
            {**asdict(each), "path": str(each.path), "contract": str(each.contract)} for each in exported
        ]
        typer.echo(json.dumps({"models": models, **measured}, indent=2))
    else:
        _print_table(speeds, threads)


def _kinds(formats: Sequence[str], quantize: str | None) -> list[tuple[ExportFormat, Quantization | None]]:
    """What to write: every format once, and int8 after litert."""
    names = list(dict.fromkeys(map(find_format, formats)))
    if quantize not in (None, "int8"):
        raise ConfigError(f"--quantize is {quantize!r}, but only int8 is known; write --quantize int8")
    if quantize and "litert" not in names:
        raise ConfigError("--quantize int8 is for LiteRT alone; add --format litert")
    kinds: list[tuple[ExportFormat, Quantization | None]] = [(each, None) for each in names]
    return [*kinds, ("litert", "int8")] if quantize else kinds


def exported_line(exported: ExportedModel) -> str:
    """What was written, and how near it is to Keras."""
    parity = exported.parity
    line = (
        f"wrote {exported.path} and {exported.contract.name}: differs from Keras by up to "
        f"{parity.max_difference:.1e} in a logit on {parity.n_images} test images"
    )
    if parity.test_accuracy is None or parity.keras_test_accuracy is None:
        return line
    return (
        f"{line}, gives {parity.agreement:.0%} of them the same class; test accuracy "
        f"{parity.test_accuracy:.2%}, of Keras {parity.keras_test_accuracy:.2%}"
    )


def _print_table(speeds: Sequence[Speed], threads: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("model", "format"):
        table.add_column(name)
    for name in ("size", "batch 1\nms", "batch 32\nms", "an image\nof 32, ms"):
        table.add_column(name, justify="right", vertical="bottom")
    for speed in speeds:
        one, many = speed.milliseconds[1], speed.milliseconds[32]
        kind = f"{speed.format} {speed.quantization}" if speed.quantization else speed.format
        numbers = (f"{number:.3f}" for number in (one, many, many / 32))
        table.add_row(speed.model, kind, format_size(speed.size), *numbers)
    console = Console()
    console.print()
    console.print(table)
    note = (
        f"medians of 30 to 300 calls, in turns, on {threads} thread{'s' if threads > 1 else ''} of {_cpu()}"
    )
    console.print(note, style="dim", markup=False, highlight=False)


def _cpu() -> str:
    """What the processor is called."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    import platform

    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
