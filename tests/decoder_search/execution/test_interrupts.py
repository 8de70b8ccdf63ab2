from __future__ import annotations

import os
import signal

import pytest

from decoder_search.execution.interrupts import noted_interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_what_was_before_comes_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with noted_interrupts() as interrupted:
        assert not interrupted()
        os.kill(os.getpid(), number)
        assert interrupted()
    assert signal.getsignal(number) == before


def test_a_second_ctrl_c_ends_as_usual() -> None:
    with pytest.raises(KeyboardInterrupt), noted_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
