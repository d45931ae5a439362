"""Ctrl-C as a request to stop after the present batch, at which all is saved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from autograd_cnn.training.loop import Trainer

__all__ = ["stop_on_interrupt"]


@contextmanager
def stop_on_interrupt(trainer: Trainer) -> Iterator[None]:
    """Let the first Ctrl-C request a stop of ``trainer``; a second one interrupts at once, as ever.

    Stopping between two batches, and never inside of one, is what lets a run go on to the same bits. Does
    nothing outside of the main thread, where Python delivers no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def request(signum: int, frame: FrameType | None) -> None:
        # A job in the background of a script inherits a Ctrl-C that is ignored.
        signal.signal(signal.SIGINT, former if callable(former) else signal.default_int_handler)
        trainer.stop_requested = True

    former = signal.signal(signal.SIGINT, request)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
