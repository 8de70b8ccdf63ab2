"""Confirmed configs for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from shlex import quote
from typing import Any

from rich.console import Group
from rich.text import Text

from decoder_search.analysis.confirmed import Confirmed, ConfirmedConfig, ReferenceScores
from decoder_search.analysis.rows import Row
from decoder_search.space.metrics import METRICS
from decoder_search.views.terminal.columns import Column, param_columns
from decoder_search.views.terminal.sheets import Sheets
from encodenet_core.comparisons.spread import Spread
from encodenet_core.config_conversion import WITHOUT_CONVERSION
from encodenet_core.errors import one_line
from encodenet_core.references import CONFIRMED_REFERENCES, UNCONVERTED


def build_confirmed(confirmed: Confirmed) -> Group:
    """The configs by mean validation accuracy, below them what they are compared with, and how to read it."""
    rows = [_row(each) for each in confirmed.configs]
    paths = list(dict.fromkeys(path for each in confirmed.configs for path in each.params))
    varied = [path for path in paths if len({row["params"].get(path) for row in rows}) > 1]
    rows = [row | {path: row["params"].get(path) for path in varied} for row in rows]
    blank = dict.fromkeys(varied)
    is_uneven = any(row["balanced"] is not None for row in rows)
    rows += [_reference_row(each) | blank for each in confirmed.references]
    table = Sheets(
        rows,
        [
            Column("#", lambda row: str(row.get("rank") or "")),
            Column("trial", lambda row: row["name"], is_number=False),
        ],
        [
            Column("validation\n% ↑", _percent("accuracy"), is_objective=True),
            *([Column("balanced\n% ↑", _percent("balanced"))] if is_uneven else []),
            *(Column(f"Δ {CONFIRMED_REFERENCES[name].short}", _points(name)) for name in confirmed.compared),
            Column("test\n%", _percent("test")),
            Column("seeds", lambda row: str(row["seeds"])),
        ],
        param_columns([{path: row[path] for path in varied} for row in rows]),
    )
    seeds = ", ".join(map(str, confirmed.seeds))
    title = f"Study {one_line(confirmed.study)} at its final budget, seeds {seeds}"
    reasons = [
        Text(f"trial {each.trial}: {one_line(each.reason)}", style="dim")
        for each in confirmed.configs
        if each.reason
    ]
    missing = map(Text, confirmed.missing)
    return Group(Text(title, style="bold"), Text(), table, *reasons, *missing, *_notes(confirmed))


def _row(config: ConfirmedConfig) -> Row:
    gains: dict[str, Any] = dict(config.gains)
    return {
        **dict.fromkeys(CONFIRMED_REFERENCES),
        **gains,
        "rank": config.rank,
        "name": str(config.trial),
        "accuracy": config.accuracy_spread,
        "balanced": config.balanced_spread,
        "test": config.test_spread,
        "seeds": len(config.accuracy),
        "params": config.params,
    }


def _reference_row(reference: ReferenceScores) -> Row:
    spread = reference.accuracy_spread
    return {
        **dict.fromkeys(CONFIRMED_REFERENCES),
        "name": CONFIRMED_REFERENCES[reference.name].label,
        "accuracy": spread,
        "balanced": reference.balanced_spread,
        "test": reference.test_spread,
        "seeds": 0 if spread is None else spread.n_seeds,
        "params": {},
    }


def _percent(key: str) -> Callable[[Row], str]:
    return lambda row: "" if row[key] is None else in_percent(row[key])


def _points(key: str) -> Callable[[Row], str]:
    return lambda row: "" if row[key] is None else in_percent(row[key], sign="+")


def in_percent(spread: Spread, *, sign: str = "") -> str:
    """`61.30 ±0.40`; the deviation is left out where there is none."""
    deviation = "" if spread.deviation is None else f" ±{100 * spread.deviation:.2f}"
    return f"{100 * spread.mean:{sign}.2f}{deviation}"


def _notes(confirmed: Confirmed) -> Iterator[Text]:
    metric = METRICS[confirmed.ranked_by].words
    yield Text(f"Ranked by mean validation {metric}; ± standard deviation over the seeds.")
    yield Text("Δ: points gained on validation images, paired by seed, over")
    for reference in map(CONFIRMED_REFERENCES.__getitem__, confirmed.compared):
        yield Text(f"  {reference.short:6}  {reference.explanation('the config itself')}")
    yield Text("The controls' rows are those of rank 1.")
    yield Text("test: read once for each config and seed, never ranked on. The same gains on test images:")
    for config in confirmed.configs:
        gains = {CONFIRMED_REFERENCES[name].short: gain for name, gain in config.test_gains.items() if gain}
        told = ", ".join(f"{in_percent(gain, sign='+')} {short}" for short, gain in gains.items())
        if told:
            yield Text(f"  trial {config.trial}: {told}")
    if confirmed.n_tied > 1:
        yield Text(
            f"Ranks 1 to {confirmed.n_tied}: their paired differences are within one standard deviation."
        )
    for config in confirmed.configs[:1]:
        yield from map(Text, _without_conversion(confirmed.study, config))


def _without_conversion(study: str, best: ConfirmedConfig) -> Iterator[str]:
    """How to have the training without conversion, where that is ahead of the best config."""
    gain = best.gains.get(UNCONVERTED)
    if gain is None or gain.mean >= 0 or best.unconverted_epochs is None:
        return
    yield f"Without conversion trial {best.trial} is {-100 * gain.mean:.2f} points better. To have that:"
    yield f"  decoder-search export {quote(study)} --trial {best.trial} --output winner.yaml"
    changes = {**WITHOUT_CONVERSION, "autoencoder.training.epochs": best.unconverted_epochs}
    assigned = " ".join(f"--set {path}={value:g}" for path, value in changes.items())
    yield f"  encodenet train winner.yaml {assigned}"
