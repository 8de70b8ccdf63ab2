"""A study as rows of plain values: one a trial, ranked, with gains over the baseline and both controls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from decoder_search.analysis.confirmed import confirmed_trials
from decoder_search.analysis.ranking import RankedTrial, accuracy_of, rank_by, yardsticks
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.records.wording import short_names
from decoder_search.space.metrics import GAINS, METRICS
from decoder_search.space.parameters import Scalar
from encodenet_core.comparisons.spread import Spread
from encodenet_core.config import SELF_COUNTING_METHODS
from encodenet_core.errors import ConfigError, unknown_name
from encodenet_core.yardsticks import standard_error

Row = dict[str, Any]

COLUMNS = (
    "rank",
    "trial",
    "layer",
    "state",
    "mse",
    "n_targets",
    "retrieval",
    "explained_variance",
    "accuracy",
    "standard_error",
    "probe_accuracy",
    *GAINS,
    "cross_entropy",
    "decoder_parameters",
    "epochs",
    "seconds",
    "confirmed_accuracy",
    "confirmed_deviation",
    "confirmed_seeds",
    "reason",
)
"""The keys that every row has; those of the params that differ, dotted, come after."""

BALANCED = ("balanced_accuracy", "balanced_error")
"""The keys that rows also have, behind the standard error, where the classes of a study are uneven."""


CLUSTERING_PARAMS = (
    "embedding.extractor",
    "embedding.weights",
    "clustering.method",
    "clustering.n_clusters",
    "clustering.noise",
    "autoencoder.target",
)
"""The params that decide the targets: mean squared errors compare where all of them are the same."""


class _Keys(NamedTuple):
    """What a row has: the columns of its study, and the params that differ."""

    columns: tuple[str, ...]
    params: list[str]


@dataclass(frozen=True)
class LeaderboardOptions:
    """Which rows of a leaderboard there are, and in which order.

    Attributes:
        sort: a key of the rows, or the short name of a param, to order by instead of the rank; best first.
        top: how many rows, of every group where there are groups.
        pareto: the Pareto front alone.
        by_clustering: rank inside each clustering; rows then have the key `group`.
    """

    sort: str | None = None
    top: int | None = None
    pareto: bool = False
    by_clustering: bool = False


ALL_ROWS = LeaderboardOptions()


def leaderboard_rows(study: StudyRecord, options: LeaderboardOptions = ALL_ROWS) -> list[Row]:
    """The trials of a study, best first, and after them those that did not complete.

    Accuracies, their standard errors and gains are fractions; gains are of what the study calls its accuracy.
    `epochs` are those of the autoencoder, and `seconds` are wall-clock. What was not measured is None, and so
    is a gain over a control that is no yardstick. A pruned trial has the values that it reported last, and in
    the place of an accuracy the `probe_accuracy` of its features. A confirmed one has mean and deviation of
    its accuracy at the final budget, and over how many seeds.

    Raises:
        ConfigError: no row has the key `sort`, or `top` is less than 1.
    """
    top, pareto, by_clustering = options.top, options.pareto, options.by_clustering
    if top is not None and top < 1:
        raise ConfigError(f"--top is {top}, but expected is 1 or more")
    keys = _Keys(columns_of(study), differing_params(study))
    order = _sorting(options.sort, keys, by_clustering) if options.sort else None
    confirmed = confirmed_trials(study)
    rows: list[Row] = []
    for group, trials in _groups(study, by_clustering):
        ranked = rank_by(study.settings, trials)
        shown = [_row(study, trial, keys, group) for trial in ranked if trial.layer == 1 or not pareto]
        shown = [row | _confirmed(confirmed.get(row["trial"])) for row in shown]
        rows += (sorted(shown, key=order) if order else shown)[:top]
    unfinished = [] if pareto else [trial for trial in study.trials if trial.state != "completed"]
    room = None if top is None else max(0, top - len(rows))
    return rows + [_unranked_row(trial, keys, by_clustering) for trial in unfinished[:room]]


def columns_of(study: StudyRecord) -> tuple[str, ...]:
    """The keys of a study's rows but for those of its params."""
    if not any(BALANCED[0] in trial.metrics for trial in study.trials):
        return COLUMNS
    place = COLUMNS.index("standard_error") + 1
    return COLUMNS[:place] + BALANCED + COLUMNS[place:]


