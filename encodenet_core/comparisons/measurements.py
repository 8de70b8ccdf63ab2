"""What a comparison has measured: one setup of one seed a line of `measurements.jsonl`, once it is known.

A line holds the circumstances that it was measured in. One of others stays in the file and is not used.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from encodenet_core.config import stable_hash
from encodenet_core.config_values import flatten
from encodenet_core.errors import ConfigError
from encodenet_core.io.json_lines import JsonLines, read_whole_lines
from encodenet_core.io.locks import open_locked
from encodenet_core.io.plain_json import parse_json
from encodenet_core.io.whole_files import make_folder

MEASUREMENTS_FILE = "measurements.jsonl"


@dataclass(frozen=True)
class Measurement:
    """One setup of one seed.

    Attributes:
        seed: what its baseline, its controls and all its setups share.
        setup: the name of the setup.
        circumstances: all that `values` depend on, as JSON values.
        values: what was measured, as JSON values; empty where the setup cannot run.
        reason: why it cannot run; empty where it was measured.
    """

    seed: int
    setup: str
    circumstances: Mapping[str, Any]
    values: Mapping[str, Any]
    reason: str = ""

    def check(self) -> None:
        """Raise a ValueError for what no comparison writes."""
        texts, mappings = (self.setup, self.reason), (self.circumstances, self.values)
        fits = all(isinstance(text, str) for text in texts) and all(
            isinstance(each, dict) for each in mappings
        )
        if type(self.seed) is not int or not fits:
            raise ValueError("a seed, names or values of another type")


class MeasurementFile:
    """The measurements of a folder, held by one process at a time; each is written as soon as it is known."""

    def __init__(self, folder: Path) -> None:
        """Read what the folder holds, cutting off what a killed process left of a last line.

        Raises:
            ConfigError: another process holds the file, or a line of it is no measurement.
        """
        self._path = folder / MEASUREMENTS_FILE
        self._absent = [place for place in (folder, *folder.parents) if not place.exists()]
        make_folder(folder)
        try:
            self._lock = open_locked(self._path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"another process measures into {folder}; wait for it, or give another --output"
            ) from None
        try:
            self._known = self._read()
            self._lines = JsonLines(self._path)
        except BaseException:
            os.close(self._lock)
            raise

    def find(self, circumstances: Mapping[str, Any]) -> Measurement | None:
        """The measurement that was made in these circumstances, under whatever name."""
        return self._known.get(stable_hash(circumstances))

    def differences(self, seed: int, setup: str, circumstances: Mapping[str, Any]) -> list[str]:
        """In what the newest measurement of this name and seed differs; empty where there is none."""
        named = [known for known in self._known.values() if (known.seed, known.setup) == (seed, setup)]
        if not named:
            return []
        before, now = flatten(named[-1].circumstances), flatten(circumstances)
        return sorted(path for path in {*before, *now} if before.get(path, self) != now.get(path, self))

    def append(self, measurement: Measurement) -> None:
        """Write one measurement so that it stands even a power cut; a full disk leaves the file as it was."""
        self._lines.append(asdict(measurement))
        self._known[stable_hash(measurement.circumstances)] = measurement

    def __enter__(self) -> Self:
        """Use the file in a `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of the file; where nothing was measured, leave no trace."""
        if not os.fstat(self._lock).st_size:
            self._path.unlink(missing_ok=True)
            for place in self._absent:
                with suppress(OSError):
                    place.rmdir()
        self._lines.close()
        os.close(self._lock)

    def _read(self) -> dict[str, Measurement]:
        known = {}
        for number, line in enumerate(read_whole_lines(self._path).splitlines(), start=1):
            try:
                measurement = Measurement(**parse_json(line))
                measurement.check()
                known[stable_hash(measurement.circumstances)] = measurement
            except (ValueError, TypeError, AttributeError) as error:
                raise ConfigError(
                    f"{self._path}, line {number} is no measurement ({error}); "
                    "restore that file, or give another --output"
                ) from None
        return known
