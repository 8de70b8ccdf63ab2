"""One trial in full, in words, numbers and curves, as text of a given width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.text import Text

from decoder_search.analysis.ranking import fallen_controls
from decoder_search.analysis.rows import Row
from decoder_search.records.curves import Curve, read_curve, read_losses
from decoder_search.records.layout import trial_folder, weights_folder
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.browser.plot import draw_bar, draw_curve
from encodenet_core.errors import one_line
from encodenet_core.io.quantities import duration
from encodenet_core.references import REFERENCES
from encodenet_core.yardsticks import unfit

PLOT_HEIGHT = 3
STAGE_SECONDS = "_seconds"
"""How the metrics end that say what a stage took."""


@dataclass(frozen=True)
class Detail:
    """All there is to see of one trial.

    `losses` and `curve` are what it learnt, by stage and as reported; `has_weights` says whether its trained
    models are there; `fallen` names the controls that no gain may be measured over.
    """

    trial: TrialRecord
    row: Row
    folder: Path
    losses: Mapping[str, Sequence[float]] = field(default_factory=dict)
    curve: Curve = field(default_factory=dict)
    has_weights: bool = False
    fallen: Mapping[str, str] = field(default_factory=dict)


def detail_of(study: StudyRecord, trial: TrialRecord, row: Row) -> Detail:
    """Read what lies on disk beside the numbers of a trial."""
    losses = read_losses(study.folder, trial.number)
    curve = read_curve(study.folder, trial.number)
    kept = weights_folder(study.folder, trial.number).is_dir()
    fallen = fallen_controls(study, trial) if trial.state == "completed" else {}
    return Detail(trial, row, trial_folder(study.folder, trial.number), losses, curve, kept, fallen)


def head_text(detail: Detail) -> Text:
    """Title, why it did not complete, params, and the measurements that it is ranked by."""
    parts = [_title(detail), *_reason(detail.trial)]
    return _joined(parts, {"params": _params(detail.trial), "result": _result(detail)})


def tail_text(detail: Detail, width: int) -> Text:
    """Curves, the seconds of each stage, and all else that was measured."""
    sections = {
        "curves": _curves(detail, width),
        "seconds": _seconds(detail.trial, width),
        "measured": _measured(detail.trial),
    }
    return _joined([], sections)


def _joined(parts: list[Text], sections: Mapping[str, Iterator[Text]]) -> Text:
    for heading, lines in sections.items():
        written = list(lines)
        parts += [Text(), Text(heading, style="bold underline"), *written] if written else []
    return Text("\n").join(parts)


def _title(detail: Detail) -> Text:
    trial, row = detail.trial, detail.row
    title = Text(f"trial {trial.number}", style="bold")
    title.append(f"  {trial.state}")
    if row["rank"] is not None:
        title.append(f", rank {row['rank']}")
        title.append(", ★ front" if row["layer"] == 1 else f", layer {row['layer']}")
    if detail.has_weights:
        title.append(", weights kept", "not bold")
    return title


def _reason(trial: TrialRecord) -> Iterator[Text]:
    if trial.reason:
        yield Text(one_line(trial.reason), style="italic")
    if trial.attempts > 1:
        yield Text(f"attempt {trial.attempts}", style="dim")


def _params(trial: TrialRecord) -> Iterator[Text]:
    for path, value in trial.params.items():
        shown = f"{value:.4g}" if isinstance(value, float) else one_line(str(value))
        yield _pair(path, shown)


def _result(detail: Detail) -> Iterator[Text]:
    row = detail.row
    if row["accuracy"] is not None:
        error = "" if row["standard_error"] is None else f" ±{100 * row['standard_error']:.2f}"
        yield _pair("accuracy", f"{100 * row['accuracy']:.2f}{error} %")
        if row.get("balanced_accuracy") is not None:
            error = f" ±{100 * row['balanced_error']:.2f}" if row["balanced_error"] is not None else ""
            yield _pair("balanced accuracy", f"{100 * row['balanced_accuracy']:.2f}{error} %")
    elif row["probe_accuracy"] is not None:
        yield _pair("probe of its features", f"{100 * row['probe_accuracy']:.2f} %")
    for name, reference in REFERENCES.items():
        gain = row[f"gain_{name}"]
        if gain is not None:
            yield _pair(f"  over {reference.spoken}", f"{100 * gain:+.2f} points")
        elif name in detail.fallen:
            yield _pair(f"  {reference.spoken}", unfit(detail.fallen[name]))
    if row["confirmed_accuracy"] is not None:
        mean = f"{100 * row['confirmed_accuracy']:.2f} % over {row['confirmed_seeds']} seeds"
        yield _pair("✓ confirmed", mean)
    if row["retrieval"] is not None:
        yield _pair("retrieval", f"{100 * row['retrieval']:.1f} %")
    if row["mse"] is not None:
        yield _pair("mse", f"{row['mse']:.4f}")


def _measured(trial: TrialRecord) -> Iterator[Text]:
    for name, value in trial.metrics.items():
        if not name.endswith(STAGE_SECONDS):
            yield _pair(name.replace("_", " "), _number(value))


def _seconds(trial: TrialRecord, width: int) -> Iterator[Text]:
    """What each stage took, with a bar as long as its share of the whole."""
    stages = {
        name.removesuffix(STAGE_SECONDS): seconds
        for name, seconds in trial.metrics.items()
        if name.endswith(STAGE_SECONDS)
    }
    whole = stages.pop("worker", trial.seconds) or 1.0
    room = max(4, width - 34)
    for stage, seconds in stages.items():
        yield _pair(stage, f"{seconds:8.1f} s ").append(draw_bar(seconds / whole, room), "dim")
    yield _pair("whole trial", f"{trial.seconds:8.1f} s  {duration(trial.seconds)}".rstrip())


def _curves(detail: Detail, width: int) -> Iterator[Text]:
    """The loss of each stage, and what else was reported twice or more."""
    curves: dict[str, Sequence[float]] = {f"{stage} loss": each for stage, each in detail.losses.items()}
    reported: dict[str, list[float]] = {}
    for _, measured in sorted(detail.curve.items()):
        for name, value in measured.items():
            if isinstance(value, (int, float)):
                reported.setdefault(name, []).append(value)
    if "autoencoder loss" in curves:
        reported.pop("loss", None)
    curves |= {name.replace("_", " "): each for name, each in reported.items() if len(each) > 1}
    for name, values in curves.items():
        if values:
            line = Text(f"{name}  ", style="bold")
            line.append(f"{_number(values[0])} → {_number(values[-1])}  in {len(values)} steps", "not bold")
            yield line
            yield from map(Text, draw_curve(values, max(8, min(width, 60)), PLOT_HEIGHT))


def _pair(name: str, value: str) -> Text:
    line = Text(f"{name} ".ljust(24), style="dim", no_wrap=True, overflow="ellipsis")
    return line.append(value, "not dim")


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.4g}"
