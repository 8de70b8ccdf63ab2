"""What can be done with a trial of the table: write its config, or take a command that does more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textual.screen import Screen

from decoder_search.analysis.export import export_trials, export_yaml
from decoder_search.analysis.rows import Row
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.browser.command_lines import (
    CommandLine,
    confirm_line,
    export_lines,
    study_lines,
    trial_file,
    trial_lines,
)
from decoder_search.views.browser.dialogs import Copied, NameFile, TakeCommand
from encodenet_core.errors import ConfigError
from encodenet_core.io.whole_files import write_text


class TrialActions:
    """The actions on the trials of one folder of results; what they say comes up on the screen given."""

    def __init__(self, results: Path) -> None:
        """The folder of results, which commands name where it is not the usual one."""
        self._results = results

    def export(self, screen: Screen[Any], study: StudyRecord, marked: Sequence[int], row: Row | None) -> None:
        """Ask for a file, and write the config of the marked trials into it, or else that of the row."""
        completed = {trial.number for trial in study.trials if trial.state == "completed"}
        wanted = marked or ([] if row is None else [row["trial"]])
        chosen = [number for number in wanted if number in completed]
        if not chosen:
            screen.notify("Only completed trials have a config worth training.", severity="warning")
            return

        def write(path: Path | None) -> None:
            if path is not None:
                self._write(screen, study, chosen, path)

        words = f"trial {chosen[0]}" if len(chosen) == 1 else f"{len(chosen)} trials, a file each"
        name = trial_file(chosen[0]) if len(chosen) == 1 else "trial.yaml"
        lines = export_lines(study.settings.name, chosen, self._results)
        same = "\n".join(["the same as", *(f"  {each.line}" for each in lines), ""])
        screen.app.push_screen(NameFile(f"export {words}", name, same), write)

    def _write(self, screen: Screen[Any], study: StudyRecord, numbers: Sequence[int], path: Path) -> None:
        try:
            written = write_configs(study, numbers, path)
        except (ConfigError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            screen.notify(f"cannot write {path}: {reason}", severity="error", markup=False)
            return
        names = ", ".join(str(each) for each in written)
        screen.notify(f"{names}; train it: encodenet train FILE", title="Written", markup=False)

    def confirm(self, screen: Screen[Any], study: StudyRecord, row: Row | None) -> None:
        """Show the command that retrains the row's trial, and with it those that rank before it."""
        if row is None or row["rank"] is None:
            screen.notify("Only completed trials have a rank to confirm.", severity="warning")
            return
        ranks = dict.fromkeys((row["rank"], 1))
        lines = [confirm_line(study.settings.name, rank, self._results) for rank in ranks]
        self._offer(screen, "confirm", lines)

    def commands(self, screen: Screen[Any], study: StudyRecord, row: Row | None) -> None:
        """Show the commands for the row's trial, and those for the study."""
        name = study.settings.name
        of_trial = [] if row is None else trial_lines(name, row["trial"], row["rank"], self._results)
        self._offer(screen, "commands", [*of_trial, *study_lines(name, self._results)])

    def _offer(self, screen: Screen[Any], title: str, commands: Sequence[CommandLine]) -> None:
        def take(command: str | None) -> None:
            if command:
                screen.post_message(Copied(command))

        screen.app.push_screen(TakeCommand(title, commands), take)


def write_configs(study: StudyRecord, numbers: Sequence[int], path: Path) -> list[Path]:
    """Write the configs of trials as `decoder-search export` does; of several, into a file each.

    Raises:
        ConfigError: one of them has not completed.
        OSError: a file cannot be written.
    """
    written = []
    for number in numbers:
        (trial,) = export_trials(study, str(number))
        target = path if len(numbers) == 1 else path.with_stem(f"{path.stem}-{number}")
        write_text(target, export_yaml(study, trial))
        written.append(target)
    return written
