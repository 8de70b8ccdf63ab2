"""EncodeNet beside its rivals (tables 4 and 5): the same split, recipe and epochs, paired by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, get_args

from encodenet_core.baseline import obtain_baseline
from encodenet_core.comparisons.accuracy_table import CONTROL_LABELS, HEADERS, accuracy_table, how_to_read
from encodenet_core.comparisons.comparison import Comparison
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.paper_numbers import CONDITIONS, TABLE_4, TABLE_5, reading
from encodenet_core.comparisons.report import Description
from encodenet_core.comparisons.seed_run import SeedRun, Values, values_of_control
from encodenet_core.comparisons.tables import Column, Labels, Table, number, seed_reasons
from encodenet_core.competitors.student import obtain_student
from encodenet_core.config import Attention, EncodeNetConfig
from encodenet_core.config_conversion import WITHOUT_CONVERSION
from encodenet_core.config_values import change_config
from encodenet_core.controls import without_conversion
from encodenet_core.errors import ConfigError, did_you_mean
from encodenet_core.models.macs import count_macs
from encodenet_core.references import RIVALS, UNCONVERTED
from encodenet_core.teacher import obtain_teacher, teacher_config

METHODS: Labels = {
    "encodenet": "EncodeNet",
    UNCONVERTED: "EncodeNet, unconverted",
    **{name: rival.label for name, rival in RIVALS.items()},
    "se": "with SE",
    "bam": "with BAM",
    "cbam": "with CBAM",
    "gam": "with GAM",
    "gam_groups": "with GAM, groups",
}
"""What can be compared: EncodeNet, the same training without conversion, students of a teacher, and the
baseline made larger by attention."""

ATTENDED = get_args(Attention)

_CHANGES: Mapping[str, Mapping[str, Any]] = {
    UNCONVERTED: WITHOUT_CONVERSION,
    **{name: {"distillation.method": name} for name in RIVALS},
    **{name: {"baseline.attention": name} for name in ATTENDED},
}
"""What a method changes in a config, and what not every config can have."""


def compare_methods(config: EncodeNetConfig, methods: Sequence[str]) -> Comparison:
    """The comparison of some methods on one config.

    Raises:
        ConfigError: a method is unknown, or this config cannot have it.
    """
    _check(config, methods)
    taught = any(method in RIVALS for method in methods)
    taught |= config.autoencoder.classification_target == "teacher"
    separate = taught and config.distillation.teacher != "baseline"
    labels = {
        "baseline": "baseline",
        **({"teacher": f"teacher: {config.distillation.teacher}"} if separate else {}),
        **{name: label for name, label in METHODS.items() if name in methods},
        **CONTROL_LABELS,
    }
    command = f"encodenet compare-methods --methods {','.join(methods)}"
    return Comparison(
        Description("methods", command, "EncodeNet and its rivals", labels, [*HEADERS]),
        partial(_measure, methods=methods, has_teacher=separate),
        partial(_tabulate, labels=labels),
    )


def _check(config: EncodeNetConfig, methods: Sequence[str]) -> None:
    known = f"known are {', '.join(METHODS)}"
    if not methods:
        raise ConfigError(f"--methods names none; {known}")
    for method in methods:
        if method not in METHODS:
            raise ConfigError(f"--methods names {method!r}; {did_you_mean(method, METHODS)}{known}")
        change_config(config, _CHANGES.get(method, {}))
    teacher_config(config)


def _measure(run: SeedRun, methods: Sequence[str], *, has_teacher: bool) -> None:
    run.measure_baseline()
    if has_teacher:
        _measure_teacher(run)
    for method in methods:
        measure_method(run, method)
    run.measure_controls([{}])


def measure_method(run: SeedRun, method: str) -> None:
    """One of `METHODS`, unless it was measured in the same circumstances before."""
    if method == "encodenet":
        run.measure_conversion(
            method, {}, lambda _, conversion: {"forward_macs": count_macs(conversion.encodenet.model)}
        )
    elif method == UNCONVERTED:
        changes = without_conversion(run.config, run.baseline, len(run.dataset.train.images))
        run.measure_conversion(method, changes)
    elif method in ATTENDED:
        _measure_attended(run, method)
    else:
        _measure_student(run, method)


def _measure_teacher(run: SeedRun) -> None:
    cache, report = run.surroundings.cache, run.surroundings.report
    run.measure_network(
        "teacher",
        teacher_config(run.config),
        lambda: obtain_teacher(run.config, run.dataset, run.baseline, cache, report),
    )


def _measure_attended(run: SeedRun, attention: str) -> None:
    cache, report = run.surroundings.cache, run.surroundings.report
    config = change_config(run.config, _CHANGES[attention])
    run.measure_network(attention, config, lambda: obtain_baseline(config, run.dataset, cache, report))


def _measure_student(run: SeedRun, method: str) -> None:
    config = change_config(run.config, _CHANGES[method])

    def compute() -> Values:
        cache, report = run.surroundings.cache, run.surroundings.report
        student = obtain_student(config, run.dataset, run.baseline, cache, report)
        return {**values_of_control(student), "forward_macs": count_macs(run.baseline.model)}

    reads = {"kind": "student", "distillation": config.distillation.identity()}
    run.measure(method, config, compute, reads)


def _tabulate(config: EncodeNetConfig, measured: Measured, labels: Labels) -> list[Table]:
    name = (measured.first("baseline") or {}).get("dataset", {}).get("name", "")
    architecture = "" if config.baseline.model else config.baseline.architecture
    paper: Mapping[str, float] = {
        **TABLE_5.get((name, architecture), {}),
        **TABLE_4.get((name, architecture, config.distillation.teacher), {}),
    }
    accuracies = accuracy_table("Accuracy", measured, labels, HEADERS, paper)
    known = [CONDITIONS, *reading("table 4", name, architecture)] if paper else []
    notes = [*how_to_read(measured), *known, *seed_reasons(measured, labels)]
    return [accuracies.with_notes(notes), _costs(measured, labels)]


def _costs(measured: Measured, labels: Labels) -> Table:
    """Size and work of what comes out, and what its training took."""
    columns = (
        Column("setup"),
        Column("parameters"),
        Column("forward\nMMAC"),
        Column("training\nTMAC"),
        Column("seconds"),
    )
    rows = tuple(
        (label, *_cost(measured, setup))
        for setup, label in labels.items()
        if measured.numbers(setup, "scores.parameters")
    )
    notes = (
        "TMAC: 10^12 multiply-accumulates. A student's hold the teacher's predictions, not its training.",
        "EncodeNet's and the controls' come on top of the baseline's.",
    )
    return Table("Cost", columns, rows, notes).without_empty_columns()


def _cost(measured: Measured, setup: str) -> tuple[str, ...]:
    def scaled(path: str, unit: float) -> dict[int, float]:
        return {seed: value / unit for seed, value in measured.numbers(setup, path).items()}

    parameters: Any = next(iter(measured.numbers(setup, "scores.parameters").values()))
    forward = next(iter(scaled("forward_macs", 1e6).values()), None)
    return (
        f"{parameters:,.0f}",
        "" if forward is None else f"{forward:,.1f}",
        number(scaled("macs", 1e12), 3),
        number(measured.numbers(setup, "seconds"), 1),
    )
