"""The winner beside the baseline and both controls: only a gain over all three is one of EncodeNet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from decoder_search.analysis.confirmed import ConfirmedConfig, confirmed_configs
from decoder_search.analysis.ranking import (
    RankedTrial,
    accuracy_of,
    fallen_controls,
    reference_accuracies,
    yardsticks,
)
from decoder_search.analysis.verdict import verdict
from decoder_search.records.study_record import StudyRecord
from decoder_search.space.metrics import METRICS
from decoder_search.views.report.markup import Markup, element, joined, prose
from encodenet_core.comparisons.spread import Spread
from encodenet_core.references import CONFIRMED_REFERENCES, REFERENCES
from encodenet_core.yardsticks import no_yardstick, standard_error

NAMES = {name: reference.explanation("the dearest trial") for name, reference in REFERENCES.items()}


def gains_section(study: StudyRecord, winner: RankedTrial | None) -> Markup:
    """Accuracies, gains and what follows from them; confirmed ones too where there are some."""
    head = element("h2", "Against baseline and controls", id="controls")
    if winner is None:
        return joined([head, element("p", "There is nothing to compare before a trial has completed.")])
    known, fair = reference_accuracies(study, winner.trial), yardsticks(study, winner.trial)
    is_balanced = study.settings.accuracy == "balanced"
    accuracy, error = accuracy_of(study, winner.trial)
    n_images = 0 if is_balanced else study.facts.n_validation or 0
    rows: list[tuple[str, float, float | None]] = [
        (f"trial {winner.trial.number}, the winner", accuracy, None)
    ]
    rows += [
        (NAMES[name], value, accuracy - value if name in fair else None) for name, value in known.items()
    ]
    body = [_row(name, value, gain, error, n_images) for name, value, gain in rows]
    word = METRICS[study.settings.accuracy_metric].words
    table = _table(("", f"{word} %", "the winner gains, points"), body, "On validation images, one seed.")
    fallen = [
        prose(f"{no_yardstick(name, why)}.", class_="note")
        for name, why in fallen_controls(study, winner.trial).items()
    ]
    also = _other_accuracies(study, winner)
    return joined([head, prose(verdict(study, winner)), table, *fallen, *also, *_confirmed(study)])


def _other_accuracies(study: StudyRecord, winner: RankedTrial) -> list[Markup]:
    """Of uneven classes the accuracy that the study does not go by, in a sentence."""
    other = "accuracy" if study.settings.accuracy == "balanced" else "balanced_accuracy"
    if other not in winner.trial.metrics:
        return []
    known = {"the winner": winner.trial.metrics[other]}
    known |= {
        REFERENCES[name].spoken: value
        for name, value in reference_accuracies(study, winner.trial, other).items()
    }
    shown = ", ".join(f"{name} {100 * value:.2f} %" for name, value in known.items())
    return [prose(f"Classes are uneven; {METRICS[other].words}: {shown}.", class_="note")]


def _row(name: str, accuracy: float, gain: float | None, winner_error: float | None, n_images: int) -> Markup:
    tone = ""
    if gain is not None and winner_error is not None and abs(gain) > winner_error:
        tone = " better" if gain > 0 else " worse"
    spread = f" ± {100 * standard_error(accuracy, n_images):.2f}" if n_images else ""
    return element(
        "tr",
        element("th", name, scope="row"),
        element("td", f"{100 * accuracy:.2f}{spread}", class_="number"),
        element("td", "" if gain is None else f"{100 * gain:+.2f}", class_=f"number{tone}"),
    )


def _confirmed(study: StudyRecord) -> list[Markup]:
    seeds = sorted({each.seed for each in study.confirmations})
    confirmed = confirmed_configs(study, seeds)
    if not confirmed.configs:
        return [
            prose(
                "No config was confirmed: `decoder-search confirm` retrains the best over several seeds.",
                class_="note",
            )
        ]
    compared = [CONFIRMED_REFERENCES[name] for name in confirmed.compared]
    heads = ("trial", "accuracy %", "test %", *(f"Δ {each.label}" for each in compared))
    words = (
        f"Retrained at the final budget over {len(seeds)} paired seeds; ± standard deviation. "
        "Δ: gains, and in parentheses those on test images."
    )
    body = [_confirmed_row(config, confirmed.compared) for config in confirmed.configs]
    notes = [f"{line}." for line in confirmed.missing]
    besides = [CONFIRMED_REFERENCES[name] for name in confirmed.compared if name not in REFERENCES]
    notes += [f"{each.label}: {each.description}." for each in besides]
    shown = [prose(note, class_="note") for note in notes]
    return [element("h3", "Confirmed"), _table(heads, body, words), *shown]


def _confirmed_row(config: ConfirmedConfig, compared: Sequence[str]) -> Markup:
    spreads: list[Spread | None] = [config.accuracy_spread, config.test_spread]
    cells = [_spread(each) for each in spreads]
    for name in compared:
        gain, on_test = (_spread(gains.get(name), sign="+") for gains in (config.gains, config.test_gains))
        cells.append(f"{gain} ({on_test})" if on_test else gain)
    return element(
        "tr",
        element("th", f"trial {config.trial}", scope="row"),
        *(element("td", cell, class_="number") for cell in cells),
    )


def _spread(spread: Spread | None, sign: str = "") -> str:
    if spread is None:
        return ""
    deviation = "" if spread.deviation is None else f" ± {100 * spread.deviation:.2f}"
    return f"{100 * spread.mean:{sign}.2f}{deviation}"


def _table(heads: Sequence[str], body: Iterable[Markup], caption: str) -> Markup:
    cells = [
        element("th", head, scope="col", class_="number" if place else None)
        for place, head in enumerate(heads)
    ]
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *cells)),
        element("tbody", *body),
    )
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label=caption)
