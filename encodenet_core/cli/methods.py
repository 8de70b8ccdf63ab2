"""`encodenet compare-methods`: EncodeNet beside distillation and attention over several seeds."""

from __future__ import annotations

from typing import Annotated

import typer

from encodenet_core.cli.comparing import SeedsOption, follow_comparison, prepare_comparison
from encodenet_core.cli.session import AssignmentsOption, ConfigArgument, DataOption, JsonOption, OutputOption
from encodenet_core.io.shell_paths import shell_paths

MethodsOption = Annotated[
    str,
    typer.Option(
        metavar="NAMES",
        help="Of encodenet, unconverted, kd, rkd, fitnet, ft, ft_official, se, bam, cbam, gam, gam_groups, "
        "with commas.",
    ),
]
TeacherOption = Annotated[
    str | None,
    typer.Option(
        help="Whom students learn from: baseline, an architecture, or a trained classifier's file.",
        callback=shell_paths,
    ),
]


def compare_methods(
    config: ConfigArgument = None,
    methods: MethodsOption = "encodenet,kd",
    teacher: TeacherOption = None,
    seeds: SeedsOption = 3,
    data: DataOption = None,
    assignments: AssignmentsOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure EncodeNet beside the paper's rivals (tables 4 and 5): accuracy, gains and cost, by seed."""
    taught = [f"distillation.teacher={teacher}"] if teacher else []
    source = (config, data, [*(assignments or []), *taught])
    prepared = prepare_comparison("methods", source, seeds, output, as_json=as_json)
    from encodenet_core.comparisons.methods import compare_methods

    names = [name.strip() for name in methods.split(",") if name.strip()]
    follow_comparison(compare_methods(prepared.config, names), prepared)
