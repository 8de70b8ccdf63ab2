"""The studies in a folder of results, found by name."""

from __future__ import annotations

from pathlib import Path

from decoder_search.records.settings import can_be_named
from decoder_search.records.study_record import TRIALS_FILE
from encodenet_core.errors import ConfigError, unknown_name


def check_study_name(name: str) -> str:
    """The name, if it can be that of a folder inside the results.

    Raises:
        ConfigError: it is empty, hidden, too long, or could leave the folder of results.
    """
    if not can_be_named(name):
        raise ConfigError(
            f"study name {name[:60]!r} cannot be a folder of its own; "
            "expected are printable characters, at most 200, no path separator and no dot at the start"
        )
    return name


def list_studies(results: Path) -> list[Path]:
    """The folders of all studies in `results` that a command can name, the one written last first."""
    try:
        files = [file for file in results.glob(f"*/{TRIALS_FILE}") if can_be_named(file.parent.name)]
        return [file.parent for file in sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)]
    except OSError as error:
        raise ConfigError(f"cannot read {results}: {error.strerror}; give another --results") from None


def find_study(name: str | None, results: Path) -> Path:
    """The folder of the study of this name; of the newest one where no name is given.

    Raises:
        ConfigError: the name cannot be that of a study, or there is no such study.
    """
    studies = list_studies(results)
    if name is not None and (results / check_study_name(name)) in studies:
        return results / name
    if not studies:
        raise ConfigError(f"there is no study in {results}; start one with `decoder-search run`")
    if name is None:
        return studies[0]
    raise unknown_name(f"study in {results}:", name, (study.name for study in studies))
