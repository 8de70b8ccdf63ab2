"""How trials, numbers and times are put into few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from decoder_search.space.metrics import is_share
from decoder_search.space.parameters import Scalar
from encodenet_core.errors import one_line
from encodenet_core.references import REFERENCES

PREPARATION, CONTROL = -1, -2
"""What the tasks of a study are numbered by that are no trials."""


def trial_name(number: int) -> str:
    """What a message calls the trial, or other task, of this number."""
    others = {PREPARATION: "preparation", CONTROL: REFERENCES["control_training"].label}
    return others.get(number, f"trial {number}")


def compact_values(values: Mapping[str, float | None], names: Iterable[str]) -> str:
    """Those values that are there, as in `accuracy 97.2 %, mse 0.0213`; shares are percentages."""
    return ", ".join(f"{name} {_number(name, values[name])}" for name in names if name in values)


def compact_params(params: Mapping[str, Scalar]) -> str:
    """Params with their values, as in `depth=3 upsampling=nearest`."""
    names = short_names(list(params))
    return " ".join(f"{names[path]}={_short_value(value)}" for path, value in params.items())


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """Paths to their last parts, with the section before it where that alone names two of them."""
    last = {path: path.rpartition(".")[2] for path in paths}
    names = list(last.values())
    return {
        path: name if names.count(name) == 1 else f"{path.partition('.')[0]}.{name}"
        for path, name in last.items()
    }


def counted(words: Iterable[str]) -> str:
    """How often each word comes, as in `3 completed, 1 failed`."""
    ordered = sorted(words)
    return ", ".join(f"{ordered.count(word)} {word}" for word in dict.fromkeys(ordered))


def time_left(*, elapsed: float, finished: int, waiting: int, budget: float | None = None) -> float | None:
    """Seconds until all trials are done at the pace so far, or the budget is spent if that is sooner."""
    estimates = [elapsed / finished * waiting] if finished else []
    estimates += [] if budget is None else [budget]
    return max(0.0, min(estimates)) if estimates else None


def amount_of_memory(n_bytes: int) -> str:
    """Bytes as `512 MB` or `3.2 GB`."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}".replace("%", " %") if is_share(name) else f"{value:.4g}"


def _short_value(value: Scalar) -> str:
    return f"{value:.3g}" if isinstance(value, float) else one_line(str(value))
