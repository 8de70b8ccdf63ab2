"""What a shell completes beside commands and options: names of studies and spaces, and the words of options.

Nothing here may print or raise, because a user who presses Tab sees neither.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from decoder_search.records.settings import EngineName

RESULTS = Path("results")


def study_names(context: typer.Context, incomplete: str) -> list[str]:
    """The studies in the folder of results that the command line or the environment names, newest first."""
    from decoder_search.records.listing import list_studies
    from encodenet_core.errors import ConfigError
    from encodenet_core.io.shell_paths import shell_paths

    given = context.params.get("results") or os.environ.get("DECODER_SEARCH_RESULTS") or RESULTS
    try:
        names = [folder.name for folder in list_studies(shell_paths(Path(given)))]
    except ConfigError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def space_names(incomplete: str) -> list[str]:
    """The packaged spaces; where none fits, the shell goes on with files."""
    from decoder_search.space.parsing import packaged_spaces

    return [name for name in packaged_spaces() if name.startswith(incomplete)]


def sampler_names(incomplete: str) -> list[str]:
    """What `--sampler` takes."""
    return _proposers("optuna", incomplete)


def tuner_names(incomplete: str) -> list[str]:
    """What `--tuner` takes."""
    return _proposers("keras-tuner", incomplete)


def one_of(*words: str) -> Callable[[str], list[str]]:
    """A completion by these words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def _proposers(engine: EngineName, incomplete: str) -> list[str]:
    from decoder_search.records.settings import SAMPLERS

    return [name for name in SAMPLERS[engine] if name.startswith(incomplete)]
