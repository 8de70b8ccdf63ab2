"""The commands that made a study, as far as it recorded them, those that go on from here, and versions."""

from __future__ import annotations

import json
import platform
import shlex
from datetime import UTC, datetime
from typing import Any

from decoder_search.records.settings import Pruning
from decoder_search.records.study_record import StudyRecord
from decoder_search.space.parsing import load_space, packaged_spaces
from decoder_search.views.report.markup import Markup, element, joined
from encodenet_core.errors import ConfigError, one_line
from encodenet_core.io.versions import installed_versions


def origin_section(study: StudyRecord) -> Markup:
    """Commands and versions."""
    settings, name = study.settings, shlex.quote(one_line(study.settings.name))
    after = [
        f"decoder-search report {name} --output report.html",
        f"decoder-search confirm {name} --top 5 --seeds 3",
        f"decoder-search export {name} --output winner.yaml",
        "encodenet train winner.yaml --output results/winner",
    ]
    versions = "".join(f"{library} {number}\n" for library, number in sorted(settings.versions.items()))
    own_version = installed_versions("decoder-search").get("decoder-search", "(not installed)")
    made = f"report by decoder-search {own_version}, Python {platform.python_version()}, {_today()}"
    return joined(
        [
            element("h2", "How it was made", id="origin"),
            element("p", "The study, as far as it recorded how it was started:"),
            element("pre", run_command(study)),
            *([element("p", note, class_="note")] if (note := space_note(study)) else []),
            element(
                "p", "This page, and what comes next: the best over several seeds, and the real training."
            ),
            element("pre", "\n".join(after)),
            element("h3", "Versions"),
            element("pre", f"{versions}study created {settings.created}\n{made}"),
        ]
    )


def run_command(study: StudyRecord) -> str:
    """The command that starts such a study, without the options that have their default."""
    settings = study.settings
    words = ["decoder-search", "run", _space_word(study), "--study", one_line(settings.name)]
    words += ["--trials", str(len(study.trials))]
    if settings.engine != "optuna":
        words += ["--engine", settings.engine, "--tuner", settings.sampler]
    elif settings.sampler != "tpe":
        words += ["--sampler", settings.sampler]
    for option, value, default in (
        ("--seed", settings.seed, 0),
        ("--objective", settings.objective, "both"),
        ("--accuracy", settings.accuracy, "plain"),
        ("--reconstruction", settings.reconstruction, "mse"),
        ("--from", settings.warm_start_from, None),
    ):
        words += [option, str(value)] if value != default else []
    words += _pruning_words(settings.pruning, settings.sampler)
    for path, value in _changed_constants(study).items():
        words += ["--set", f"{path}={value if isinstance(value, str) else json.dumps(value)}"]
    return shlex.join(words)


def space_note(study: StudyRecord) -> str:
    """What the command cannot say about the space."""
    name = study.settings.space.name
    if name not in packaged_spaces():
        return (
            f"{name}.yaml stands for the space's own file; all that it held is in the study's trials.jsonl."
        )
    try:
        same = load_space(name).with_constants(study.settings.space.constants).fingerprint()
    except ConfigError:
        same = ""
    if same != study.settings.space.fingerprint():
        return f"The packaged space {name} was another then; what was searched is listed above."
    return ""


def _space_word(study: StudyRecord) -> str:
    name = study.settings.space.name
    return name if name in packaged_spaces() else f"{name}.yaml"


def _changed_constants(study: StudyRecord) -> dict[str, Any]:
    """What differs from the packaged space; the seed has an option of its own."""
    space = study.settings.space
    if space.name not in packaged_spaces():
        return {}
    packaged = load_space(space.name).constants
    return {
        path: value
        for path, value in space.constants.items()
        if path != "seed" and (path not in packaged or packaged[path] != value)
    }


def _pruning_words(pruning: Pruning | None, sampler: str) -> list[str]:
    if pruning is None:
        return [] if sampler == "hyperband" else ["--pruner", "none"]
    defaults = Pruning()
    words = []
    if pruning.first_rung != defaults.first_rung:
        words += ["--first-rung", str(pruning.first_rung)]
    if pruning.reduction_factor != defaults.reduction_factor:
        words += ["--reduction-factor", str(pruning.reduction_factor)]
    return words


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
