"""The trained models of a trial, taken out of its study as the folder of a run."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from decoder_search.export import export_yaml
from decoder_search.keeping import weights_folder, with_weights
from decoder_search.ranking import RankedTrial
from decoder_search.records import StudyRecord
from encodenet_core import ConfigError, move_into_place, write_text

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
