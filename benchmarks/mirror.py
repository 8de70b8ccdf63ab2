"""What a mirror of a study costs, in Optuna's memory and in its files.

The claim: a study of 5,000 trials is in the storage that `decoder-search dashboard` serves in less than
5 seconds, and a trial that ends in a study of that length reaches a journal or SQLite file in less than 3.

    python benchmarks/mirror.py --trials 5000

The study is that of leaderboard.py, and no trial has a picture. What a new trial takes includes reading the
study again, as the thread does beside a running one. Filling a file with a whole study, which only a mirror
that is begun late has to, is measured without a claim. The exit code is 0 where the claim holds, else 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from leaderboard import made_up_trial, write_study
from optuna.storages import BaseStorage, InMemoryStorage

from decoder_search.mirror.address import MirrorAddress
from decoder_search.mirror.mirror import Mirror
from decoder_search.mirror.trial_times import read_trial_times
from decoder_search.records.journal import utc_now
from decoder_search.records.study_record import TRIALS_FILE, read_study
from decoder_search.records.trial_record import trial_to_json
from decoder_search.space.parsing import load_space

CLAIMED_TO_OPEN, CLAIMED_TO_FOLLOW = 5.0, 3.0


def main() -> None:
    """Mirror a made-up study into every kind of storage and print what it took."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        study = write_study(Path(folder) / "long", options.trials)
        holds = options.trials >= 5000
        for name, storage in storages(Path(folder)).items():
            mirror = Mirror(storage, Path(folder) / f"{name}-artifacts")
            filled = update(mirror, study)
            add_trial(study)
            followed = update(mirror, study)
            sys.stdout.write(f"{name:8} {filled:7.2f} s for all, {followed:5.2f} s for one more\n")
            sys.stdout.flush()
            holds &= followed < CLAIMED_TO_FOLLOW and (name != "memory" or filled < CLAIMED_TO_OPEN)
    sys.stdout.write("the claim holds\n" if holds else "the claim does not hold\n")
    sys.exit(0 if holds else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=5000)
    return parser.parse_args()


def storages(folder: Path) -> dict[str, BaseStorage]:
    """One of each kind, all empty."""
    return {
        "memory": InMemoryStorage(),
        "journal": MirrorAddress.parse(str(folder / "journal.log"), folder).open(),
        "sqlite": MirrorAddress.parse(f"sqlite:///{folder}/mirror.db", folder).open(),
    }


def add_trial(folder: Path) -> None:
    """Let one more trial end."""
    number = len(read_study(folder).trials)
    trial = made_up_trial(number, load_space("digits"), random.Random(number))  # noqa: S311
    with (folder / TRIALS_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"time": utc_now(), "event": "finished", "trial": trial_to_json(trial)}) + "\n")


def update(mirror: Mirror, folder: Path) -> float:
    """Seconds from the study on disk to its mirror."""
    started = perf_counter()
    mirror.update(read_study(folder), read_trial_times(folder))
    return perf_counter() - started


if __name__ == "__main__":
    main()
