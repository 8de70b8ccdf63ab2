"""`--mirror`: a running study in an Optuna storage of the user's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from decoder_search.following import Following
from decoder_search.mirror import Mirror
from decoder_search.mirror_address import MirrorAddress


@contextmanager
def mirrored(address: MirrorAddress | None, folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Keep a mirror of the study in `folder` up to date while the block runs, and once more at its end.

    A mirror that cannot be written to is said once, and tried again for as long as the block runs.

    Args:
        address: of the mirror; None is none.
        folder: of the study.
        say: is told one line.
    """
    if address is None:
        yield
        return

    def warn(error: Exception) -> None:
        reason = address.without_secrets(str(error).strip().partition("\n")[0] or type(error).__name__)
        say(f"the mirror {address.shown} is not up to date ({reason}); the study goes on without it")

    say(f"mirror: optuna-dashboard {address.shown} --artifact-dir {address.artifacts}")
    with Following(folder, lambda: Mirror(address.open(), address.artifacts), warn):
        yield
