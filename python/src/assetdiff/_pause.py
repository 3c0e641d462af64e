"""Keeps the garbage collector from looking again and again at what is being built."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector of cycles, if it is on, while many objects are made that stay.

    It would walk through everything that the project has loaded, several times over, and find nothing.
    For work that makes no cycles and calls no code of others.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            _count_as_old()
            gc.enable()


def _count_as_old() -> None:
    # Objects count as young until a first walk through them, which would come at once and find nothing.
    # What is frozen and thawed is old. Whoever has frozen objects on purpose keeps them so.
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
