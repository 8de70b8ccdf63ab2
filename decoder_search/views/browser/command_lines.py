"""What to type into a terminal to do something with a trial of a study."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONFIRMING_SEEDS = 3


@dataclass(frozen=True)
class CommandLine:
    """A command, and what it does in few words."""

    purpose: str
    line: str


def decoder_search_line(*words: object, results: Path) -> str:
    """A command of ours, quoted for a shell, with the folder of results where it is not the usual one."""
    options = () if results == Path("results") else ("--results", results)
    return shlex.join(["decoder-search", *map(str, (*words, *options))])


def trial_file(number: int) -> str:
    """What the config of a trial is called where no name is given."""
    return f"trial-{number}.yaml"


def export_lines(study: str, numbers: Sequence[int], results: Path) -> list[CommandLine]:
    """How to write the configs of trials."""
    return [
        CommandLine(
            f"write the config of trial {number}",
            decoder_search_line(
                "export", study, "--trial", number, "--output", trial_file(number), results=results
            ),
        )
        for number in numbers
    ]


def confirm_line(study: str, rank: int, results: Path) -> CommandLine:
    """How to retrain a trial of this rank at the final budget; those that rank before it come with it."""
    which = "the best trial" if rank == 1 else f"the {rank} best trials"
    return CommandLine(
        f"retrain {which} at the final budget over {CONFIRMING_SEEDS} seeds, beside baseline and controls",
        decoder_search_line("confirm", study, "--top", rank, "--seeds", CONFIRMING_SEEDS, results=results),
    )


def trial_lines(study: str, number: int, rank: int | None, results: Path) -> list[CommandLine]:
    """All that can be done with one trial; one without a rank has no config worth training."""
    shown = CommandLine(
        f"print trial {number} in full", decoder_search_line("show", study, number, results=results)
    )
    if rank is None:
        return [shown]
    file = trial_file(number)
    train = CommandLine(
        "then train it, with both controls, on the test set",
        shlex.join(["encodenet", "train", file, "--output", f"results/{study}-trial-{number}"]),
    )
    return [shown, *export_lines(study, [number], results), train, confirm_line(study, rank, results)]


def study_lines(study: str, results: Path) -> list[CommandLine]:
    """What can be done with a study as a whole."""

    def line(purpose: str, *words: object) -> CommandLine:
        return CommandLine(purpose, decoder_search_line(*words, results=results))

    return [
        line("print the leaderboard", "leaderboard", study),
        line("write its rows as CSV to standard output", "leaderboard", study, "--format", "csv"),
        line("show which params mattered", "importance", study),
    ]
