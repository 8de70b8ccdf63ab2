from __future__ import annotations

from encodenet_core.training.watch import UNWATCHED


def test_nobody_who_watches_stops_nothing_and_measures_nothing() -> None:
    assert UNWATCHED.report("autoencoder", 1, 3, {"loss": 0.5})
    assert UNWATCHED.until is None
    assert not UNWATCHED.rungs
