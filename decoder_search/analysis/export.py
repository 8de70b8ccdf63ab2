"""A trial as YAML that `encodenet train` takes, with where it came from in its comments."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from decoder_search.analysis.ranking import RankedTrial, rank_study, sole_objective
from decoder_search.records.layout import weights_folder, with_weights
from decoder_search.records.study_record import StudyRecord
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import dump_config, flatten
from encodenet_core.errors import ConfigError
from encodenet_core.io.whole_files import move_into_place, write_text


def export_trials(study: StudyRecord, trial: str) -> list[RankedTrial]:
    """The trials that `best`, `pareto` or a trial number stands for, best first.

    Raises:
        ConfigError: no trial has completed, or not this one, or `trial` is none of the three.
    """
    ranked = rank_study(study)
    if not ranked:
        raise ConfigError(
            f"study {study.settings.name!r} has no completed trial yet; go on with `decoder-search run`"
        )
    if trial == "best":
        return ranked[:1]
    if trial == "pareto":
        return [each for each in ranked if each.layer == 1]
    if not (trial.isascii() and trial.isdigit()):
        raise ConfigError(
            f"trial is {trial!r}, but expected is best, pareto or the number of a completed trial"
        )
    found = [each for each in ranked if str(each.trial.number) == str(int(trial))]
    if not found:
        raise ConfigError(_not_completed(study, int(trial), ranked))
    return found


def export_yaml(study: StudyRecord, trial: RankedTrial, *, as_searched: bool = False) -> str:
    """A config file: comments on its origin, then the trial's config with the space's final overrides.

    With `as_searched` the config is the trial's own.
    """
    space = study.settings.space
    searched = space.to_config(trial.trial.params)
    config = searched if as_searched else space.to_config(trial.trial.params, final=True)
    comments = [*_origin(study, trial), *_differences(searched, config), "Train it: encodenet train FILE"]
    return "".join(f"# {comment}\n" for comment in comments) + "\n" + dump_config(config)


def _origin(study: StudyRecord, ranked: RankedTrial) -> list[str]:
    settings, trial = study.settings, ranked.trial
    sole = sole_objective(settings)
    today = datetime.now(UTC).date().isoformat()
    metrics = ", ".join(f"{name} {value:.6g}" for name, value in trial.metrics.items())
    return [
        f"Exported by decoder-search on {today} from trial {trial.number} of study {settings.name!r}.",
        f"The study was created at {settings.created} on search space {settings.space.name!r}, "
        f"seed {settings.seed}, sampler {settings.sampler}.",
        f"Rank {ranked.rank}, {'layer' if sole else 'Pareto layer'} {ranked.layer} of "
        f"{sole or f'{settings.accuracy_metric} and {settings.reconstruction}'}.",
        f"Measured on validation images: {metrics}.",
    ]


def _differences(searched: EncodeNetConfig, final: EncodeNetConfig) -> list[str]:
    before, after = (flatten(config.model_dump(mode="json")) for config in (searched, final))
    changed = [path for path in after if before[path] != after[path]]
    if not changed:
        return ["The config is the trial's own."]
    changes = (f"  {path}: {_plain(before[path])} -> {_plain(after[path])}" for path in changed)
    return ["Different from the trial, for the real training (final: in the search space):", *changes]


def _plain(value: Any) -> str:
    return json.dumps(value)


def _not_completed(study: StudyRecord, number: int, ranked: list[RankedTrial]) -> str:
    numbers = ", ".join(str(number) for number in sorted(each.trial.number for each in ranked))
    states = [trial.state for trial in study.trials if trial.number == number]
    problem = f"is {states[0]}" if states else "does not exist"
    return f"trial {number} of study {study.settings.name!r} {problem}; completed are {numbers}"


UNSEEN = "These models have never seen the test set, and had the search's own budget, not that of final:."


def hand_over(study: StudyRecord, ranked: RankedTrial, output: Path) -> None:
    """Copy the models of a trial into a new folder that `encodenet` takes for a finished run.

    Its config says in comments which trial that was. The folder is there whole or not at all.

    Raises:
        ConfigError: the trial has kept no weights, or the folder is there already or cannot be written.
    """
    number = ranked.trial.number
    source = check_kept(study, number)
    if output.exists():
        raise ConfigError(f"{output} is there already; give another folder with --weights")
    text = f"# {UNSEEN}\n{export_yaml(study, ranked, as_searched=True)}"
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as private:
            place = Path(private) / output.name
            shutil.copytree(source, place)
            write_text(place / "config.yaml", text)
            move_into_place(place, output)
    except FileNotFoundError:  # a running study has dropped them just now
        check_kept(study, number)
        raise
    except OSError as error:
        reason = error.strerror or "some files could not be copied"
        raise ConfigError(f"cannot write {output}: {reason}; give another folder with --weights") from None


def check_kept(study: StudyRecord, number: int) -> Path:
    """The folder of the trained models of a trial.

    Raises:
        ConfigError: they are not there; the message names the trials whose are.
    """
    folder = weights_folder(study.folder, number)
    if folder.is_dir():
        return folder
    kept = ", ".join(map(str, sorted(with_weights(study.folder))))
    there = f"those of {kept} are there" if kept else "no trial has, as with --keep-weights 0"
    raise ConfigError(
        f"trial {number} of study {study.settings.name!r} has not kept its weights; {there}; "
        f"or train it: decoder-search export {study.settings.name} --trial {number} --output FILE"
    )
