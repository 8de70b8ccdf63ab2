"""What the gains say, in a sentence: of the winner of a search, and of a config that was confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from decoder_search.analysis.confirmed import confirmed_configs
from decoder_search.analysis.ranking import RankedTrial, accuracy_of, fallen_controls, yardsticks
from decoder_search.records.study_record import StudyRecord
from encodenet_core.comparisons.spread import Spread
from encodenet_core.references import CONFIRMED_REFERENCES, REFERENCES, STANDARD_ERRORS
from encodenet_core.yardsticks import no_yardstick


def gains_told(study: StudyRecord, winner: RankedTrial) -> str:
    """What the winner gains over each that is a yardstick; empty where nothing is known."""
    known, (accuracy, error) = yardsticks(study, winner.trial), accuracy_of(study, winner.trial)
    if not known or error is None:
        return ""
    told = [
        f"{100 * (accuracy - value):+.2f} over {REFERENCES[name].explanation('the dearest trial')}"
        for name, value in known.items()
    ]
    return f"Trial {winner.trial.number} gains, in points ± {100 * error:.2f}, {'; '.join(told)}."


def verdict(study: StudyRecord, winner: RankedTrial) -> str:
    """What the gains say, without being carried away."""
    known, (accuracy, error) = yardsticks(study, winner.trial), accuracy_of(study, winner.trial)
    fallen = fallen_controls(study, winner.trial)
    if len(known) + len(fallen) < len(REFERENCES) or error is None:
        return "Not all that the winner should be compared with was measured."
    behind = [REFERENCES[name].spoken for name, value in known.items() if accuracy <= value]
    close = [REFERENCES[name].spoken for name, value in known.items() if 0 < accuracy - value <= error]
    if behind:
        beaten = f"does not beat {behind[0]}" if len(behind) == 1 else f"beats neither {' nor '.join(behind)}"
        gained = "a gain over the baseline alone is none of EncodeNet, which trains the network for longer"
        return f"The winner {beaten}: {'nothing was gained' if 'baseline' in behind[0] else gained}."
    every = "all three" if not fallen else _listed([REFERENCES[name].spoken for name in known])
    if close:
        return f"The winner beats {every}, but {_listed(close)} by no more than one standard error."
    if fallen:
        missing = _listed([no_yardstick(name, why) for name, why in fallen.items()])
        return (
            f"The winner beats {every} by more than one standard error. Whether the same effort without "
            f"EncodeNet would have done as well is not known: {missing}."
        )
    return (
        "The winner beats the baseline and both controls by more than one standard error. It was chosen by "
        "these very images among all trials: `decoder-search confirm` tells what remains over several seeds."
    )


def confirmed_verdict(study: StudyRecord) -> str | None:
    """What the best confirmed config gains over each; None before two seeds have confirmed it."""
    confirmed = confirmed_configs(study, sorted({each.seed for each in study.confirmations}))
    if not confirmed.configs:
        return None
    best = confirmed.configs[0]
    gains = {name: gain for name, gain in best.gains.items() if gain is not None and gain.error is not None}
    if not gains:
        return None
    names = {name: CONFIRMED_REFERENCES[name].spoken for name in gains}
    told = _listed([f"{_points(gain)} over {names[name]}" for name, gain in gains.items()])
    doubtful = [names[name] for name, gain in gains.items() if not _is_sure(gain)]
    if not doubtful and len(gains) == len(best.gains):
        conclusion = "each by more than two standard errors"
    elif all(gain.mean <= 0 for gain in gains.values()):
        conclusion = "nothing was gained"
    elif doubtful:
        conclusion = f"over {_listed(doubtful)} by no more than two standard errors, which is no sure gain"
    else:
        conclusion = "the others are not measured, or no yardstick"
    return (
        f"Confirmed over {len(confirmed.seeds)} paired seeds, trial {best.trial} gains {told}: {conclusion}."
    )


def _points(gain: Spread) -> str:
    return f"{100 * gain.mean:+.2f} ± {100 * (gain.error or 0):.2f} points"


def _is_sure(gain: Spread) -> bool:
    return gain.mean > STANDARD_ERRORS * (gain.error or 0)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
