"""What a caller of the core can act on."""

from collections.abc import Mapping


class EncodeNetError(Exception):
    """An error that its one line explains: what was received, what was expected, what to do.

    A message may repeat a name or a path of somebody else's: as text it is one line that steers no terminal.
    """

    def __str__(self) -> str:
        """The message."""
        return "".join(character if character.isprintable() else " " for character in super().__str__())


class ConfigError(EncodeNetError):
    """A configuration, a search space or an option that cannot be used as it is."""


class DataError(EncodeNetError):
    """A dataset that cannot be read or that cannot be trained on."""


class InfeasibleConfig(EncodeNetError):
    """A valid configuration that cannot run on this dataset or within the limits; others may.

    `metrics` holds what was measured of it nevertheless.
    """

    def __init__(self, message: str, metrics: Mapping[str, float] | None = None) -> None:
        super().__init__(message)
        self.metrics = dict(metrics or {})


class Stopped(EncodeNetError):
    """The caller answered a report with the wish not to go on."""