def differing_params(study: StudyRecord) -> list[str]:
    """The paths of the params that are not the same in all trials; of a lone trial, all."""
    paths = [parameter.path for parameter in study.settings.space.parameters]
    if len(study.trials) < 2:
        return paths
    return [path for path in paths if len({trial.params.get(path) for trial in study.trials}) > 1]


def best_first(column: str) -> Callable[[Row], tuple[Any, ...]]:
    """What to sort rows by so that the best value of a column comes first, and rows without one last."""
    sign = METRICS[column].sign if column in METRICS else 1

    def key(row: Row) -> tuple[Any, ...]:
        value = row[column]
        if value is None or isinstance(value, str):
            return value is None, True, value or ""
        return False, False, sign * value

    return key


def clustering_of(study: StudyRecord, trial: TrialRecord) -> str:
    """The name of what decides a trial's targets; mean squared errors compare where it is the same.

    Identity and one representative a class are the same targets whatever the clustering.
    """
    config = study.settings.space.to_config(trial.params)
    target, clustering = config.autoencoder.target, config.clustering
    if target != "cluster":
        return f"target {target}"
    words: list[str] = [clustering.method]
    if clustering.method in SELF_COUNTING_METHODS:
        words.append(f"noise {clustering.noise}")
    else:
        words.append(f"n_clusters {clustering.n_clusters}")
    if study.settings.space.varies("embedding."):
        words.append(f"on {config.embedding.extractor}")
    if config.embedding.weights and study.settings.space.varies("embedding.weights"):
        words.append(f"weights {config.embedding.weights}")
    return ", ".join(words)


def _groups(study: StudyRecord, by_clustering: bool) -> list[tuple[str | None, list[TrialRecord]]]:
    """The completed trials of each clustering, the one with the most accurate trial first; or all as one."""
    completed = [trial for trial in study.trials if trial.state == "completed"]
    if not by_clustering:
        return [(None, completed)]
    groups: dict[str, list[TrialRecord]] = {}
    names: dict[tuple[Scalar, ...], str] = {}
    for trial in sorted(completed, key=lambda trial: -accuracy_of(study, trial)[0]):
        deciding = tuple(trial.params.get(path) for path in CLUSTERING_PARAMS)
        if deciding not in names:
            names[deciding] = clustering_of(study, trial)
        groups.setdefault(names[deciding], []).append(trial)
    return list(groups.items())


def _row(study: StudyRecord, ranked: RankedTrial, keys: _Keys, group: str | None) -> Row:
    trial, n_validation = ranked.trial, study.facts.n_validation
    accuracy, references = accuracy_of(study, trial)[0], yardsticks(study, trial)
    return _laid_out(trial, keys) | {
        **({} if group is None else {"group": group}),
        "rank": ranked.rank,
        "layer": ranked.layer,
        "standard_error": standard_error(trial.metrics["accuracy"], n_validation) if n_validation else None,
        **dict.fromkeys(GAINS),
        **{f"gain_{name}": accuracy - reference for name, reference in references.items()},
    }


def _confirmed(spread: Spread | None) -> Row:
    if spread is None:
        return {}
    return {
        "confirmed_accuracy": spread.mean,
        "confirmed_deviation": spread.deviation,
        "confirmed_seeds": spread.n_seeds,
    }


def _unranked_row(trial: TrialRecord, keys: _Keys, by_clustering: bool) -> Row:
    return _laid_out(trial, keys) | ({"group": None} if by_clustering else {})


def _laid_out(trial: TrialRecord, keys: _Keys) -> Row:
    metrics = {name: trial.metrics.get(name) for name in keys.columns}
    fields = {"trial": trial.number, "state": trial.state, "seconds": trial.seconds, "reason": trial.reason}
    return metrics | fields | {path: trial.params.get(path) for path in keys.params}


def _sorting(sort: str, keys: _Keys, by_clustering: bool) -> Callable[[Row], tuple[Any, ...]]:
    full_paths = {name: path for path, name in short_names(keys.params).items()}
    column = full_paths.get(sort, sort)
    known = (*keys.columns, *keys.params, *(("group",) if by_clustering else ()))
    if column not in known:
        raise unknown_name("column", sort, known)
    return best_first(column)
